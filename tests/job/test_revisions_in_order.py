"""The revisions of an incident through the real job with several subtasks: in the order of their numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from pytest_httpserver import HTTPServer

from tests.llm_endpoints.asking import WIDE
from tests.llm_endpoints.through_the_job import write_history
from tests.support.job_process import JobProcess
from tests.support.scripted_endpoint import Data, Endpoint, Reply, good

pytestmark = [pytest.mark.cluster, pytest.mark.flink, pytest.mark.timeout(400)]

FIRST_S = 1.5
"""What the endpoint takes for the first revision of an incident; the others are answered at once."""


def first_is_slow(asked: list[Data]) -> Reply:
    return FIRST_S if any(data["status"] == "opened" for data in asked) else good(asked)


@pytest.fixture
def endpoint_url() -> Iterator[str]:
    """An endpoint that answers several requests at once."""
    with HTTPServer(threaded=True) as server:
        server.expect_request("/v1/chat/completions").respond_with_handler(Endpoint(first_is_slow))
        yield server.url_for("/v1")


def test_no_revision_overtakes_the_one_before_it(endpoint_url: str, redis_url: str, tmp_path: Path) -> None:
    llm = {"base_url": endpoint_url, "model": "scripted", "queue": 1000, "batch": 1, "patience_s": 60, **WIDE}
    settings = ("policy.investigate_at=0.2", "policy.block_at=0.6", *(f"llm.{name}={value}" for name, value in llm.items()))
    words = tuple(word for one in settings for word in ("--set", one))
    history = write_history(tmp_path / "events.jsonl")
    job = JobProcess(tmp_path / "job", history, redis_url, "order:", words, {"RINGWATCH_LLM_API_KEY": "k"})
    job.run("--parallelism", "2")
    came: dict[str, list[int]] = defaultdict(list)
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        for entry in job.stream(client, "incidents"):
            came[entry["json"]["id"]].append(entry["json"]["revision"])
    assert sum(len(revisions) > 1 for revisions in came.values()) >= 5
    assert {name: revisions for name, revisions in came.items() if revisions != list(range(1, len(revisions) + 1))} == {}
