"""The operators without Flink: driven by hand with plain dictionaries for the state, and held against the
replay.
"""

from __future__ import annotations

import asyncio
import json
import logging
import pickle
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, NoReturn

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decisions.policy import PolicySettings
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from domain.incidents.assignment import AlertAssigned, RingAbsorbed, assignment_of
from domain.incidents.settings import IncidentSettings
from domain.memory.record import RecordLayout
from domain.memory.trail import TrailCodec
from domain.simulator import SimulatorSettings, simulate
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import load_scorer
from gnn.history.replay import Replay
from gnn.scoring.decider import Decider
from ops import secrets
from ops.llm.settings import LlmSettings, with_api_key
from ops.redis.settings import RedisSettings
from ops.secrets import PSEUDONYM_KEY, REDIS_URL, pseudonyms, redis_url
from tests.support.entity_record import EntityRecord
from tests.support.incident_samples import START, alert, alert_document, incident_of
from tests.support.job_process import without_clock
from udfs.engine.keys import ONE_PLACE, as_long, stage_key

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")
    from pyflink.common import Row, Types
    from pyflink.datastream import OutputTag

    from udfs.approve import Approve
    from udfs.deliver_alert import FLAGGED_ROW, DeliverAlert
    from udfs.deliver_incident import DeliverIncident
    from udfs.deliver_rejected import DeliverRejected
    from udfs.gather_incident import GatherIncident
    from udfs.join_rings import JoinRings
    from udfs.parse import Parse
    from udfs.review_incidents import ReviewIncidents
    from udfs.score import Score
    from udfs.stage import Stage
    from udfs.summarise import Summarise
    from udfs.to_stages import SendToFirstStage

KEY = "a key for the tests"
GRAPH = GraphSettings()
REJECTED = OutputTag("rejected", Types.STRING())


@pytest.fixture(autouse=True)
def known_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PSEUDONYM_KEY, KEY)
    for name in (REDIS_URL, "RINGWATCH_LLM_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pyflink.common.time.get_gateway", _no_gateway)


def _no_gateway() -> NoReturn:
    raise AssertionError("an operator asked for a Py4J gateway: on a TaskManager that hangs (FLINK-40628)")


# --- stand-ins for what Flink gives an operator
# ---------------------------------------------------------------------


@dataclass
class Runtime:
    """RuntimeContext, metrics and keyed state at once; `key` is the key that the engine has set."""

    key: Any = None
    counts: Counter[str] = field(default_factory=Counter)
    state: dict[Any, bytes] = field(default_factory=dict)
    gauges: dict[str, Callable[[], int]] = field(default_factory=dict)

    def get_metrics_group(self) -> Runtime:
        return self

    get_metric_group = get_metrics_group  # as a FunctionContext calls it

    def add_group(self, label: str, value: str) -> Any:
        with_label = f"{{{label}={value}}}"
        gauge = lambda name, read: self.gauge(name + with_label, read)  # noqa: E731
        return SimpleNamespace(counter=lambda name: self.counter(name + with_label), gauge=gauge)

    def gauge(self, name: str, read: Callable[[], int]) -> None:
        self.gauges[name] = read

    def counter(self, name: str) -> Any:
        counts = self.counts

        class Count:
            def inc(self, by: int = 1) -> None:
                counts[name] += by

        return Count()

    def get_state(self, descriptor: Any) -> Runtime:
        return self

    def get_map_state(self, descriptor: Any) -> MapRuntime:
        return MapRuntime()

    def value(self) -> bytes | None:
        return self.state.get(self.key)

    def update(self, value: bytes) -> None:
        assert isinstance(value, bytes)  # what PICKLED_BYTE_ARRAY is for
        self.state[self.key] = value

    def clear(self) -> None:
        self.state.pop(self.key, None)


class MapRuntime:
    """Keyed map state as PyFlink gives it; there is one key."""

    def __init__(self) -> None:
        self.entries: dict[Any, Any] = {}

    def get(self, key: Any) -> Any:
        return self.entries.get(key)

    def put(self, key: Any, value: Any) -> None:
        assert isinstance(value, str)
        self.entries[key] = value

    def remove(self, key: Any) -> None:
        self.entries.pop(key, None)

    def keys(self) -> Any:
        return self.entries.keys()


