"""The stages of the graph, driven by hand, with plain dictionaries for the state."""

from __future__ import annotations

import json
import warnings

import pytest

from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from domain.memory.crowd import NO_CROWD
from domain.memory.record import RecordLayout
from domain.memory.trail import TrailCodec, crowd
from domain.simulator import SimulatorSettings, simulate
from gnn.history.replay import Replay
from tests.support.entity_record import EntityRecord
from tests.support.incident_samples import START
from udfs.engine.batches import trails_of
from udfs.engine.keys import as_long

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")

    from udfs.approve import NO_DECISION
    from udfs.engine.worker_match import load_everything

    load_everything()  # as an operator does when it opens
from tests.support.operator_runtime import GRAPH, KEY, Graph, line, timeless

pytestmark = pytest.mark.usefixtures("operator_environment")


def test_stages_give_the_trails_and_the_state_of_the_replay() -> None:
    graph, replay = Graph(), Replay(GRAPH, EventParser(GRAPH, Pseudonyms(KEY.encode())))
    documents = list(simulate(SimulatorSettings(events=250, seed=5, fraud_share=0.1)).documents())
    lines = [json.dumps(document, ensure_ascii=False).encode() for document in documents]
    lines[40:40] = [b"{", lines[3], b"\xff", lines[30]]  # broken ones and repeated ones
    for text in lines:
        expected = replay.take(text)
        found = graph.take(text)
        if expected is None:
            assert all(row[2] == NO_DECISION for row in found), "nobody decides on a label"
        else:
            _, trail = expected
            [(clock_ms, row, *rest)] = found
            assert (clock_ms, timeless(row), rest) == (replay.clock_ms(trail), trail, [None, None, None])
    for runtime, state in zip(graph.runtimes, replay.states, strict=True):
        assert runtime.state == {as_long(key): record for key, record in state.items()}
    counts = graph.parse_runtime.counts
    assert counts["rejected"] == counts["rejected{field=line}"] == replay.counts.rejected == 2
    assert counts["events"] + counts["labels"] == len(lines) - 2
    assert counts["labels"] >= replay.counts.labels
    assert graph.runtimes[0].counts["duplicates"] == replay.counts.duplicates == 2
    assert replay.counts.labels > 0


@pytest.mark.parametrize("size", [1, 7, 400])
def test_batches_give_the_trails_and_the_state_of_the_replay(size: int) -> None:
    """Of whatever size, with repeats, labels and many events of one entity in one batch."""
    graph, replay = Graph(), Replay(GRAPH, EventParser(GRAPH, Pseudonyms(KEY.encode())))
    documents = list(simulate(SimulatorSettings(events=250, seed=5, fraud_share=0.1)).documents())
    lines = [json.dumps(document, ensure_ascii=False).encode() for document in documents]
    lines[40:40] = [lines[3], lines[30]]
    expected = [found for text in lines if (found := replay.take(text)) is not None]
    rows = [row for at in range(0, len(lines), size) for row in graph.take(*lines[at : at + size])]
    decided = [row for row in rows if row[2] != NO_DECISION]
    assert [(row[0], timeless(row[1])) for row in decided] == [(replay.clock_ms(trail), trail) for _, trail in expected]
    for runtime, state in zip(graph.runtimes, replay.states, strict=True):
        assert runtime.state == {as_long(key): record for key, record in state.items()}
    assert graph.runtimes[0].counts["duplicates"] == replay.counts.duplicates == 2
    assert len(rows) - len(decided) == replay.counts.labels > 0


def test_a_batch_forgets_an_account_and_what_nobody_else_has_a_part_in() -> None:
    """Also where the record was written by the same batch."""
    graph = Graph()
    its = [line(event_id=f"e{number}", event_time=START + number, device_fingerprint=f"d{number % 2}") for number in range(4)]
    others = line(event_id="o", event_time=START + 9, account_id="u2", device_fingerprint="d0")
    plain = {"amount": None, "currency": None, "event_type": "forget", "event_time": START + 10}
    forget = [line(event_id=f"f{number}", device_fingerprint=f"d{number}", **plain) for number in range(2)]
    rows = graph.take(*its, others, *forget)
    assert [list(row)[2:] for row in rows] == [[None, None, None]] * 7
    assert [len(runtime.state) for runtime in graph.runtimes[:2]] == [1, 1]


def test_a_forgotten_account_leaves_the_state_of_the_replay_and_no_news() -> None:
    graph, replay = Graph(), Replay(GRAPH, EventParser(GRAPH, Pseudonyms(KEY.encode())))
    its = [line(event_id=f"e{number}", event_time=START + number, device_fingerprint=f"d{number % 2}") for number in range(4)]
    others = line(event_id="o", event_time=START + 9, account_id="u2", device_fingerprint="d0")
    plain = {"amount": None, "currency": None, "event_type": "forget", "event_time": START + 10}
    forget = [line(event_id=f"f{number}", device_fingerprint=f"d{number}", **plain) for number in range(2)]
    for text in (*its, others):
        replay.take(text)
        graph.take(text)
    assert len(graph.runtimes[0].state) == len(graph.runtimes[1].state) == 2
    for text in forget:
        assert replay.take(text) is None
        ((_, _, document, effects, news),) = graph.take(text)
        assert (document, effects, news) == (None, None, None), "it goes the way of flagged events"
    for runtime, state in zip(graph.runtimes, replay.states, strict=True):
        assert runtime.state == {as_long(key): record for key, record in state.items()}
        assert len(state) == 1, "what nobody else has a part in is gone"


