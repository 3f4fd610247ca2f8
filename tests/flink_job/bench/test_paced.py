"""The paced load: when events are due, what a stall does to latencies, percentiles."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flink_job.bench.paced import Delivery, Schedule, deliver, due_ms, latencies, percentiles, shown
from tests.support.paced_folder import PacedFolder


@given(st.integers(0, 10_000), st.floats(0.5, 20_000))
def test_an_event_is_due_at_its_time_and_not_before(index: int, rate: float) -> None:
    schedule = Schedule(rate)
    at = schedule.due_s(index)
    assert schedule.due(math.nextafter(at, math.inf) + 1e-9) >= index + 1
    assert schedule.due(at * (1 - 1e-9) - 1e-9) <= index + 1
    assert schedule.due(max(0.0, at - 0.5 / rate)) <= index + 1
    assert schedule.due_s(index + 1) - at == pytest.approx(1 / rate, rel=1e-6)


def test_everything_is_delivered_once_in_order_and_on_time() -> None:
    sent: list[tuple[int, int, float]] = []
    delivery = deliver(300, Schedule(1000), 0.01, lambda first, end: sent.append((first, end, time.time_ns() / 1e6)))
    assert [first for first, _, _ in sent] == [0, *(end for _, end, _ in sent[:-1])]
    assert sent[-1][1] == 300
    assert len(sent) > 10
    for first, end, at in sent:
        assert at >= delivery.began_ms + end - 1 - 1.0, "delivered before it was due"
        assert at - (delivery.began_ms + first) <= delivery.latest_ms + 50.0


def test_a_stalled_receiver_does_not_move_what_is_due() -> None:
    """Closed-loop senders hide the wait of the events after a stall."""
    lines = [json.dumps({"event_id": str(number), "event_type": "order"}).encode() for number in range(200)]
    seen: dict[str, int] = {}

    def send(first: int, end: int) -> None:
        if first <= 100 < end:
            time.sleep(0.3)
        seen.update((str(number), time.time_ns() // 1_000_000) for number in range(first, end))

    schedule = Schedule(1000)
    delivery = deliver(len(lines), schedule, 0.005, send)
    assert delivery.latest_ms >= 290
    waited = latencies(due_ms(lines, schedule, delivery), seen.items(), 0)
    assert (waited > 150).sum() >= 95, "the hundred events that were due during the stall waited for it"


def test_labels_are_not_waited_for() -> None:
    lines = [
        b'{"event_id": "a", "event_type": "login"}',
        b'{"event_id": "b", "event_type": "label"}',
        b'{"event_id": "c", "event_type": "login"}',
    ]
    assert due_ms(lines, Schedule(2), Delivery(1000.0, 0.0)) == {"a": 1000.0, "c": 2000.0}


def test_latencies_leave_the_warm_up_and_unknown_events_out() -> None:
    found = latencies({"early": 5.0, "a": 10.0, "b": 20.0, "lost": 30.0}, [("early", 9), ("a", 13), ("b", 21), ("other", 50)], 10.0)
    assert sorted(found) == [1.0, 3.0]


def test_percentiles() -> None:
    assert percentiles(np.arange(1001.0)) == pytest.approx({"p50": 500, "p95": 950, "p99": 990, "p99.9": 999})
    assert percentiles(np.array([])) == {}
    assert shown(np.arange(1001.0)) == "p50 500, p95 950, p99 990, p99.9 999 ms of 1,001"


def test_a_folder_is_filled_with_whole_files(tmp_path: Path) -> None:
    history = tmp_path / "history.jsonl"
    lines = [json.dumps({"event_id": str(number), "event_type": "login"}) for number in range(1000)]
    history.write_text("\n".join(lines) + "\n")
    paced = PacedFolder(history, tmp_path / "incoming", rate=1000, every_s=0.05)
    paced.deliver(0.3)
    files = sorted((tmp_path / "incoming").iterdir())
    assert 3 <= len(files) <= 8
    assert "".join(path.read_text() for path in files).splitlines() == lines[:300]
    assert len(paced.sent_ms) == 300
    assert paced.sent_ms["200"] - paced.sent_ms["100"] == pytest.approx(100.0)