class Timers:
    """Context of a keyed function; keeps the timers that were asked for."""

    def __init__(self) -> None:
        self.asked: set[int] = set()

    def timer_service(self) -> Timers:
        return self

    def register_event_time_timer(self, time_ms: int) -> None:
        self.asked.add(time_ms)

    def delete_event_time_timer(self, time_ms: int) -> None:
        self.asked.discard(time_ms)


class Graph:
    """Parse and the stages in a row, as the topology wires them, each shipped to its worker."""

    def __init__(self, graph: GraphSettings = GRAPH, approve: Approve | None = None) -> None:
        self.parse_runtime = Runtime()
        self.runtimes = [Runtime() for _ in graph.stages]
        # a tag's type is shipped by Flink itself
        self.parse = pickle.loads(pickle.dumps(Parse(graph, None, SendToFirstStage(graph))))
        self.parse._rejected = REJECTED
        approving = [None] * (len(graph.stages) - 1) + [approve or Approve(graph, PolicySettings(), None)]
        made = [Stage(graph, position, approve=one) for position, one in enumerate(approving)]
        self.stages = [pickle.loads(pickle.dumps(stage)) for stage in made]
        self.parse.open(self.parse_runtime)
        for stage, runtime in zip(self.stages, self.runtimes, strict=True):
            stage.open(runtime)
        self.rejected: list[dict[str, Any]] = []

    def take(self, line: bytes | None) -> list[Row]:
        """What leaves the last stage for one line; None is a Kafka record without a value."""
        rows = []
        for found in self.parse.process_element(None if line is None else line.decode("latin-1"), None):
            if isinstance(found, tuple):
                assert found[0] is REJECTED
                self.rejected.append(json.loads(found[1]))
            else:
                rows.append(found)
        for stage, runtime in zip(self.stages, self.runtimes, strict=True):
            passed = []
            for key, trail in rows:
                assert -(1 << 63) <= key < 1 << 63
                runtime.key = key
                passed += stage.process_element(trail, None)
            rows = passed
        return rows


def timeless(trail: bytes) -> bytes:
    """The trail without the time at which it came in, which the replay does not note."""
    codec = TrailCodec(GRAPH)
    decoded = codec.decode(trail)
    assert abs(time.time() * 1000 - decoded.entered_ms) < 60_000
    decoded.entered_ms = 0
    return codec.encode(decoded)


def line(**changes: Any) -> bytes:
    event = {"event_id": "e1", "event_type": "order", "event_time": START, "account_id": "u1", "amount": 5, "currency": "EUR"}
    return json.dumps({**event, "device_fingerprint": "d1", "address": "1 Main St", "ip": "10.0.0.1", **changes}).encode()


# --- parse and stages
# -----------------------------------------------------------------------------------------------


def test_stages_give_the_trails_and_the_state_of_the_replay() -> None:
    graph, replay = Graph(), Replay(GRAPH, EventParser(GRAPH, Pseudonyms(KEY.encode())))
    documents = list(simulate(SimulatorSettings(events=250, seed=5, fraud_share=0.1)).documents())
    lines = [json.dumps(document, ensure_ascii=False).encode() for document in documents]
    lines[40:40] = [b"{", lines[3], b"\xff", lines[30]]  # broken ones and repeated ones
    for text in lines:
        expected = replay.take(text)
        found = graph.take(text)
        if expected is None:
            assert found == []
        else:
            event, trail = expected
            assert [(time_ms, timeless(row), document) for time_ms, row, document in found] == [(event.time_ms, trail, None)]
    for runtime, state in zip(graph.runtimes, replay.states, strict=True):
        assert runtime.state == {as_long(key): record for key, record in state.items()}
    counts = graph.parse_runtime.counts
    assert counts["rejected"] == counts["rejected{field=line}"] == replay.counts.rejected == 2
    assert counts["events"] + counts["labels"] == len(lines) - 2
    assert counts["labels"] >= replay.counts.labels
    assert graph.runtimes[0].counts["duplicates"] == replay.counts.duplicates == 2
    assert replay.counts.labels > 0


