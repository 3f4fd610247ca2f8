"""Raw lines and documents by event, driven by hand with plain dictionaries for the state."""

from __future__ import annotations

import json
import warnings

import pytest

from domain.decisions.raw_event import WAITS_MS, Half, key_of
from domain.events.identity import Pseudonyms
from domain.events.marks import mark_of
from domain.events.parser import EventParser
from tests.support.incident_samples import START

with warnings.catch_warnings():  # PyFlink uses what itself and others have deprecated
    warnings.simplefilter("ignore")

    from pyflink.datastream import TimeDomain

    from tests.support.operator_runtime import GRAPH, KEY, Runtime, Timers, line, opened
    from udfs import join_raw
    from udfs.join_raw import JoinRaw
    from udfs.read_raw import ReadRaw

pytestmark = pytest.mark.usefixtures("operator_environment")

LINE, DOCUMENT = Half(False, START, b'{"a":1}').to_bytes(), Half(True, START, b'{"d":1}').to_bytes()


class Clock(Timers):
    """Timers of a stream whose watermark is set, and those of the machine."""

    def __init__(self, watermark: int = -(1 << 63)) -> None:
        super().__init__()
        self.watermark = watermark
        self.domain = TimeDomain.EVENT_TIME

    def current_watermark(self) -> int:
        return self.watermark


@pytest.mark.parametrize("halves", [(LINE, DOCUMENT), (DOCUMENT, LINE)])
def test_both_halves_make_a_document_and_leave_nothing(halves: tuple[bytes, bytes]) -> None:
    runtime, clock = Runtime(key="e"), Clock()
    join = opened(JoinRaw(), runtime)
    assert list(join.process_element(halves[0], clock)) == []
    assert clock.asked == {START + WAITS_MS}
    assert list(join.process_element(halves[1], clock)) == ['{"d":1,"raw":{"a":1}}']
    assert (runtime.state, clock.asked) == ({}, set())
    assert runtime.counts["enriched_without_raw"] == 0


def waited(monkeypatch: pytest.MonkeyPatch, runtime: Runtime, clock: Clock) -> JoinRaw:
    """A join whose line has waited by event time; its timer of the machine is for `START + WAITS_MS`."""
    monkeypatch.setattr(join_raw, "now_ms", lambda: START)
    join = opened(JoinRaw(), runtime)
    assert [*join.process_element(LINE, clock), *join.process_element(LINE, clock)] == []
    assert clock.asked == {START + WAITS_MS}
    assert list(join.on_timer(START, clock)) == []
    assert clock.by_machine == set(), "an old timer"
    assert list(join.on_timer(START + WAITS_MS, clock)) == []
    assert clock.by_machine == {START + WAITS_MS}
    clock.domain = TimeDomain.PROCESSING_TIME
    return join


def test_a_repeated_line_is_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, clock = Runtime(key="e"), Clock()
    join = waited(monkeypatch, runtime, clock)
    assert set(runtime.state) == {"e"}
    assert list(join.on_timer(START + WAITS_MS, clock)) == []
    assert runtime.state == {}
    assert runtime.counts["enriched_without_raw"] == 0


def test_a_line_is_there_for_a_document_that_is_far_behind_the_watermark(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a replay on several subtasks, days of event time may be between two that are at work at once."""
    runtime, clock = Runtime(key="e"), Clock(watermark=START + 1000 * WAITS_MS)
    join = waited(monkeypatch, runtime, Clock())
    assert list(join.process_element(DOCUMENT, clock)) == ['{"d":1,"raw":{"a":1}}']
    clock.domain = TimeDomain.PROCESSING_TIME
    assert (list(join.on_timer(START + WAITS_MS, clock)), runtime.state) == ([], {})


@pytest.mark.parametrize("restart_ms", [START + WAITS_MS - 1000, START + 9 * WAITS_MS])
def test_after_a_restart_a_line_waits_anew(restart_ms: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its timer may be due soon, or have been while the job was down: the document is on its way."""
    runtime, clock = Runtime(key="e"), Clock()
    waited(monkeypatch, runtime, clock)
    monkeypatch.setattr(join_raw, "now_ms", lambda: restart_ms)
    again = opened(JoinRaw(), runtime)
    assert list(again.on_timer(START + WAITS_MS, clock)) == []
    assert (set(runtime.state), max(clock.by_machine)) == ({"e"}, restart_ms + WAITS_MS)
    assert list(again.on_timer(restart_ms + WAITS_MS, clock)) == []
    assert runtime.state == {}


def test_a_document_whose_line_does_not_come_goes_on_and_is_counted() -> None:
    runtime, clock = Runtime(key="e"), Clock()
    join = opened(JoinRaw(), runtime)
    list(join.process_element(DOCUMENT, clock))
    later = Half(True, START + 5, b'{"d":2}').to_bytes()
    assert list(join.process_element(later, clock)) == ['{"d":1}']
    assert clock.asked == {START + 5 + WAITS_MS}
    assert list(join.on_timer(START + 5 + WAITS_MS, clock)) == ['{"d":2}']
    assert runtime.state == {}
    assert runtime.counts["enriched_without_raw"] == 2


def test_a_late_line_waits_from_the_watermark_on() -> None:
    """Else the next event would end its wait: a reader that was idle may be behind the watermark."""
    clock = Clock(watermark=START + WAITS_MS)
    list(opened(JoinRaw(), Runtime(key="e")).process_element(LINE, clock))
    assert clock.asked == {START + 2 * WAITS_MS}


@pytest.fixture(autouse=True)
def _live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("udfs.read_raw.now_ms", lambda: START)


def read(*values: str | None) -> list[tuple[str, Half]]:
    reader = opened(ReadRaw(GRAPH), Runtime())
    return [(key, Half.of(half)) for value in values for key, half in reader.process_element(value, None)]


def test_lines_are_read_as_the_parser_reads_them() -> None:
    given = line(event_id="é")
    ((key, half),) = read(given.decode("latin-1"))
    assert key == key_of(EventParser(GRAPH, Pseudonyms(KEY.encode())).parse(given))
    assert half == Half(False, START, given)
    cloud = json.dumps({"specversion": "1.0", "id": "1", "source": "/", "type": "order", "data": json.loads(given)})
    (enveloped,) = read(mark_of("cloudevents", ()) + cloud)
    assert enveloped == (key, Half(False, START, cloud.encode()))


def test_what_is_no_event_is_passed_over() -> None:
    label = {"event_id": "l", "event_type": "label", "event_time": START, "account_id": "u1", "subject_event_id": "e1", "is_fraud": True}
    assert read(None, "", "no json", json.dumps(label)) == []


def test_a_late_event_has_the_clock_of_its_reader() -> None:
    first, late = read(line().decode(), line(event_id="e2", event_time=START - 3_600_000).decode())
    assert (first[1].clock_ms, late[1].clock_ms) == (START, START)
