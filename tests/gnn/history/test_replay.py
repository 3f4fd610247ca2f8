"""The replay against the plain loop over `Step`, and its forgetting."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import gnn.history.replay
from domain.events.event import MAX_LINE_BYTES, Event
from domain.events.stream_clock import StreamClock
from domain.graph import GraphSettings
from domain.memory.trail import Trail, is_label
from domain.step import Step
from domain.times import now_ms
from gnn.history.replay import Replay, ReplayCounts, event_lines
from tests.support.gnn_history import DAY_MS, GRAPH, START_MS, documents, parser, write
from tests.support.shuffled_arrival import shuffled


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


@pytest.mark.parametrize("seed", range(3))
def test_in_the_order_of_time_any_arrival_within_the_lag_gives_the_same_trails(tmp_path: Path, seed: int) -> None:
    """With labels and repeats among them; the oracle is the plain loop over sorted lines."""
    lag_s, lines = 20 * 3600.0, list(documents(300, frauds=40))
    whole = write(tmp_path / "sorted.jsonl", iter(lines))
    mixed = shuffled([*lines, *lines[::7]], lag_s, seed)
    path = write(tmp_path / "mixed.jsonl", iter(map(dict, mixed)))
    replay = Replay(GRAPH, parser(), lag_s=lag_s)
    found = [trail for _, trail in replay.run([path])]
    assert found == with_own_clock(whole)
    assert found != [trail for _, trail in Replay(GRAPH, parser()).run([path])]
    assert replay.counts == ReplayCounts(lines=len(mixed), events=300, labels=40, duplicates=len(mixed) - 340)


def with_own_clock(path: Path) -> list[bytes]:
    """The oracle: the clock at each event is its own time, since none before it comes any more."""
    step, read, states = Step(GRAPH), parser(), [dict[int, bytes]() for _ in GRAPH.entities]
    trails = [step.encoded(Trail(read.parse(line)), states) for line in path.read_bytes().splitlines()]
    return [trail for trail in trails if trail is not None and not is_label(trail)]


def test_what_comes_later_than_the_lag_is_taken_where_the_clock_was(tmp_path: Path) -> None:
    minutes = [0, 10, 20, 30, 5, 29, 40]  # the fifth comes 25 minutes late, the sixth one minute
    filling = [order(100 + n, START_MS - 1000, f"f{n}") for n in range(10)]  # accounts that move the clock of a history
    lines = [*filling]
    for number, minute in enumerate(minutes):
        time_ms = START_MS + minute * 60_000
        lines += [order(number, time_ms, "a"), *(order(1000 + 10 * number + n, time_ms, f"f{n}") for n in range(9) if number not in (4, 5))]
    replay = Replay(GRAPH, parser(), lag_s=600)
    events = [event for event, _ in replay.run([write(tmp_path / "events.jsonl", iter(lines))])]
    assert [int(event.event_id[1:]) for event in events if event.event_id in {f"o{n}" for n in range(7)}] == [0, 1, 2, 4, 5, 3, 6]