def test_rejected_lines_go_to_the_side_with_their_reason() -> None:
    graph = Graph()
    assert graph.take(line(amount=-1)) == []
    assert graph.take(b"\xff\xfe") == []
    assert [document["field"] for document in graph.rejected] == ["amount", "line"]
    assert "UTF-8" in graph.rejected[1]["reason"]
    assert graph.parse_runtime.counts["rejected"] == 2
    assert [runtime.state for runtime in graph.runtimes] == [{}, {}, {}, {}]


@pytest.mark.parametrize("text", [b"", b"  ", b"\r"])
def test_empty_lines_are_nothing(text: bytes) -> None:
    graph = Graph()
    assert graph.take(text) == []
    assert graph.rejected == []


def test_parser_sees_the_bytes_of_the_source() -> None:
    raw = json.dumps(json.loads(line(event_id="zażółć 日本")), ensure_ascii=False).encode()
    (row,) = Graph().take(raw)
    assert TrailCodec(GRAPH).decode(row[1]).event.event_id == "zażółć 日本"


def test_event_without_an_entity_is_spread_by_its_id_and_touches_no_state() -> None:
    graph = Graph()
    keys = set()
    for number in range(20):
        rows = list(graph.parse.process_element(line(event_id=f"e{number}", device_fingerprint=None).decode(), None))
        graph.runtimes[0].key = rows[0][0]
        ((key, trail),) = graph.stages[0].process_element(rows[0][1], None)
        keys.add(key)
        graph.runtimes[1].key = key
        graph.runtimes[1].state[key] = b"of another entity whose key is the same"
        ((_, trail),) = graph.stages[1].process_element(trail, None)
        assert TrailCodec(GRAPH).decode(trail).blocks[1] == b""
        assert graph.runtimes[1].state[key] == b"of another entity whose key is the same"
    assert len(keys) == 20
    assert len(graph.runtimes[0].state) == 1


def test_the_clock_of_a_trail_is_the_latest_event_so_far_and_no_label() -> None:
    graph, clocks = Graph(), []
    label = {"event_type": "label", "event_time": START + 50, "subject_event_id": "e1", "is_fraud": True}
    documents = (line(), line(event_id="e2", event_time=START + 9), line(event_id="l1", **label), line(event_id="e3", event_time=START + 4))
    for one in documents:
        clocks += [TrailCodec(GRAPH).decode(trail).clock_ms for _, trail, _ in graph.take(one)]
    assert clocks == [START, START + 9, START + 9]


def test_duplicate_stops_at_the_first_stage() -> None:
    graph = Graph()
    assert len(graph.take(line())) == 1
    before = [dict(runtime.state) for runtime in graph.runtimes]
    assert graph.take(line(amount=6)) == []
    assert [runtime.state for runtime in graph.runtimes] == before
    assert graph.runtimes[0].counts["duplicates"] == 1


def test_label_is_learnt_by_every_stage_and_leaves_none() -> None:
    graph = Graph()
    graph.take(line())
    before = [dict(runtime.state) for runtime in graph.runtimes]
    label = {"event_id": "l1", "event_type": "label", "event_time": START + 1000, "subject_event_id": "e1", "is_fraud": True}
    assert graph.take(line(**label, amount=None, currency=None)) == []
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


def test_one_stage_alone() -> None:
    graph = Graph(GraphSettings(entities=("account",), ring_entities=()))
    ((time_ms, trail, _),) = graph.take(line())
    assert time_ms == START
    assert isinstance(trail, bytes)


@given(st.integers(0, 2**64 - 1))
def test_keys_are_java_longs_and_lose_nothing(key: int) -> None:
    signed = as_long(key)
    assert -(1 << 63) <= signed < 1 << 63
    assert signed % (1 << 64) == key
    assert signed.to_bytes(8, "little", signed=True) == key.to_bytes(8, "little")


def test_stage_key_is_the_pseudonym_of_the_entity() -> None:
    codec, names = TrailCodec(GRAPH), Pseudonyms(KEY.encode())
    ((_, trail),) = Graph().parse.process_element(line().decode(), None)
    decoded = codec.decode(trail)
    expected = [names.of("account", "u1"), names.of("device", "d1"), names.of("address", "1 Main St"), names.of("ip", "10.0.0.1")]
    assert [stage_key(decoded.event.key(position), decoded.event.id_hash) for position in range(4)] == [as_long(key) for key in expected]


