"""The parser, driven by hand, with plain dictionaries for the state."""

from __future__ import annotations

import json
import warnings

import pytest

from domain.events.marks import MARKS, mark_of
from domain.events.notice import MARK
from domain.memory.trail import TrailCodec
from domain.times import DAY_MS
from ops.secrets import control_keys
from tests.support.incident_samples import START

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")

    from udfs.parse import Parse
    from udfs.to_stages import SendToFirstStage
from tests.support.operator_runtime import GRAPH, REJECTED, Graph, Runtime, line

pytestmark = pytest.mark.usefixtures("operator_environment")


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


def test_the_clock_of_a_trail_is_the_latest_event_so_far_and_no_label(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("udfs.parse.now_ms", lambda: START + 50)
    graph, clocks = Graph(), []
    label = {"event_type": "label", "event_time": START + 50, "subject_event_id": "e1", "is_fraud": True}
    documents = (line(), line(event_id="e2", event_time=START + 9), line(event_id="l1", **label), line(event_id="e3", event_time=START + 4))
    for one in documents:
        clocks += [TrailCodec(GRAPH).decode(trail).clock_ms for _, trail, document, *_ in graph.take(one) if document is None]
    assert clocks == [START, START + 9, START + 9]


def test_an_event_of_tomorrow_is_judged_as_of_its_arrival(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("udfs.parse.now_ms", lambda: START + 50)
    parse, found = Parse(GRAPH, REJECTED, SendToFirstStage(GRAPH), ahead_min=2.0), []
    parse.open(Runtime())
    for number, ahead_ms in enumerate((0, 120_000, 121_000)):
        ((_, trail),) = parse.process_element(line(event_id=f"e{number}", event_time=START + 50 + ahead_ms).decode(), None)
        found.append((TrailCodec(GRAPH).event(trail).time_ms, TrailCodec(GRAPH).clock_ms(trail)))
    assert found == [(START + 50, START + 50), (START + 120_050, START + 50), (START + 50, START + 50)]


def test_times_that_are_not_believed_are_counted_those_ahead_and_those_late_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("udfs.parse.now_ms", lambda: START + 50)
    parse, runtime = Parse(GRAPH, REJECTED, SendToFirstStage(GRAPH), ahead_min=2.0), Runtime()
    parse.open(runtime)
    for number, off_ms in enumerate((0,) * 5 + (120_000, 121_000, 600_000, -DAY_MS, -DAY_MS - 51)):
        sent = line(event_id=f"e{number}", account_id=f"a{number}", event_time=START + 50 + off_ms)
        assert list(parse.process_element(sent.decode(), None))
    counts = [runtime.counts[f"times_replaced{{why={why}}}"] for why in ("ahead", "late", "other")]
    assert counts == [2, 1, 0]


def test_labels_have_the_order_in_which_they_are_read_whatever_the_clock_does(monkeypatch: pytest.MonkeyPatch) -> None:
    graph, codec, found = Graph(), TrailCodec(GRAPH), []
    label = {"event_type": "label", "subject_event_id": "e1", "is_fraud": True, "amount": None, "currency": None}
    for number, clock_s in enumerate((1_800_000_000, 1_800_000_000, 1_799_999_999, 1_800_000_001)):
        monkeypatch.setattr("udfs.parse.time.time_ns", lambda clock_s=clock_s: clock_s * 1_000_000_000)
        ((_, trail),) = graph.parse.process_element(line(event_id=f"l{number}", **label).decode(), None)
        found.append(codec.event(trail).order)
    assert found == [1_800_000_000_000_000, 1_800_000_000_000_001, 1_800_000_000_000_002, 1_800_000_001_000_000]
    ((_, trail),) = graph.parse.process_element(line(amount=None, currency=None).decode(), None)
    assert codec.event(trail).order == 0, "nobody asks for an event's"


def test_lines_that_are_rejected_in_the_silent_time_are_counted_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("udfs.parse.now_ms", lambda: START + 50)
    runtime, after = Runtime(), line(event_id="e2", event_time=START + 1)
    parse = Parse(GRAPH, REJECTED, SendToFirstStage(GRAPH), silent_until_ms=START + 1)
    parse.open(runtime)
    handed_on = [[found[0] for found in parse.process_element(text.decode(), None)] for text in (b"{", line(), b"{", after, b"{")]
    assert [REJECTED in found for found in handed_on] == [True, False, False, False, True], "before the first event nobody knows"
    assert runtime.counts["rejected"] == 3


GONE = MARK + '{"partition":"orders-0","position":10,"goes_on_at":15,"missing":5,"reason":"position 10 of orders-0 is gone"}'


@pytest.mark.parametrize("form", ["json", "debezium"])
def test_fields_that_the_sources_url_names_are_left_out(form: str) -> None:
    parse = Parse(GRAPH, REJECTED, SendToFirstStage(GRAPH))
    parse.open(Runtime())
    mark = mark_of(form, ("id", "updated_at"))
    more, wrong = (line()[:-1].decode() + text + "}" for text in (',"id":7,"updated_at":null', ',"ammount":1'))
    ((_, trail),) = parse.process_element(mark + more, None)
    assert TrailCodec(GRAPH).decode(trail).event.event_id == "e1"
    for sent, words in ((mark + wrong, "did you mean amount"), (more, "ignore= in the source's URL")):
        ((_, document),) = parse.process_element(sent, None)
        assert words in json.loads(document)["reason"]


def test_a_notice_of_the_source_is_counted_and_handed_on_also_in_the_silent_time() -> None:
    runtime = Runtime()
    parse = Parse(GRAPH, REJECTED, SendToFirstStage(GRAPH), silent_until_ms=START + 1)
    parse.open(runtime)
    assert list(parse.process_element(line().decode(), None))
    ((tag, text),) = parse.process_element(GONE, None)
    assert tag is REJECTED
    assert {name: json.loads(text)[name] for name in ("field", "partition", "missing")} == {
        "field": "source",
        "partition": "orders-0",
        "missing": 5,
    }
    counted = ("positions_gone", "records_missing", "rejected", "rejected{field=source}", "events")
    assert [runtime.counts[name] for name in counted] == [1, 5, 1, 1, 1]
    list(parse.process_element(GONE.replace('"missing":5', '"missing":null'), None))
    assert (runtime.counts["positions_gone"], runtime.counts["records_missing"]) == (2, 5)


def test_a_line_that_looks_like_a_notice_is_rejected_as_a_line() -> None:
    graph = Graph()
    assert graph.take(GONE.encode()) == []
    assert [document["field"] for document in graph.rejected] == ["line"]
    assert graph.parse_runtime.counts["positions_gone"] == 0


def test_a_record_without_a_value_is_skipped_and_counted_and_so_is_an_empty_one() -> None:
    graph = Graph()
    assert graph.take(None) == graph.take(b"") == graph.take(b"\xef\xbb\xbf") == []
    assert graph.rejected == []
    assert graph.parse_runtime.counts["skipped{kind=tombstone}"] == 1
    assert graph.parse_runtime.counts["skipped{kind=empty}"] == 2
    assert graph.parse_runtime.counts["rejected"] == 0


def test_a_marked_record_is_read_in_the_format_of_its_source() -> None:
    runtime = Runtime()
    parse = Parse(GRAPH, REJECTED, SendToFirstStage(GRAPH))
    parse.open(runtime)
    change, deleted = b'{"op":"c","before":null,"after":%s}' % line(), b'{"op":"d","before":%s,"after":null}' % line()
    found = [list(parse.process_element(MARKS["debezium"] + text.decode("latin-1"), None)) for text in (change, deleted, b"{", b"")]
    assert [len(rows) for rows in found] == [1, 0, 1, 0]
    assert TrailCodec(GRAPH).decode(found[0][0][1]).event.event_id == "e1"
    assert (json.loads(found[2][0][1])["raw"], runtime.counts["skipped{kind=delete}"]) == ("{", 1)
    (refused,) = parse.process_element(change.decode(), None)
    assert "add ?format=debezium" in refused[1], "without the mark it is named"


def test_a_notice_of_the_source_is_rejected_under_its_own_name_and_no_record_passes_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("udfs.parse.now_ms", lambda: START)
    runtime = Runtime()
    parse = Parse(GRAPH, REJECTED, SendToFirstStage(GRAPH), silent_until_ms=START + 9)
    parse.open(runtime)
    list(parse.process_element(line().decode(), None))  # the silent time has begun
    ((_, document),) = parse.process_element("\u26a0f is gone", None)
    rejected = json.loads(document)
    assert (rejected["field"], rejected["reason"], rejected["raw"]) == ("source", "source: f is gone", ""), "in the silent time, too"
    assert list(parse.process_element("\u26a0f is gone".encode().decode("latin-1"), None)) == [], "bytes: silent like other broken lines"
    assert runtime.counts["rejected"] == 2


@pytest.mark.parametrize(("form", "ignored"), [("json", ()), ("json", ("id",)), ("cloudevents", ()), ("debezium", ("id",))])
def test_labels_are_taken_from_the_sources_that_job_labels_names(form: str, ignored: tuple[str, ...]) -> None:
    runtime = Runtime()
    parse = Parse(GRAPH, REJECTED, SendToFirstStage(GRAPH), labels_from=("kafka://b/labels", "redis:labels"))
    parse.open(runtime)
    text = line(event_type="label", subject_event_id="e0", is_fraud=False, event_id="l1", amount=None, currency=None).decode()
    plain, marked = (mark_of(form, ignored, carries) for carries in (False, True))
    ((_, trail),) = parse.process_element(marked + text, None)
    assert TrailCodec(GRAPH).decode(trail).event.is_label
    ((tag, document),) = parse.process_element(plain + text, None)
    assert tag is REJECTED
    said = json.loads(document)
    assert (said["field"], runtime.counts["rejected{field=event_type}"]) == ("event_type", 1)
    assert "labels are taken from kafka://b/labels and redis:labels only (job.labels); send it there" in said["reason"]
    for mark in (plain, marked):
        ((_, trail),) = parse.process_element(mark + line().decode(), None)
        assert not TrailCodec(GRAPH).decode(trail).event.is_label


def test_no_source_may_carry_labels_where_none_is_named() -> None:
    parse = Parse(GRAPH, REJECTED, SendToFirstStage(GRAPH), labels_from=())
    parse.open(Runtime())
    text = line(event_type="label", subject_event_id="e0", is_fraud=False, event_id="l1", amount=None, currency=None).decode()
    ((_, document),) = parse.process_element(text, None)
    assert "labels are taken from no source (job.labels is empty)" in json.loads(document)["reason"]


def test_a_notice_of_a_source_of_labels_is_a_notice() -> None:
    """The Java class `Marked` leaves notices as they are."""
    runtime = Runtime()
    parse = Parse(GRAPH, REJECTED, SendToFirstStage(GRAPH), labels_from=("redis:labels",))
    parse.open(runtime)
    list(parse.process_element(GONE, None))
    assert runtime.counts["positions_gone"] == 1


def test_labels_are_taken_signed_only_where_keys_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_CONTROL_KEY_OPS", "a key of the operators")
    runtime = Runtime()
    parse = Parse(GRAPH, REJECTED, SendToFirstStage(GRAPH), control_keys=("ops",))
    parse.open(runtime)
    keys = control_keys(["ops"])
    assert keys is not None
    document = json.loads(line(event_type="label", subject_event_id="e0", is_fraud=False, event_id="l1", amount=None, currency=None))
    ((_, trail),) = parse.process_element(json.dumps(keys.signed(document, "ops")), None)
    assert TrailCodec(GRAPH).decode(trail).event.is_label
    for unsigned, words in ((document, "it is missing"), (keys.signed(document, "ops") | {"is_fraud": True}, "does not fit")):
        ((_, rejected),) = parse.process_element(json.dumps(unsigned), None)
        assert words in json.loads(rejected)["reason"]
    assert runtime.counts["rejected{field=signature}"] == 2
    assert list(parse.process_element(line().decode(), None)), "events need no signature"


def test_a_pseudonym_that_is_refused_is_counted_by_its_field() -> None:
    graph = Graph()
    graph.take(line(pseudonyms={"device": "1F"}))
    assert graph.parse_runtime.counts["rejected{field=pseudonyms}"] == 1
    assert graph.rejected[0]["field"] in ("pseudonyms", "pseudonyms.device")
