"""What the part on Redis alone measures, with a job that only hands events on."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from flink_job.bench.processes import ProcessUsage
from flink_job.bench.redis_part import DECISIONS, EVENTS, FEEDER, PREFIX, Loop
from flink_job.cluster.rest import ClusterError
from ops.redis.embedded import EmbeddedRedis

LINES = [json.dumps({"event_id": f"e{number}", "event_type": "label" if number % 10 == 9 else "order"}).encode() for number in range(500)]


@pytest.fixture
def server() -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis() as server:
        yield server


@pytest.fixture
def loop(server: EmbeddedRedis) -> Iterator[Loop]:
    import redis

    state = SimpleNamespace(state=lambda job: "RUNNING", cancel=lambda job: None)
    rig: Any = SimpleNamespace(redis=server, cluster=SimpleNamespace(rest=state), usage=lambda: ProcessUsage({1: ("job", 0.0)}, {}, {}))
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        made = Loop(rig, client, "job")
        yield made
        made.end()


@pytest.fixture
def job(server: EmbeddedRedis) -> Iterator[None]:
    """It decides all events but labels."""
    ended = threading.Event()

    def run() -> None:
        import redis

        last = "0-0"
        with redis.Redis.from_url(server.url, decode_responses=True) as client:
            while not ended.is_set():
                reply: Any = client.xread({f"{PREFIX}{EVENTS}": last}, block=20)
                for entry, fields in reply[0][1] if reply else ():
                    last, event = entry, json.loads(fields["json"])
                    if event["event_type"] != "label":
                        client.xadd(f"{PREFIX}{DECISIONS}", {"id": event["event_id"], "json": "{}"})

    thread = threading.Thread(target=run)
    thread.start()
    yield
    ended.set()
    thread.join()


@pytest.mark.usefixtures("job")
def test_full_load_levels_and_memory(loop: Loop) -> None:
    per_s, cpu = loop.full_load(LINES)
    assert 500 < per_s < 1_000_000
    assert set(cpu) == {"job", FEEDER}
    assert cpu["job"] == 0.0
    level = loop.level(400.0, LINES[:200], 0.2)
    assert level.kept_up
    assert level.events == sum(b"order" in line for line in LINES[80:200]), "after 0.2 s of warm-up"
    assert 0 <= level.decisions["p50"] < 200
    steady = loop.steady(500.0, iter(LINES), 0.4)
    assert len(steady.redis_mib) == 2
    assert steady.keys == {"stream": 2}


def test_a_job_that_decides_nothing_is_an_error(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flink_job.bench.redis_part.DECIDED_S", 0.5)
    with pytest.raises(ClusterError, match="0 of 450 events were decided"):
        loop.full_load(LINES)