# --- score
# ----------------------------------------------------------------------------------------------------------


def test_score_gives_the_documents_of_the_decider() -> None:
    lines = [json.dumps(document).encode() for document in simulate(SimulatorSettings(events=60, seed=2)).documents()]
    replay, policy = Replay(GRAPH, EventParser(GRAPH, Pseudonyms(KEY.encode()))), PolicySettings(investigate_at=0.01)
    trails = [found[1] for found in map(replay.take, lines) if found]
    score = pickle.loads(pickle.dumps(Score(GRAPH, str(PRETRAINED), policy)))
    runtime = Runtime()
    score.open(runtime)
    began_ms = time.time_ns() // 1_000_000
    frame = score.eval(pd.Series(trails))
    (decided_ms,) = {json.loads(document)["decided_at"] for document in frame["document"]}
    assert began_ms < decided_ms <= time.time_ns() // 1_000_000, "the clock after the model, not before"
    expected = Decider(GRAPH, load_scorer(PRETRAINED, GRAPH), policy, Pseudonyms(KEY.encode())).decide(trails, lambda: 0)
    assert list(frame.columns) == ["document", "flagged", "joins", "clock"]
    assert frame["clock"].tolist() == [TrailCodec(GRAPH).decode(trail).clock_ms for trail in trails]
    assert without_clock(map(json.loads, frame["document"])) == without_clock(decision.to_document() for decision in expected)
    assert frame["flagged"].tolist() == [decision.is_flagged for decision in expected]
    assert 0 < frame["flagged"].sum() < len(frame)
    counts = runtime.counts
    assert counts["decisions{decision=approve}"] == len(frame) - frame["flagged"].sum()
    assert counts["score_bucket{le=+Inf}"] == counts["score_count"] == counts["decision_latency_ms_count"] == len(frame)
    assert counts["score_bucket{le=0.5}"] == sum(decision.score <= 0.5 for decision in expected)
    assert counts["score_batches"] == 1


# --- alerts, rejected, incidents to Redis
# ---------------------------------------------------------------------------


@pytest.fixture
def settings(redis_url: str, stream_prefix: str) -> RedisSettings:
    return RedisSettings(url=redis_url, prefix=stream_prefix)


def entries(client: Any, settings: RedisSettings, name: str) -> list[dict[str, str]]:
    return [fields for _, fields in client.xrange(f"{settings.prefix}{name}")]


def opened(operator: Any, runtime: Runtime) -> Any:
    shipped = pickle.loads(pickle.dumps(operator))
    shipped.open(runtime)
    return shipped


def flagged_row(document: dict[str, Any], joins: str, clock_ms: int) -> Row:
    """A row as `scoring_tables` selects it."""
    columns = {"document": json.dumps(document), "joins": joins, "clock": clock_ms, "event_time": None}
    return Row(*(columns[name] for name in FLAGGED_ROW))


def test_alert_is_written_once_and_passed_on_each_time(settings: RedisSettings, redis_client: Any) -> None:
    runtime = Runtime()
    operator = opened(DeliverAlert(settings), runtime)
    document = {name: value for name, value in alert_document(1, decision="block", score=0.99).items() if name != "severity"}
    for _ in range(2):
        ((place, text),) = operator.process_element(flagged_row(document, "aa,bb", START + 9), None)
        assert place == ONE_PLACE
        assert json.loads(text) == {**document, "severity": "critical", "joins": ["aa", "bb"], "clock": START + 9}
    operator.close()
    (entry,) = entries(redis_client, settings, "alerts")
    assert {name: entry[name] for name in ("id", "type", "severity", "time")} == {
        "id": "e1",
        "type": "order",
        "severity": "critical",
        "time": str(START),
    }
    assert json.loads(entry["json"]) == {**document, "severity": "critical", "joins": ["aa", "bb"]}
    assert runtime.counts == {"alerts": 1, "redis_written": 1, "redis_repeated": 1}


