"""The writer of summaries in this process, against one endpoint: batch after batch of four."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

import redis

from domain.summaries.summary import Summary
from ops.llm.settings import LlmSettings
from ops.llm.writer import LlmWriter
from ops.redis.settings import RedisSettings
from tests.llm_endpoints.outcome import Outcome
from tests.llm_endpoints.server import Endpoint, Script
from tests.support.scripted_endpoint import incidents

BATCH = 4
# what a run makes of requests in seconds must not meet the bounds of a minute
PATIENT: dict[str, Any] = {"timeout_s": 60.0, "patience_s": 100.0}
"""A machine that many tests use at once answers late; no case of the list is about that."""
WIDE: dict[str, Any] = {"requests_per_minute": 100_000, "tokens_per_minute": 10**9, "money_per_day": 1000.0}


_documents = functools.cache(incidents)


def ask(
    script: Script, redis_settings: RedisSettings, batches: int = 5, together: int = 1, **changes: Any
) -> tuple[Outcome, list[Summary]]:
    """Have so many batches of four revisions written, `together` batches at a time."""
    with Endpoint(script) as endpoint:
        settings = settings_for(endpoint, **changes)
        summaries, after = asyncio.run(_written(settings, redis_settings, endpoint, batches, together))
        notes = [summary.writer.to_document() for summary in summaries]
        prices = (settings.input_price, settings.output_price)
        return Outcome(script, notes, endpoint.counted, micros_of(redis_settings), prices, after), summaries


def settings_for(endpoint: Endpoint, **changes: Any) -> LlmSettings:
    return LlmSettings(**{**PATIENT, **endpoint.settings, **WIDE, "batch": BATCH, "batch_wait_s": 3.0, **changes})


async def written_by_two(endpoint: Endpoint, redis_settings: RedisSettings) -> list[Summary]:
    """The summaries of two writers that begin at the same time, as two subtasks do, with a batch each."""
    writers = [LlmWriter(settings_for(endpoint), redis_settings) for _ in range(2)]
    documents = _documents(2 * BATCH)
    try:
        return await asyncio.gather(*(writers[place // BATCH].write(document) for place, document in enumerate(documents)))
    finally:
        await asyncio.gather(*(writer.close() for writer in writers))


async def _written(
    settings: LlmSettings, redis_settings: RedisSettings, endpoint: Endpoint, batches: int, together: int
) -> tuple[list[Summary], list[int]]:
    writer, documents = LlmWriter(settings, redis_settings), _documents(BATCH * batches)
    found: list[Summary] = []
    after: list[int] = []
    try:
        for begin in range(0, len(documents), BATCH * together):
            found += await asyncio.gather(*map(writer.write, documents[begin : begin + BATCH * together]))
            after.append(endpoint.counted.requests)
    finally:
        await writer.close()
    return found, after


def micros_of(settings: RedisSettings) -> int:
    """Money that is booked today, in millionths."""
    with redis.Redis.from_url(str(settings.url), decode_responses=True) as client:
        return int(client.hget(f"{settings.prefix}llm:budget:day", "micros") or 0)
