"""The replay against the plain loop over `Step`, and its forgetting."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import gnn.history.replay
from domain.events.event import MAX_LINE_BYTES, Event
from domain.events.stream_clock import StreamClock
from domain.graph import GraphSettings
from domain.memory.trail import Trail
from domain.step import Step
from domain.times import now_ms
from gnn.history.replay import Replay, ReplayCounts, event_lines
from tests.support.gnn_history import DAY_MS, GRAPH, START_MS, documents, parser, write


def order(number: int, time_ms: int, account: str) -> dict[str, object]:
    return {"event_id": f"o{number}", "event_type": "order", "event_time": time_ms, "account_id": account, "amount": 5.0}


def plain_trails(path: Path, graph: GraphSettings) -> list[bytes]:
    """The oracle: every event through the step, nothing ever dropped from the states."""
    step, read, clock = Step(graph), parser(graph), StreamClock()
    states: list[dict[int, bytes]] = [{} for _ in graph.entities]
    found = []
    for line in path.read_bytes().splitlines():
        event = read.parse(line)
        trail = Trail(event)
        trail.clock_ms = clock.take(event, now_ms())
        data = step.encoded(trail, states)
        if data is not None and not event.is_label:
            found.append(data)
    return found


def test_gives_the_trails_of_the_plain_loop_over_several_files(tmp_path: Path) -> None:
    lines = list(documents(400))
    whole = write(tmp_path / "whole.jsonl", iter(lines))
    parts = [write(tmp_path / "a.jsonl", iter(lines[:150])), write(tmp_path / "b.jsonl", iter(lines[150:]))]
    assert [trail for _, trail in Replay(GRAPH, parser()).run(parts)] == plain_trails(whole, GRAPH)


def test_counts_labels_duplicates_and_rejected_and_hands_them_over(tmp_path: Path) -> None:
    lines = list(documents(100, frauds=7))
    path = write(tmp_path / "events.jsonl", iter([*lines, lines[-1]]))
    with path.open("ab") as file:
        file.write(b'\n{"event_type": "order"}\n \r\nnot json\n\n')
    labels: list[Event] = []
    rejected: list[bytes] = []
    replay = Replay(GRAPH, parser(), on_label=labels.append, on_rejected=lambda line, why: rejected.append(line))
    scored = list(replay.run([path]))
    assert replay.counts == ReplayCounts(lines=110, events=100, labels=7, duplicates=1, rejected=2)
    assert [event.event_id for event, _ in scored] == [line["event_id"] for line in lines if line["event_type"] != "label"]
    assert len(labels) == 7 and all(label.is_label for label in labels)
    assert rejected == [b'{"event_type": "order"}', b"not json"]


def test_an_endless_line_is_cut_and_rejected_once(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    good = json.dumps(order(1, START_MS, "a")).encode()
    path.write_bytes(b"x" * (5 * MAX_LINE_BYTES) + b"\n" + good + b"\n")
    lines = list(event_lines([path]))
    assert len(lines) == 2 and MAX_LINE_BYTES < len(lines[0]) <= MAX_LINE_BYTES + 2 and lines[1] == good
    replay = Replay(GRAPH, parser())
    assert len(list(replay.run([path]))) == 1 and replay.counts.rejected == 1


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_the_longest_valid_line_is_not_cut(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "events.jsonl"
    good = json.dumps(order(1, START_MS, "a")).encode()
    path.write_bytes(good + b" " * (MAX_LINE_BYTES - len(good)) + end)
    assert len(list(Replay(GRAPH, parser()).run([path]))) == 1


def test_forgetting_bounds_memory_and_changes_no_trail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gnn.history.replay, "SWEEP_EVENTS", 16)
    graph = GraphSettings(links=2, ttl_days=2.0, late_days=0.5)
    # most accounts come for a day only; one returns every three days, after its time to live
    hours = [(hour, "returning" if hour % 72 == 0 else f"a{hour // 24}") for hour in range(24 * 40)]
    lines = [order(hour, START_MS + hour * DAY_MS // 24, name) for hour, name in hours]
    path = write(tmp_path / "events.jsonl", iter(lines))
    replay = Replay(graph, parser(graph))
    assert [trail for _, trail in replay.run([path])] == plain_trails(path, graph)
    assert len(replay.states[0]) <= 6


def test_one_event_from_a_wrong_clock_forgets_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gnn.history.replay, "SWEEP_EVENTS", 4)
    graph = GraphSettings(links=2, ttl_days=2.0)
    times = [START_MS + minute * 60_000 for minute in range(40)]
    times[10] += 20 * DAY_MS
    path = write(tmp_path / "events.jsonl", iter(order(n, time, f"a{n % 10}") for n, time in enumerate(times)))
    replay = Replay(graph, parser(graph))
    assert [trail for _, trail in replay.run([path])] == plain_trails(path, graph)
    assert len(replay.states[0]) == 10
