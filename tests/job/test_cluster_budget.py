"""The LLM budget in the real job: two subtasks that write summaries, one TaskManager killed in the middle."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from pytest_httpserver import HTTPServer

from tests.job.test_job import KEY
from tests.support.cluster_process import ClusterProcess
from tests.support.incident_samples import START
from tests.support.job_process import JobProcess, wait_for
from tests.support.scripted_endpoint import Endpoint

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

INCIDENTS, CALLS = 200, 20
INPUT, OUTPUT = 900, 150
"""Tokens that the endpoint reports of each call."""
PRICE = 2.0
"""Of a million tokens."""
ANSWER_S = 0.5


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterProcess]:
    environment = {"RINGWATCH_PSEUDONYM_KEY": KEY, "RINGWATCH_LLM_API_KEY": "sk-test"}
    with ClusterProcess(tmp_path_factory.mktemp("cluster"), 3, (), environment) as cluster:
        yield cluster


def history(folder: Path) -> Path:
    """INCIDENTS accounts, each with a device of its own that is on the block list; no two have the same
    evidence.
    """
    events = [
        {
            "event_id": f"e{number}", "event_type": "order", "event_time": START + 61_000 * number, "account_id": f"u{number}",
            "device_fingerprint": f"d{number}", "ip": f"10.0.{number // 250}.{number % 250}", "amount": 10 + number, "currency": "EUR",
        }
        for number in range(INCIDENTS)
    ]  # fmt: skip
    folder.mkdir()
    (folder / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    return folder


def test_no_more_calls_than_the_cap_is_worth(cluster: ClusterProcess, redis_url: str, tmp_path: Path) -> None:
    endpoint = Endpoint(script=lambda asked: ANSWER_S, usage=(INPUT, OUTPUT))
    with HTTPServer(threaded=True) as server, redis.Redis.from_url(redis_url, decode_responses=True) as client:
        server.expect_request("/v1/chat/completions").respond_with_handler(endpoint)
        settings = {
            "job.checkpoint_interval_s": 1, "incidents.first_summary_alerts": 1, "incidents.reviews_per_hour": 100_000,
            "policy.block_list": [f"device:d{number}" for number in range(INCIDENTS)],
            "llm.base_url": server.url_for("/v1"), "llm.batch": 1, "llm.calls": 2, "llm.requests_per_minute": 100_000,
            "llm.queue": INCIDENTS,  # the money must run out, not the queue, however fast incidents are published
            "llm.tokens_per_minute": 10**9, "llm.input_price": PRICE, "llm.output_price": PRICE,
            "llm.money_per_day": CALLS * (INPUT + OUTPUT) * PRICE / 1e6,
        }  # fmt: skip
        words = [word for name, value in settings.items() for word in ("--set", f"{name}={json.dumps(value)}")]
        job = JobProcess(tmp_path / "job", history(tmp_path / "history"), redis_url, "budget:", tuple(words))
        running = cluster.submit(job, "--parallelism", "2")
        wait_for(lambda: len(endpoint.requests) >= CALLS // 4, "the first calls")
        assert client.xlen("budget:incidents") < INCIDENTS, "killed after the last incident: nothing was tested"
        cluster.kill(sorted(cluster.rest.taskmanagers_of(running))[0])
        wait_for(lambda: client.xlen("budget:incidents") >= INCIDENTS, "all incidents", 180)
        cluster.command("cancel-job")
        written = [entry["json"]["writer"] for entry in job.stream(client, "incidents")]
        told = Counter((entry["json"]["id"], entry["json"]["revision"]) for entry in job.stream(client, "incidents"))
    assert set(told.values()) == {1}
    assert len({incident for incident, _ in told}) == INCIDENTS
    assert CALLS // 4 <= len(endpoint.requests) <= CALLS  # a call in flight is booked at its upper bounds
    reasons = Counter(writer.get("fallback_reason") for writer in written if writer["name"] == "template")
    assert reasons["llm.money_per_day is used up"] >= INCIDENTS - CALLS - 2 * 2, reasons
    print(f"{len(endpoint.requests)} calls, {reasons}")
