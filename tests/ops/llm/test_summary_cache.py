"""The cache of summaries: found again for the same question only, believed only if it still holds."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import redis.asyncio

from domain.summaries.summary import Draft
from ops.llm.settings import LlmSettings
from ops.llm.summary_cache import SummaryCache
from tests.support.scripted_endpoint import incidents
from tests.support.summary_samples import draft_of, read_draft

INCIDENT, OTHER = incidents(2)
DRAFT = read_draft(INCIDENT)


def after(url: str, prefix: str, settings: LlmSettings, kept: Draft | None, document: dict[str, Any]) -> Draft | None:
    """What a second cache finds for `document` after a first one has kept `kept` for INCIDENT."""

    async def run() -> Draft | None:
        async with redis.asyncio.Redis.from_url(url, decode_responses=True) as client:
            if kept:
                await SummaryCache(client, prefix, LlmSettings()).put(INCIDENT, kept)
            found = await SummaryCache(client, prefix, settings).get(document)
            return draft_of(found) if found else None

    return asyncio.run(run())


def test_a_draft_is_found_again_for_the_same_evidence(redis_url: str, stream_prefix: str, redis_client: Any) -> None:
    assert after(redis_url, stream_prefix, LlmSettings(), DRAFT, INCIDENT) == DRAFT
    (key,) = redis_client.keys(f"{stream_prefix}*")
    assert key.startswith(f"{stream_prefix}llm:summary:")
    assert 86_000 < redis_client.ttl(key) <= 86_400


@pytest.mark.parametrize(
    ("settings", "document"),
    [
        (LlmSettings(model="another"), INCIDENT),
        (LlmSettings(), OTHER),
        (LlmSettings(), {**INCIDENT, "action": "verify"}),
        (LlmSettings(), {**INCIDENT, "severity": "low"}),
        (LlmSettings(), {**INCIDENT, "status": "grown"}),
    ],
)
def test_another_question_is_not_answered(redis_url: str, stream_prefix: str, settings: LlmSettings, document: dict[str, Any]) -> None:
    assert after(redis_url, stream_prefix, settings, DRAFT, document) is None


def test_what_the_validator_would_refuse_is_not_believed(redis_url: str, stream_prefix: str) -> None:
    assert after(redis_url, stream_prefix, LlmSettings(), read_draft(OTHER), INCIDENT) is None


@pytest.mark.parametrize("planted", [b"", b"{", b"\xff\xfe\x00", b"x" * 1_000_000, b'{"headline": 1}', b"[1]"])
def test_what_is_no_draft_is_not_believed(redis_url: str, stream_prefix: str, redis_client: Any, planted: bytes) -> None:
    assert after(redis_url, stream_prefix, LlmSettings(), DRAFT, INCIDENT) == DRAFT
    (key,) = redis_client.keys(f"{stream_prefix}*")
    redis_client.set(key, planted)
    assert after(redis_url, stream_prefix, LlmSettings(), None, INCIDENT) is None


def test_without_redis_nothing_is_found_and_nothing_fails() -> None:
    assert after("redis://127.0.0.1:1/0", "x:", LlmSettings(), DRAFT, INCIDENT) is None