def test_event_without_an_entity_is_spread_by_its_id_and_touches_no_state() -> None:
    graph = Graph()
    keys = set()
    for number in range(20):
        batch = graph.passed(0, graph.parsed(line(event_id=f"e{number}", device_fingerprint=None)))
        ((_, key, trail),) = trails_of(batch)
        keys.add(key)
        graph.runtimes[1].state[key] = b"of another entity whose key is the same"
        ((_, _, trail),) = trails_of(graph.passed(1, batch))
        assert TrailCodec(GRAPH).decode(trail).blocks[1] == b""
        assert graph.runtimes[1].state[key] == b"of another entity whose key is the same"
    assert len(keys) == 20
    assert len(graph.runtimes[0].state) == 1


def test_labels_go_the_way_of_their_event_so_that_none_overtakes_the_one_before() -> None:
    ways = []
    for changes in (
        {},
        {"event_id": "l1", "event_type": "label", "subject_event_id": "e1", "is_fraud": True},
        {"event_id": "l2", "event_type": "label", "subject_event_id": "e1", "is_fraud": None},
    ):
        graph, keys = Graph(), []
        money = {"amount": None, "currency": None} if changes else {}
        batch = graph.parsed(line(**changes, **money, device_fingerprint=None, address=None))
        for position in range(len(graph.stages)):
            ((_, key, _),) = trails_of(batch)
            keys.append(key)
            batch = graph.passed(position, batch) if position < len(graph.stages) - 1 else b""
        ways.append(keys)
    assert ways[0] == ways[1] == ways[2] and len(set(ways[0])) >= 3


def test_duplicate_stops_at_the_first_stage() -> None:
    graph = Graph()
    assert len(graph.take(line())) == 1
    before = [dict(runtime.state) for runtime in graph.runtimes]
    assert graph.take(line(amount=6)) == []
    assert [runtime.state for runtime in graph.runtimes] == before
    assert graph.runtimes[0].counts["duplicates"] == 1


def test_label_is_learnt_by_every_stage_and_leaves_news_of_the_model_s_health_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("udfs.parse.now_ms", lambda: START + 2000)
    graph = Graph()
    graph.take(line())
    before = [dict(runtime.state) for runtime in graph.runtimes]
    label = {"event_id": "l1", "event_type": "label", "event_time": START + 1000, "subject_event_id": "e1", "is_fraud": True}
    [(time_ms, trail, document, effects, news)] = graph.take(line(**label, amount=None, currency=None))
    assert (time_ms, document, effects, crowd(trail)) == (START, NO_DECISION, None, NO_CROWD), "the clock of the events"
    subject = EventParser(GRAPH, Pseudonyms(KEY.encode())).parse(line())
    order = TrailCodec(GRAPH).event(trail).order
    expected = {"about": "label", "of": f"{subject.identity:016x}", "is_fraud": True, "source": 0, "order": order, "at": START}
    assert json.loads(news) == expected and order > 0
    assert graph.take(line(**label, amount=None, currency=None)) == [], "repeated"
    for runtime, state in zip(graph.runtimes, before, strict=True):
        assert runtime.state.keys() == state.keys()
    changed = [runtime.state != state for runtime, state in zip(graph.runtimes, before, strict=True)]
    assert changed == [True, True, True, False], "what only joins rings learns no label"


def test_late_event_is_passed_on_and_counted_and_only_its_id_is_kept() -> None:
    def learnt() -> list[tuple[int, int]]:
        layouts = (RecordLayout(GRAPH, position) for position in range(3))
        records = [
            EntityRecord.decode(data, layout)
            for runtime, layout in zip(graph.runtimes[:3], layouts, strict=True)
            for data in runtime.state.values()
        ]
        return [(record.events, record.last_seen) for record in records]

    graph = Graph()
    graph.take(line())
    before = learnt()
    late = line(event_id="e2", event_time=START - 8 * 86_400_000)
    assert len(graph.take(late)) == 1
    assert learnt() == before == [(1, START)] * 3
    assert [runtime.counts["late"] for runtime in graph.runtimes] == [1, 1, 1, 1]
    assert graph.take(late) == []


def test_one_stage_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("udfs.parse.now_ms", lambda: START)
    graph = Graph(GraphSettings(entities=("account",), ring_entities=()))
    ((clock_ms, trail, *_),) = graph.take(line())
    assert clock_ms == START
    assert isinstance(trail, bytes)