def test_alerts_of_the_silent_time_only_go_on_to_the_ring_book(settings: RedisSettings, redis_client: Any) -> None:
    operator = opened(DeliverAlert(settings, silent_until_ms=START), Runtime())
    for number, time_ms in enumerate((START - 1, START, START - 1)):
        assert len(list(operator.process_element(flagged_row(alert_document(number, time_ms), "", time_ms), None))) == 1
    operator.close()
    assert [entry["id"] for entry in entries(redis_client, settings, "alerts")] == ["e1"]


def test_lines_that_are_rejected_in_the_silent_time_are_counted_only() -> None:
    runtime, after = Runtime(), line(event_id="e2", event_time=START + 1)
    parse = Parse(GRAPH, REJECTED, SendToFirstStage(GRAPH), silent_until_ms=START + 1)
    parse.open(runtime)
    handed_on = [[found[0] for found in parse.process_element(text.decode(), None)] for text in (b"{", line(), b"{", after, b"{")]
    assert [REJECTED in found for found in handed_on] == [True, False, False, False, True], "before the first event nobody knows"
    assert runtime.counts["rejected"] == 3


def test_rejected_line_is_written_once(settings: RedisSettings, redis_client: Any) -> None:
    graph = Graph()
    for text in (b"{", b"{", b"[]", line(amount=-1)):
        graph.take(text)
    operator = opened(DeliverRejected(settings), Runtime())
    for document in graph.rejected:
        assert list(operator.process_element(json.dumps(document), None)) == []
    operator.close()
    found = entries(redis_client, settings, "rejected")
    assert [entry["type"] for entry in found] == ["line", "line", "amount"]
    assert [json.loads(entry["json"])["raw"] for entry in found[:2]] == ["{", "[]"]


def test_each_revision_of_an_incident_is_written_once(settings: RedisSettings, redis_client: Any) -> None:
    incident = {**incident_of([alert(number) for number in range(3)]), "headline": "A ring"}
    operator = opened(DeliverIncident(settings), Runtime())
    for revision, headline in ((1, "A ring"), (2, "A ring, grown"), (2, "other words")):
        text = json.dumps({**incident, "revision": revision, "headline": headline})
        assert list(operator.process_element(text, None)) == []
    operator.close()
    found = entries(redis_client, settings, "incidents")
    assert [(entry["revision"], entry["headline"]) for entry in found] == [("1", "A ring"), ("2", "A ring, grown")]
    assert {(entry["id"], entry["type"], entry["action"]) for entry in found} == {(incident["id"], "closed", incident["action"])}
    assert found[0]["time"] == str(incident["last_time"])


# --- incidents and summaries
# ----------------------------------------------------------------------------------------


def assigned(number: int, time_ms: int = START, ring: str = "ring", **changes: Any) -> str:
    return json.dumps(AlertAssigned(ring, time_ms, alert(number, time_ms, **changes)).to_document())


def documents(rows: Iterable[Row]) -> list[dict[str, Any]]:
    found = [tuple(row) for row in rows]
    assert {place for place, _ in found} <= {ONE_PLACE}
    return [json.loads(text) for _, text in found]


def test_incident_opens_at_its_deadline_and_is_forgotten_when_it_closes() -> None:
    runtime, timers = Runtime(key="ring"), Timers()
    operator = opened(GatherIncident(IncidentSettings()), runtime)
    assert documents(operator.process_element(assigned(1), timers)) == []
    assert set(runtime.state) == {"ring"}
    assert timers.asked == {START + 60_000}
    (document,) = documents(operator.on_timer(START + 60_000, timers))
    assert (document["status"], document["revision"], document["alerts"]) == ("opened", 1, 1)
    end = START + IncidentSettings().gap_s * 1000
    assert timers.asked == {end}
    (document,) = documents(operator.on_timer(end, timers))
    assert (document["status"], document["revision"], document["told_at"]) == ("closed", 2, end)
    assert runtime.state == {}
    assert documents(operator.on_timer(end, timers)) == []


def test_incident_of_the_silent_time_is_opened_at_its_end() -> None:
    runtime, timers = Runtime(key="ring"), Timers()
    operator = opened(GatherIncident(IncidentSettings(), silent_until_ms=START + 600_000), runtime)
    assert documents(operator.process_element(assigned(1), timers)) == []
    assert documents(operator.on_timer(START + 60_000, timers)) == []
    assert timers.asked == {START + 600_000}
    (document,) = documents(operator.on_timer(START + 600_000, timers))
    assert (document["status"], document["revision"], document["told_at"]) == ("opened", 1, START + 600_000)


