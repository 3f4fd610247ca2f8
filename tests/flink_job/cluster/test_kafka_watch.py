"""Whether a broker can be reached, as the progress line of `run` says it."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from flink_job.cluster import kafka_watch
from flink_job.cluster.kafka_watch import KafkaWatch
from flink_job.settings.settings import load


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(kafka_watch.time, "monotonic", lambda: now[0])
    return now


def watch(*brokers: str) -> KafkaWatch:
    return KafkaWatch(load(None, [f"job.sources=['kafka://{','.join(brokers)}/events']"]))


def test_a_broker_that_is_away_is_named_with_reason_and_time(clock: list[float]) -> None:
    seen = watch("127.0.0.1:1")
    assert seen.away(0) == "", "it is not asked as long as events may still come"
    clock[0] += 5
    assert seen.away(0) == "Kafka at 127.0.0.1:1, away for 0 s (Connection refused)"
    clock[0] += 7
    assert seen.away(0) == "Kafka at 127.0.0.1:1, away for 7 s (Connection refused)"
    assert seen.away(1) == "", "events come again"


def test_one_broker_of_a_cluster_is_enough(clock: list[float], port: int) -> None:
    seen = watch("127.0.0.1:1", f"127.0.0.1:{port}")
    assert seen.away(0) == ""
    clock[0] += 5
    assert seen.away(0) == ""


def test_a_broker_is_asked_rarely(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(kafka_watch, "_problem", lambda broker: asked.append(broker) or "")
    seen = watch("127.0.0.1:1")
    for _ in range(100):
        seen.away(0)
        clock[0] += 0.25
    assert len(asked) == 4


def test_without_kafka_nothing_is_asked(clock: list[float]) -> None:
    seen = KafkaWatch(load(None, ["job.sources=[file:events.jsonl]"]))
    seen.away(0)
    clock[0] += 5
    assert seen.away(0) == ""
