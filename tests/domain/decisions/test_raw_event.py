"""The raw line in an enriched document, and the join: no document is lost, and none has another's line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decisions.raw_event import CLOCK_AT, Half, key_of, taken, timed_out, with_raw
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings

PARSER = EventParser(GraphSettings(), Pseudonyms(b"a key for the tests"))
DOCUMENT = '{"event_id":"e-1","decided_at":7,"event":{"event_id":"e-1"}}'


def raw(line: bytes) -> object:
    text = with_raw(DOCUMENT, line)
    assert text.isascii() and len(text.splitlines()) == 1
    document = json.loads(text, parse_constant=pytest.fail)
    assert document.items() >= json.loads(DOCUMENT).items()
    assert list(document)[-1] == "raw"
    return document["raw"]


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()))
def test_json_is_in_it_as_json(event: dict[str, object]) -> None:
    for text in (json.dumps(event), json.dumps(event, ensure_ascii=False, indent=1), "\ufeff" + json.dumps(event, separators=(",", ":"))):
        assert raw(text.encode()) == event
        assert raw(b"\0\0\0\0\7" + text.encode()) == event, "a schema registry's frame"


@given(st.dictionaries(st.text(), st.floats() | st.text()))
def test_what_only_python_reads_is_a_text_of_it(event: dict[str, object]) -> None:
    found = raw(json.dumps(event, ensure_ascii=False).encode())
    assert repr(json.loads(found) if isinstance(found, str) else found) == repr(event)


def test_numbers_keep_their_digits() -> None:
    assert '"raw":{"amount": 10.00, "n": 123456789012345678901234567890}}' in with_raw(
        DOCUMENT, b'{"amount": 10.00, "n": 123456789012345678901234567890}'
    )


@pytest.mark.parametrize("line", [b'{"e": NaN}', b'{"e": -Infinity}', b'{"e": "\xc3\xa9", "f": NaN}'])
def test_what_only_python_reads_is_a_text(line: bytes) -> None:
    assert raw(line) == line.decode()


def test_a_text_about_nan_is_no_fault() -> None:
    assert raw(b'{"e": "NaN, Infinity"}') == {"e": "NaN, Infinity"}


def test_who_takes_the_clock_out_by_its_text_leaves_the_senders() -> None:
    """As the Kafka sink that writes at least once does."""
    text = with_raw(DOCUMENT, b'{"attributes":{"a":1,"decided_at":5}}')
    assert len(re.findall(',"decided_at":[0-9]+', text)) == 1
    assert json.loads(text)["raw"] == {"attributes": {"a": 1, "decided_at": 5}}


def test_the_key_tells_accounts_events_and_times_apart() -> None:
    def key(**changes: object) -> str:
        event = {"event_id": "e-1", "event_type": "login", "event_time": 1795942800000, "account_id": "c-1"}
        return key_of(PARSER.parse(json.dumps(event | changes).encode()))

    assert key() == key(ip="10.0.0.1")
    assert len({key(), key(event_id="e-2"), key(account_id="c-2"), key(event_time=1795942800001)}) == 4
    assert "c-1" not in key()


def test_a_half_is_read_as_it_was_written() -> None:
    half = Half(True, 1795942800000, b"content", 5)
    assert Half.of(half.to_bytes()) == half
    assert int.from_bytes(half.to_bytes()[CLOCK_AT : CLOCK_AT + 8], "little") == half.clock_ms


Step = tuple[str, int]
STEPS = st.lists(st.tuples(st.sampled_from(["line", "document", "time"]), st.integers(0, 3)), max_size=20)


@given(STEPS)
def test_each_document_goes_on_once_and_a_line_at_most_once(steps: list[Step]) -> None:
    waiting: Half | None = None
    came: dict[str, list[str]] = {"line": [], "document": []}
    out: list[str] = []
    for number, (kind, at) in enumerate([*steps, ("time", 9)]):
        content = f'{{"n":{number}}}'
        if kind == "time":
            joined = timed_out(waiting, at)
        else:
            came[kind].append(content)
            joined = taken(Half(kind == "document", 0, content.encode(), ends_ms=at), waiting)
        waiting = joined.waiting
        out += [joined.document] if joined.document is not None else []
    assert waiting is None
    read = [json.loads(text) for text in out]
    assert [one["n"] for one in read] == [json.loads(text)["n"] for text in came["document"]]
    lines = [one["raw"]["n"] for one in read if "raw" in one]
    assert len(set(lines)) == len(lines)
    assert set(lines) <= {json.loads(text)["n"] for text in came["line"]}


ORDERS: list[Callable[[Half, Half], list[Half]]] = [lambda line, document: [line, document], lambda line, document: [document, line]]


@pytest.mark.parametrize("order", ORDERS)
def test_either_may_come_first(order: Callable[[Half, Half], list[Half]]) -> None:
    first, second = order(Half(False, 0, b'{"a":1}'), Half(True, 0, b'{"d":1}'))
    assert taken(first, None).waiting == first
    joined = taken(second, first)
    assert (joined.document, joined.waiting) == ('{"d":1,"raw":{"a":1}}', None)


def test_of_a_repeated_line_the_first_is_the_one_that_was_decided() -> None:
    first, second = Half(False, 0, b'{"a":1}'), Half(False, 0, b'{"a":2}')
    assert taken(second, first).waiting == first


def test_time_ends_a_wait_not_before() -> None:
    line, document = Half(False, 0, b"{}", 10), Half(True, 0, b'{"d":1}', 10)
    assert timed_out(line, 9).waiting == line, "a timer of another wait"
    assert timed_out(line, 10) == timed_out(None, 10)
    assert (timed_out(document, 10).document, timed_out(document, 10).waiting) == ('{"d":1}', None)