def test_incident_is_told_when_it_grows_and_repeated_alerts_do_not_count() -> None:
    runtime, timers = Runtime(key="ring"), Timers()
    operator = opened(GatherIncident(IncidentSettings()), runtime)
    published = []
    for number in (0, 1, 2, 2, 3, 4):
        published += documents(operator.process_element(assigned(number, START + number * 1000), timers))
    assert [(document["status"], document["alerts"]) for document in published] == [("opened", 5)]
    assert timers.asked == {START + 4_000 + IncidentSettings().gap_s * 1000}, "a session has one timer, however many alerts move it"
    # the first summary's timer, of a savepoint that still has it
    assert documents(operator.on_timer(START + 60_000, timers)) == []
    assert timers.asked == {START + 4_000 + IncidentSettings().gap_s * 1000}
    assert "ring" in runtime.state


def test_rings_do_not_share_a_session() -> None:
    runtime = Runtime()
    operator = opened(GatherIncident(IncidentSettings()), runtime)
    for key in ("a", "b"):
        runtime.key = key
        list(operator.process_element(assigned(1, ring=key), Timers()))
    runtime.key = "a"
    (document,) = documents(operator.on_timer(START + 60_000, Timers()))
    assert (document["ring"], document["alerts"]) == ("a", 1)


def test_a_merger_closes_the_incident_and_the_other_counts_it() -> None:
    runtime = Runtime(key="a")
    operator = opened(GatherIncident(IncidentSettings()), runtime)
    list(operator.process_element(assigned(1, ring="a"), Timers()))
    merger = json.dumps(RingAbsorbed("a", START + 9, "a", "b").to_document())
    opened_at, closed = documents(operator.process_element(merger, Timers()))
    assert (opened_at["status"], opened_at["merged_into"], closed["status"], closed["merged_into"]) == ("opened", None, "closed", "b")
    assert runtime.state == {}
    assert documents(operator.process_element(merger, Timers())) == [], "nothing is open any more"


MALFORMED = [
    {"event_id": None}, {"score": "high"}, {"score": float("nan")}, {"amount": float("inf")}, {"event_time": 1 << 62}, {"event_time": -1},
    {"entities": {"device": "a raw one"}}, {"entities": [1]}, {"reasons": [{"weight": 1}]}, {"reasons": [{"code": "a", "weight": "b"}]},
]  # fmt: skip


@pytest.mark.parametrize("change", MALFORMED, ids=str)
def test_a_malformed_alert_is_counted_and_fails_nothing(change: dict[str, Any]) -> None:
    runtime = Runtime(key="ring")
    gather, join = opened(GatherIncident(IncidentSettings()), runtime), opened(JoinRings(IncidentSettings()), runtime)
    list(gather.process_element(assigned(1), Timers()))
    before = dict(runtime.state)
    malformed = json.dumps({**json.loads(assigned(2)), "alert": alert_document(2, **change)})
    assert list(gather.process_element(malformed, Timers())) == []
    assert list(join.process_element(json.dumps(alert_document(2, **change)), Timers())) == []
    assert runtime.state == before
    assert runtime.counts["malformed_alerts"] == 2
    assert join.process_element(json.dumps(alert_document(3, decision="block")), Timers())


def test_alerts_are_sorted_into_rings_and_wait_for_company() -> None:
    timers = Timers()
    operator = opened(JoinRings(IncidentSettings()), Runtime())
    assert list(operator.process_element(json.dumps(alert_document(1, score=0.1)), timers)) == []
    (deadline,) = timers.asked
    assert deadline == START + IncidentSettings().lone_wait_s * 1000
    company = alert_document(2, START + 5, score=0.1, ring="b" * 16, joins=[alert(1).ring])
    rows = [(ring, assignment_of(json.loads(text))) for ring, text in operator.process_element(json.dumps(company), timers)]
    assert [(ring, one.ring, isinstance(one, AlertAssigned) and one.alert.event_id) for ring, one in rows] == [
        (alert(1).ring,) * 2 + (e,) for e in ("e1", "e2")
    ]
    assert list(operator.on_timer(deadline, timers)) == []
    list(operator.process_element(json.dumps(alert_document(3, START, score=0.1, ring="c" * 16)), timers))
    ((ring, text),) = operator.on_timer(deadline, timers)
    assert (ring, json.loads(text)["alert"]["event_id"]) == (f"unconnected-{START // 86_400_000}", "e3")


