"""The event contract: what is accepted at its edges, what arrives, and that no input breaks the parser."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events.event import (
    FIELDS,
    FUTURE_MS,
    LABEL_FIELDS,
    MAX_LINE_BYTES,
    OLDEST_MS,
    SOURCES,
    Event,
    Rejected,
    source_code,
)
from domain.events.identity import MISSING
from domain.events.parser import EventParser
from domain.events.rejection import KEPT_RAW, rejection
from domain.graph import ENTITY_FIELDS, EVENT_TYPES, LABEL_CODE, GraphSettings
from tests import ROOT
from tests.support.event_lines import LABEL, NOW, ORDER, PARSER, PSEUDONYMS, label, nested, order, raw


def parse(line: bytes) -> Event:
    return PARSER.parse(line)


ACCEPTED: list[tuple[str, bytes]] = [
    ("every field", order()),
    ("only what is required", json.dumps({k: ORDER[k] for k in ("event_id", "event_type", "event_time", "account_id")}).encode()),
    ("null for every optional field", order(**dict.fromkeys(FIELDS - {"event_id", "event_type", "event_time", "account_id"}))),
    ("null label fields on an order", order(subject_event_id=None, is_fraud=None, source=None)),
    ("label", label()),
    ("label withdrawn", label(is_fraud=None)),
    ("label signed, where nobody asks for it", label(signature={"key": "ops", "mac": "0" * 64})),
    ("pseudonym of an account", order(account_id="", pseudonyms={"account": "000000000000001f"})),
    ("no pseudonyms", order(pseudonyms={})),
    ("null for every pseudonym", order(pseudonyms=dict.fromkeys(ENTITY_FIELDS))),
    ("label cleared, no source", label(is_fraud=False, source=None)),
    ("label with its subject's entities", label(device_fingerprint="d1", address="12 Main St")),
    *((kind, order(event_type=kind, amount=None, currency=None)) for kind in EVENT_TYPES),
    ("amount 0", order(amount=0)),
    ("amount -0.0", order(amount=-0.0)),
    ("amount an integer", order(amount=12)),
    ("amount a trillion", order(amount=1e12)),
    ("amount in exponents", raw("amount", "1.25E+2")),
    ("amount without currency", order(currency=None)),
    ("currency without amount", order(amount=None)),
    ("longest event_id", order(event_id="€" * 128)),
    ("longest account", order(account_id="é" * 512)),
    ("event_id with spaces inside", order(event_id="order 12")),
    ("first accepted time", order(event_time=OLDEST_MS)),
    ("last accepted time", order(event_time=NOW + FUTURE_MS)),
    ("64 attributes", order(attributes={f"a{i}": "x" * 512 for i in range(64)})),
    ("no attributes", order(attributes={})),
    ("attributes of many scripts", order(attributes={"größe": "große Straße 東京"})),
    ("negative and tiny attributes", order(attributes={"risk": -1e300, "items": 5e-324})),
    ("emoji made of two surrogates", order(account_id="\U0001f600")),
    ("emoji as raw UTF-8", json.dumps({**ORDER, "account_id": "\U0001f600"}, ensure_ascii=False).encode()),
    ("address of several lines", order(address="12 Main St\n\tSpringfield")),
    ("address with a no-break space", order(address="12\u00a0Main St")),
    ("brackets inside strings", order(account_id="a[[[[[{{{{{", address="5 }}}}} \"[[[[\" Lane \\")),
    ("spaces around", b" \t\r" + order() + b" \r"),
    ("longest line", order() + b" " * (MAX_LINE_BYTES - len(order()))),
]  # fmt: skip


@pytest.mark.parametrize("line", [row[1] for row in ACCEPTED], ids=[row[0] for row in ACCEPTED])
def test_the_edges_of_the_contract_are_accepted(line: bytes) -> None:
    assert parse(line).entities[0] != MISSING


def test_every_field_arrives() -> None:
    event = parse(order())
    of = PSEUDONYMS.of
    assert (event.event_id, event.type_code, event.time_ms) == ("o-1", EVENT_TYPES.index("order"), NOW - 1000)
    assert (event.amount, event.currency, event.created_ms) == (19.5, "EUR", 1_748_772_000_000)
    assert event.entities == (
        of("account", "alice"), of("device", "d1"), of("address", "12 main st springfield"), of("merchant", "m1"),
        of("payment", "card-1"), of("email", "ALICE@example.com"), of("ip", "203.0.113.9"),
    )  # fmt: skip
    assert event.numeric[0] == 3.0
    assert math.isnan(event.numeric[1])
    assert 0 < event.categorical[0] < 1 << 32
    assert not event.is_label


def test_what_is_left_out_is_marked_as_missing() -> None:
    event = parse(json.dumps({k: ORDER[k] for k in ("event_id", "event_type", "event_time", "account_id")}).encode())
    assert event.entities[1:] == (MISSING,) * 6
    assert math.isnan(event.amount)
    assert (event.currency, event.created_ms, event.categorical) == ("", -1, (0,))


def test_a_label_names_its_subject_by_the_hash_the_subject_has() -> None:
    event = parse(label())
    assert event.type_code == LABEL_CODE
    assert event.is_label
    assert event.is_fraud
    assert event.subject_hash == parse(order()).id_hash != event.id_hash
    assert parse(label(is_fraud=False)).is_fraud is False
    assert parse(label(is_fraud=None)).is_fraud is None


def test_a_label_knows_its_source_by_a_code() -> None:
    codes = {parse(label(source=source)).source for source in ("chargeback", "analyst", "verdict")}
    assert len(codes) == 3
    assert all(1 <= code <= SOURCES for code in codes)
    assert parse(label(source="chargeback")).source == source_code("chargeback")
    assert [parse(label(source=source)).source for source in (None, "", " ")] == [0, 0, 0]


def test_an_address_is_one_entity_however_it_is_sent() -> None:
    as_object = parse(order(address={"line1": "12, Main Street", "city": "Springfield", "country": None}))
    as_text = parse(order(address="12 MAIN ST. Springfield"))
    assert as_object.entities == as_text.entities


def test_fields_of_kinds_outside_the_graph_are_checked_all_the_same() -> None:
    parser = EventParser(GraphSettings(entities=("account",)), PSEUDONYMS, now_ms=lambda: NOW)
    assert len(parser.parse(order()).entities) == 1
    with pytest.raises(Rejected, match=r"^email: "):
        parser.parse(order(email="\ud800"))


def test_nesting_is_refused_on_the_small_stack_of_a_java_thread() -> None:
    outcomes: list[str] = []

    def work() -> None:
        for line in (raw("attributes", nested(30_000)), b"[" * MAX_LINE_BYTES, b'{"a":' * 10_000, order()):
            try:
                outcomes.append(parse(line).event_id)
            except Rejected as why:
                outcomes.append(why.field)

    before = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert outcomes == ["line", "line", "line", "o-1"]


def test_the_first_fault_named_does_not_depend_on_the_hash_seed() -> None:
    """The dead letters of a run and of its repetition are the same."""
    line = order(zz=1, yy=2, xx=3, ip=1.5, email=2, merchant_id=False)
    script = (
        "import sys\nfrom domain.events.event import Rejected\nfrom domain.events.parser import EventParser\n"
        "from domain.graph import GraphSettings\n"
        "from domain.events.identity import Pseudonyms\nparser = EventParser(GraphSettings(), Pseudonyms(b'x'), lambda: 2 * 10**12)\n"
        "for line in sys.stdin.buffer.read().splitlines():\n"
        "    try:\n        parser.parse(line)\n    except Rejected as why:\n        print(why)\n"
    )
    lines = line + b"\n" + order(device_fingerprint=1.5, ip=1, email=2, merchant_id=1.5, payment_instrument=False)
    found = {
        subprocess.run(
            [sys.executable, "-c", script], input=lines, capture_output=True, check=True, cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(found) == 1
    assert found.pop().count(b"\n") == 2


def test_a_dead_letter_keeps_the_reason_and_a_bounded_part_of_the_line() -> None:
    line = b'{"event_id": "\xff\xfe' + b"x" * 100_000
    with pytest.raises(Rejected) as caught:
        parse(line)
    document = rejection(line, caught.value, NOW)
    assert document["field"] == "line"
    assert document["reason"] == str(caught.value)
    assert (document["bytes"], document["rejected_at"]) == (len(line), NOW)
    assert document["raw"].startswith('{"event_id": "\\xff\\xfexxx')
    assert document["raw"].count("x") == KEPT_RAW - len(b'{"event_id": "\xff\xfe') + 2, "bytes are counted, and two x are in their names"
    json.dumps(document).encode()


def parsed(line: bytes) -> str:
    """What the parser makes of a line; only `Rejected` may come out of it."""
    try:
        return repr(parse(line))
    except Rejected as why:
        assert why.field
        assert why.reason
        json.dumps(rejection(line, why, NOW), allow_nan=False).encode()
        return str(why)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_an_event_or_rejected(line: bytes) -> None:
    assert parsed(line) == parsed(line)


LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20)
    | st.sampled_from(["order", "label", "EUR", "2025-01-01T00:00:00Z", NOW, "\ud800", ""])
)  # fmt: skip


def _holding(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys = st.text(max_size=5) | st.sampled_from(["line1", "city"])
    return inner | st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)


JSON_VALUES = _holding(_holding(LEAVES))
FIELD_NAMES = st.sampled_from(sorted(FIELDS | LABEL_FIELDS)) | st.text(max_size=8)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([ORDER, LABEL]), st.dictionaries(FIELD_NAMES, JSON_VALUES, max_size=3), st.lists(FIELD_NAMES, max_size=2))
def test_any_changed_document_is_an_event_or_rejected(doc: dict[str, Any], changes: dict[str, Any], left_out: list[str]) -> None:
    changed = {key: value for key, value in {**doc, **changes}.items() if key not in left_out}
    line = json.dumps(changed).encode()
    assert parsed(line) == parsed(line)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([order(), label()]), st.integers(0, 400), st.integers(0, 20), st.binary(max_size=6))
def test_any_damaged_line_is_an_event_or_rejected(line: bytes, at: int, cut: int, insertion: bytes) -> None:
    damaged = line[:at] + insertion + line[at + cut :]
    assert parsed(damaged) == parsed(damaged)


@settings(deadline=None)
@given(
    st.integers(OLDEST_MS, NOW),
    st.floats(0, 1e12),
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=128),
)
def test_what_a_valid_event_says_comes_out_of_it(time_ms: int, amount: float, event_id: str) -> None:
    event = parse(order(event_time=time_ms, amount=amount, event_id=event_id))
    assert (event.time_ms, event.amount, event.event_id) == (time_ms, amount, event_id)