def test_revisions_beyond_the_capacity_wait_and_an_overflow_record_goes_to_the_side() -> None:
    tag, timers, runtime = OutputTag("overflow", Types.STRING()), Timers(), Runtime()
    operator = ReviewIncidents(IncidentSettings(reviews_per_hour=1), tag)
    operator.open(runtime)
    first, second = ({**incident_of([alert(n)]), "id": f"inc-{n}"} for n in (1, 2))
    assert [json.loads(text)["id"] for text in operator.process_element(json.dumps(first), timers)] == ["inc-1"]
    ((side, record),) = operator.process_element(json.dumps(second), timers)
    assert (side, json.loads(record)["held"], runtime.counts["review_overflows"]) == (tag, 1, 1)
    (due,) = timers.asked
    published, (side, record) = operator.on_timer(due, timers)
    assert (json.loads(published)["id"], json.loads(published)["told_at"], json.loads(record)["waiting"]) == ("inc-2", due, 0)


def test_summary_of_the_template_is_added_to_the_incident() -> None:
    incident = incident_of([alert(number) for number in range(3)])
    operator = opened(Summarise(LlmSettings()), Runtime())
    (text,) = asyncio.run(operator.async_invoke(json.dumps(incident)))
    told = json.loads(text)
    assert {name: told[name] for name in incident} == json.loads(json.dumps(incident))
    assert told["headline"]
    assert told["writer"]["name"] == "template"
    (text,) = operator.timeout(json.dumps(incident))
    assert json.loads(text)["writer"]["fallback_reason"] == "timeout"


# --- secrets
# --------------------------------------------------------------------------------------------------------


def test_pseudonyms_use_the_key_of_the_environment(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    secrets._warn_of_demo_key.cache_clear()
    with caplog.at_level(logging.WARNING):
        assert pseudonyms().of("account", "u1") == Pseudonyms(KEY.encode()).of("account", "u1")
        assert caplog.text == ""
        monkeypatch.delenv(PSEUDONYM_KEY)
        public = pseudonyms().of("account", "u1")
        pseudonyms()
    assert public != Pseudonyms(KEY.encode()).of("account", "u1")
    assert caplog.text.count("RINGWATCH_PSEUDONYM_KEY is not set") == 1, "once in a process"


def test_redis_address_of_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert redis_url(None) == "redis://127.0.0.1:6379/0"
    assert redis_url("redis://configured:1/0") == "redis://configured:1/0"
    monkeypatch.setenv(REDIS_URL, "redis://of-the-environment:1/0")
    assert redis_url("redis://configured:1/0") == "redis://of-the-environment:1/0"


def test_no_secret_is_shipped_with_an_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "second")
    assert with_api_key(LlmSettings()).api_key == "second"
    monkeypatch.setenv("RINGWATCH_LLM_API_KEY", "sesame")
    monkeypatch.setenv(REDIS_URL, "redis://:sesame@host:1/0")
    monkeypatch.setenv(PSEUDONYM_KEY, "sesame")
    assert with_api_key(LlmSettings(api_key="configured")).api_key == "sesame"
    redis = RedisSettings()
    for operator in (
        Parse(GRAPH, None, SendToFirstStage(GRAPH)),
        Stage(GRAPH, 0),
        Summarise(LlmSettings()),
        DeliverAlert(redis),
        DeliverIncident(redis),
    ):
        assert b"sesame" not in pickle.dumps(operator)


def test_model_folder_is_all_that_is_shipped_of_the_model() -> None:
    assert len(pickle.dumps(Score(GRAPH, str(PRETRAINED), PolicySettings()))) < 4096
    assert PRETRAINED.is_absolute()


def test_a_record_without_a_value_is_rejected_and_an_empty_line_is_not() -> None:
    graph = Graph()
    assert graph.take(None) == graph.take(b"") == []
    assert [found["reason"] for found in graph.rejected] == ["line: a record without a value is no event"]
