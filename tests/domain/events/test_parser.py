"""The event contract: what is refused and why, what is accepted at its edges, and that no input breaks the
parser.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events.event import FIELDS, FUTURE_MS, LABEL_FIELDS, MAX_LINE_BYTES, OLDEST_MS, Event, Rejected  # fmt: skip
from domain.events.identity import MISSING, Pseudonyms
from domain.events.parser import KEPT_RAW, EventParser, rejection
from domain.graph import EVENT_TYPES, LABEL_CODE, GraphSettings
from tests import ROOT

NOW = 1_767_225_600_000  # 2026-01-01T00:00:00Z
GRAPH = GraphSettings(
    entities=("account", "device", "address", "merchant", "payment", "email", "ip"),
    links=4,
    numeric_attributes=("items", "risk"),
    categorical_attributes=("channel",),
)
PSEUDONYMS = Pseudonyms(b"test")
PARSER = EventParser(GRAPH, PSEUDONYMS, now_ms=lambda: NOW)

ORDER: dict[str, Any] = {
    "event_id": "o-1",
    "event_type": "order",
    "event_time": NOW - 1000,
    "account_id": "alice",
    "device_fingerprint": "d1",
    "ip": "203.0.113.9",
    "email": "alice@example.com",
    "payment_instrument": "card-1",
    "merchant_id": "m1",
    "address": {"line1": "12 Main Street", "city": "Springfield"},
    "amount": 19.5,
    "currency": "EUR",
    "account_created_at": "2025-06-01T10:00:00Z",
    "attributes": {"items": 3, "channel": "web"},
}
LABEL: dict[str, Any] = {
    "event_id": "l-1",
    "event_type": "label",
    "event_time": NOW - 10,
    "account_id": "alice",
    "subject_event_id": "o-1",
    "is_fraud": True,
    "source": "chargeback",
}
NAN, INFINITY = math.nan, math.inf
TEXT_FIELDS = ("account_id", "device_fingerprint", "ip", "email", "payment_instrument", "merchant_id")


CLOSE_PARSER = EventParser(GRAPH, PSEUDONYMS, now_ms=lambda: NOW)
"""Looks at each key of every line."""
CLOSE_PARSER._plain_object = lambda text, line: None  # type: ignore[method-assign]


def parse(line: bytes) -> Event:
    return PARSER.parse(line)


def order(**changes: Any) -> bytes:
    return json.dumps({**ORDER, **changes}).encode()


def label(**changes: Any) -> bytes:
    return json.dumps({**LABEL, **changes}).encode()


def without(line: bytes, field: str) -> bytes:
    doc = json.loads(line)
    del doc[field]
    return json.dumps(doc).encode()


def raw(field: str, text: str) -> bytes:
    """An order whose field holds this very JSON text."""
    return order(**{field: "@"}).replace(b'"@"', text.encode())


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


MALFORMED: list[tuple[str, bytes, str, str]] = [
    # what, line, field, a part of the reason
    ("event_id missing", without(order(), "event_id"), "event_id", "string is wanted, not nothing"),
    ("event_id null", order(event_id=None), "event_id", "string is wanted"),
    ("event_id a number", order(event_id=7), "event_id", "not a number"),
    ("event_id a list", order(event_id=["x"]), "event_id", "not an array"),
    ("event_id empty", order(event_id=""), "event_id", "1 to 128"),
    ("event_id blank", order(event_id="  "), "event_id", "printed"),
    ("event_id too long", order(event_id="x" * 129), "event_id", "129"),
    ("event_id with a line break", order(event_id="a\nb"), "event_id", "printed"),
    ("event_id with NUL", order(event_id="a\0b"), "event_id", "printed"),
    ("event_id half a surrogate pair", order(event_id="a\ud800"), "event_id", "printed"),
    ("event_type missing", without(order(), "event_type"), "event_type", "one of signup"),
    ("event_type null", order(event_type=None), "event_type", "not nothing"),
    ("event_type unknown", order(event_type="purchase"), "event_type", "'purchase'"),
    ("event_type in capitals", order(event_type="ORDER"), "event_type", "'ORDER'"),
    ("event_type a list", order(event_type=["order"]), "event_type", "an array"),
    ("event_type an object", order(event_type={}), "event_type", "an object"),
    ("event_type very long", order(event_type="x" * 5000), "event_type", "'xxx"),
    ("event_time missing", without(order(), "event_time"), "event_time", "not nothing"),
    ("event_time null", order(event_time=None), "event_time", "not nothing"),
    ("event_time true", order(event_time=True), "event_time", "true or false"),
    ("event_time a fraction", order(event_time=NOW - 0.5), "event_time", "integer milliseconds"),
    ("event_time NaN", raw("event_time", "NaN"), "event_time", "integer"),
    ("event_time 1e999", raw("event_time", "1e999"), "event_time", "integer"),
    ("event_time in seconds", order(event_time=NOW // 1000), "event_time", "milliseconds, not seconds"),
    ("event_time negative", order(event_time=-5), "event_time", "before 1990"),
    ("event_time zero", order(event_time=0), "event_time", "before 1990"),
    ("event_time just before 1990", order(event_time=OLDEST_MS - 1), "event_time", "before 1990"),
    ("event_time in microseconds", order(event_time=NOW * 1000), "event_time", "future"),
    ("event_time 25 hours ahead", order(event_time=NOW + 25 * 3_600_000), "event_time", "future"),
    ("event_time beyond a day ahead", order(event_time=NOW + FUTURE_MS + 1), "event_time", "future"),
    ("event_time of 4000 digits", raw("event_time", "9" * 4000), "event_time", "future"),
    ("event_time of 5000 digits", raw("event_time", "9" * 5000), "line", "too many digits"),
    ("event_time an object", order(event_time={"ms": NOW}), "event_time", "an object"),
    ("event_time digits in a string", order(event_time=str(NOW)), "event_time", "RFC 3339"),
    ("event_time empty", order(event_time=""), "event_time", "RFC 3339"),
    ("event_time a date only", order(event_time="2025-12-31"), "event_time", "RFC 3339"),
    ("event_time without time zone", order(event_time="2025-12-31T10:00:00"), "event_time", "RFC 3339"),
    ("event_time without seconds", order(event_time="2025-12-31T10:00Z"), "event_time", "RFC 3339"),
    ("event_time of year 3000", order(event_time="3000-01-01T00:00:00Z"), "event_time", "future"),
    ("event_time of year 1900", order(event_time="1900-01-01T00:00:00Z"), "event_time", "before 1990"),
    ("event_time of year 0", order(event_time="0000-01-01T00:00:00Z"), "event_time", "no such time"),
    ("event_time on 29 February 2025", order(event_time="2025-02-29T00:00:00Z"), "event_time", "no such time"),
    ("event_time on 31 April", order(event_time="2025-04-31T00:00:00Z"), "event_time", "no such time"),
    ("event_time at 25 o'clock", order(event_time="2025-04-30T25:00:00Z"), "event_time", "no such time"),
    ("event_time at second 61", order(event_time="2025-04-30T10:00:61Z"), "event_time", "no such time"),
    ("event_time in month 13", order(event_time="2025-13-01T00:00:00Z"), "event_time", "no such time"),
    ("event_time with offset 99:00", order(event_time="2025-04-30T10:00:00+99:00"), "event_time", "no such time"),
    ("event_time with text after it", order(event_time="2025-04-30T10:00:00Z; DROP"), "event_time", "RFC 3339"),
    ("event_time very long", order(event_time="2" * 60_000), "event_time", "RFC 3339"),
    ("event_time half a surrogate pair", order(event_time="\ud800"), "event_time", "RFC 3339"),
    ("event_time in Arabic digits", order(event_time="٢٠٢٥-04-30T10:00:00Z"), "event_time", ""),
    ("account_id missing", without(order(), "account_id"), "account_id", "required"),
    ("account_id null", order(account_id=None), "account_id", "required"),
    ("account_id missing in a label", without(label(), "account_id"), "account_id", "required"),
    *((f"{field} a number", order(**{field: 12}), field, "not a number") for field in TEXT_FIELDS),
    *((f"{field} empty", order(**{field: ""}), field, "empty") for field in TEXT_FIELDS),
    *((f"{field} blank", order(**{field: " \t"}), field, "empty") for field in TEXT_FIELDS),
    *((f"{field} too long", order(**{field: "x" * 513}), field, "513") for field in TEXT_FIELDS),
    *((f"{field} with NUL", order(**{field: "a\0b"}), field, "control characters") for field in TEXT_FIELDS),
    *((f"{field} half a surrogate pair", order(**{field: "a\udfff"}), field, "surrogate") for field in TEXT_FIELDS),
    ("account_id with a line break", order(account_id="a\nb"), "account_id", "control characters"),
    ("account_id with DEL", order(account_id="a\x7fb"), "account_id", "control characters"),
    ("account_id true", order(account_id=True), "account_id", "true or false"),
    ("account_id an object", order(account_id={"id": "a"}), "account_id", "an object"),
    ("device NaN", raw("device_fingerprint", "NaN"), "device_fingerprint", "a number"),
    ("address a number", order(address=12), "address", "not a number"),
    ("address a list", order(address=["12 Main St"]), "address", "an array"),
    ("address empty", order(address=""), "address", "empty"),
    ("address an empty object", order(address={}), "address", "empty"),
    ("address of empty parts", order(address={"line1": "", "city": None}), "address", "empty"),
    ("address of punctuation", order(address="--- ,,"), "address", "no letter"),
    ("address too long", order(address="1 " * 257), "address", "too long"),
    ("address too long in parts", order(address={"line1": "x" * 300, "city": "y" * 300}), "address", "too long"),
    ("address with an unknown part", order(address={"street": "Main"}), "address", "'street'"),
    ("address part a number", order(address={"line1": 12}), "address", "line1 must be a string"),
    ("address part nested", order(address={"line1": {"x": "y"}}), "address", "line1 must be a string"),
    ("address part NaN", order(address={"line1": NAN}), "address", "line1 must be a string"),
    ("address with NUL", order(address="12 Main\0St"), "address", "control characters"),
    ("address half a surrogate pair", order(address="12 Main \ud800"), "address", "surrogate"),
    ("address object half a surrogate pair", order(address={"line1": "12 \udc00"}), "address", "surrogate"),
    ("amount a string", order(amount="19.50"), "amount", "not a string"),
    ("amount true", order(amount=True), "amount", "true or false"),
    ("amount negative", order(amount=-0.01), "amount", "between 0"),
    ("amount NaN", order(amount=NAN), "amount", "between 0"),
    ("amount Infinity", order(amount=INFINITY), "amount", "between 0"),
    ("amount -Infinity", order(amount=-INFINITY), "amount", "between 0"),
    ("amount 1e999", raw("amount", "1e999"), "amount", "between 0"),
    ("amount above a trillion", order(amount=1.1e12), "amount", "between 0"),
    ("amount of 4000 digits", raw("amount", "9" * 4000), "amount", "between 0"),
    ("amount of 5000 digits", raw("amount", "9" * 5000), "line", "too many digits"),
    ("amount a list", order(amount=[1]), "amount", "an array"),
    ("amount on a login", order(event_type="login", currency=None), "amount", "only order, payment"),
    ("amount on a signup", order(event_type="signup"), "amount", "only order, payment"),
    ("amount on a label", label(amount=3), "amount", "only order, payment"),
    ("currency on a login", order(event_type="login", amount=None), "currency", "only order, payment"),
    ("currency not in ISO 4217", order(currency="BTC"), "currency", "ISO 4217"),
    ("currency in lower case", order(currency="eur"), "currency", "ISO 4217"),
    ("currency a sign", order(currency="€"), "currency", "ISO 4217"),
    ("currency empty", order(currency=""), "currency", "ISO 4217"),
    ("currency a number", order(currency=978), "currency", "ISO 4217"),
    ("currency a list", order(currency=["EUR"]), "currency", "ISO 4217"),
    ("account_created_at in seconds", order(account_created_at=NOW // 1000), "account_created_at", "not seconds"),
    ("account_created_at ahead", order(account_created_at=2 * NOW), "account_created_at", "future"),
    ("account_created_at a date", order(account_created_at="2025-01-01"), "account_created_at", "RFC 3339"),
    ("account_created_at false", order(account_created_at=False), "account_created_at", "true or false"),
    ("attributes a list", order(attributes=[1]), "attributes", "an array"),
    ("attributes a string", order(attributes="items=3"), "attributes", "a string"),
    ("attributes nested", order(attributes={"a": {"b": 1}}), "attributes", "a must be a number or a string"),
    ("attributes with a list", order(attributes={"a": [1]}), "attributes", "an array"),
    ("attributes with true", order(attributes={"a": True}), "attributes", "true or false"),
    ("attributes with null", order(attributes={"a": None}), "attributes", "nothing"),
    ("attributes with NaN", order(attributes={"a": NAN}), "attributes", "a is not a finite number"),
    ("attributes with Infinity", order(attributes={"a": INFINITY}), "attributes", "finite"),
    ("attributes with 1e999", raw("attributes", '{"a": -1e999}'), "attributes", "finite"),
    ("attributes with 400 digits", raw("attributes", '{"a": %s}' % ("9" * 400)), "attributes", "finite"),
    ("attributes with a long text", order(attributes={"a": "x" * 513}), "attributes", "too long"),
    ("attributes with a long name", order(attributes={"x" * 513: 1}), "attributes", "too long"),
    ("attributes with a control character", order(attributes={"a": "\x1b[2J"}), "attributes", "printed"),
    ("attributes with a name of control characters", order(attributes={"\r\n": 1}), "attributes", "printed"),
    ("attributes half a surrogate pair", order(attributes={"a": "\ud800"}), "attributes", "printed"),
    ("attributes too many", order(attributes={f"a{i}": i for i in range(65)}), "attributes", "65 entries"),
    ("attributes: a text for a numeric one", order(attributes={"items": "three"}), "attributes", "items must be a number"),
    ("subject_event_id on an order", order(subject_event_id="o-0"), "subject_event_id", "only label events"),
    ("is_fraud on an order", order(is_fraud=True), "is_fraud", "only label events"),
    ("source on an order", order(source="web"), "source", "only label events"),
    ("label without is_fraud", without(label(), "is_fraud"), "is_fraud", "true or false is wanted, not nothing"),
    ("label with is_fraud null", label(is_fraud=None), "is_fraud", "true or false is wanted"),
    ("label with is_fraud 1", label(is_fraud=1), "is_fraud", "not a number"),
    ("label with is_fraud in words", label(is_fraud="true"), "is_fraud", "not a string"),
    ("label without subject", without(label(), "subject_event_id"), "subject_event_id", "string is wanted"),
    ("label with an empty subject", label(subject_event_id=""), "subject_event_id", "1 to 128"),
    ("label with a long subject", label(subject_event_id="x" * 129), "subject_event_id", "129"),
    ("label with a numeric source", label(source=4), "source", "not a number"),
    ("label with an empty source", label(source=""), "source", "empty"),
    ("label with a surrogate in source", label(source="\ud800"), "source", "surrogate"),
    ("unknown field near a known one", order(ammount=3), "ammount", "did you mean amount?"),
    ("unknown field near device", order(device_fingerprnt="x"), "device_fingerprnt", "did you mean device_fingerprint?"),
    ("unknown field far from all", order(zzz=3), "zzz", "attributes"),
    ("unknown field without a name", order(**{"": 1}), "''", "unknown field"),
    ("unknown field, null", order(zzz=None), "zzz", "unknown field"),
    ("unknown field of control characters", order(**{"\x1b[2J": 1}), "'\\x1b[2J'", "unknown field"),
    ("unknown field very long", order(**{"q" * 9000: 1}), "'" + "q" * 40 + "'", "unknown field"),
    ("unknown field half a surrogate pair", order(**{"\ud800": 1}), "'\\ud800'", "unknown field"),
    ("key twice", b'{"event_id":"other",' + order()[1:], "event_id", "twice"),
    ("key twice, same value", order()[:-1] + b',"amount":19.5}', "amount", "twice"),
    ("key twice in attributes", raw("attributes", '{"a":1,"a":2}'), "line", "'a' appears twice"),
    ("key twice, escaped once", order()[:-1] + b',"\\u0061mount":1}', "amount", "twice"),
    ("empty line", b"", "line", "not JSON"),
    ("blank line", b"   ", "line", "not JSON"),
    ("empty object", b"{}", "event_type", "one of"),
    ("array", b"[1, 2]", "line", "not an array"),
    ("array of events", b"[" + order() + b"]", "line", "not an array"),
    ("string", b'"order"', "line", "not a string"),
    ("number", b"12", "line", "not a number"),
    ("NaN alone", b"NaN", "line", "not a number"),
    ("null", b"null", "line", "not nothing"),
    ("true", b"true", "line", "not true or false"),
    ("words", b"hello, world", "line", "not JSON at character 0"),
    ("truncated", order()[:-1], "line", "not JSON"),
    ("truncated in a string", order()[:25], "line", "not JSON"),
    ("two objects", order() + order(), "line", "not JSON"),
    ("two objects on two lines", order() + b"\n" + order(), "line", "not JSON"),
    ("trailing comma", order()[:-1] + b",}", "line", "not JSON"),
    ("single quotes", b"{'event_id': 'x'}", "line", "not JSON"),
    ("comment", order()[:-1] + b"/* x */}", "line", "not JSON"),
    ("raw line break in a string", order().replace(b"alice@", b"al\nice@"), "line", "not JSON"),
    ("raw NUL", order().replace(b"alice@", b"al\0ice@"), "line", "not JSON"),
    ("NULs only", b"\0" * 100, "line", "not JSON"),
    ("bad escape", order().replace(b"alice@", b"al\\xice@"), "line", "not JSON"),
    ("Latin-1", order(account_id="@@").replace(b"@@", "é".encode("latin-1")), "line", "not UTF-8"),
    ("UTF-8 cut off", order(account_id="@@").replace(b"@@", "€".encode()[:2]), "line", "not UTF-8"),
    ("UTF-8 overlong", order(account_id="@@").replace(b"@@", b"\xc0\xaf"), "line", "not UTF-8"),
    ("UTF-8 encoded surrogate", order(account_id="@@").replace(b"@@", b"\xed\xa0\x80"), "line", "not UTF-8"),
    ("UTF-8 beyond Unicode", order(account_id="@@").replace(b"@@", b"\xf5\x80\x80\x80"), "line", "not UTF-8"),
    ("UTF-16", order().decode().encode("utf-16"), "line", "not UTF-8"),
    ("gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "line", "not UTF-8"),
    ("byte order mark", b"\xef\xbb\xbf" + order(), "line", "not JSON"),
    ("10 MB", order(account_id="x" * 10_000_000), "line", "too long"),
    ("10 MB of spaces", b" " * 10_000_000, "line", "too long"),
    ("one byte too long", order() + b" " * (MAX_LINE_BYTES + 1 - len(order())), "line", "too long"),
    ("100,000 brackets", b"[" * 100_000, "line", "too long"),
    ("as many brackets as fit", b"[" * MAX_LINE_BYTES, "line", "deeper"),
    ("as many objects as fit", b'{"a":' * (MAX_LINE_BYTES // 5), "line", "deeper"),
    ("brackets in a field", raw("attributes", nested(20_000)), "line", "deeper"),
    ("brackets in event_time", raw("event_time", nested(20_000)), "line", "deeper"),
    ("a little too deep", raw("attributes", '{"a":[[[1]]]}'), "line", "deeper"),
    ("brackets, then endless quotes", b"[[[[[" + b'"' + b'\\"' * 30_000, "line", "deeper"),
    ("brackets after an escaped quote", b'{"a":"\\\\",' + b'"b":[[[[[[1]]]]]]}', "line", "deeper"),
]


@pytest.mark.parametrize(("line", "field", "reason"), [row[1:] for row in MALFORMED], ids=[row[0] for row in MALFORMED])
def test_malformed_input_is_refused_with_the_field_and_the_reason(line: bytes, field: str, reason: str) -> None:
    started = time.process_time()
    with pytest.raises(Rejected) as caught:
        parse(line)
    assert time.process_time() - started < 0.05
    assert caught.value.field == field
    assert reason in caught.value.reason
    assert str(caught.value).startswith(f"{field}: ")
    assert len(str(caught.value)) < 300, "a reason is a line of text, however long the input"
    assert str(caught.value).isprintable(), "a reason must not carry control characters into a terminal"


def test_the_table_covers_every_field_of_the_contract() -> None:
    assert {row[2] for row in MALFORMED} >= FIELDS | LABEL_FIELDS
    assert len(MALFORMED) == len({row[0] for row in MALFORMED}) >= 60


ACCEPTED: list[tuple[str, bytes]] = [
    ("every field", order()),
    ("only what is required", json.dumps({k: ORDER[k] for k in ("event_id", "event_type", "event_time", "account_id")}).encode()),
    ("null for every optional field", order(**dict.fromkeys(FIELDS - {"event_id", "event_type", "event_time", "account_id"}))),
    ("null label fields on an order", order(subject_event_id=None, is_fraud=None, source=None)),
    ("label", label()),
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
    ("brackets inside strings", order(account_id="[[[[[{{{{{", address="5 }}}}} \"[[[[\" Lane \\")),
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
    assert not parse(label(is_fraud=False)).is_fraud


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("2025-12-31T12:00:00Z", 1_767_182_400_000),
        ("2025-12-31t12:00:00z", 1_767_182_400_000),
        ("2025-12-31 12:00:00Z", 1_767_182_400_000),
        ("2025-12-31T12:00:00+00:00", 1_767_182_400_000),
        ("2025-12-31T12:00:00-00:00", 1_767_182_400_000),
        ("2025-12-31T14:00:00+02:00", 1_767_182_400_000),
        ("2025-12-31T06:30:00-05:30", 1_767_182_400_000),
        ("2026-01-01T11:59:00+23:59", 1_767_182_400_000),
        ("2025-12-31T12:00:00.5Z", 1_767_182_400_500),
        ("2025-12-31T12:00:00.123456Z", 1_767_182_400_123),
        ("2025-12-31T12:00:00.123456789Z", 1_767_182_400_123),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000),
    ],
)  # fmt: skip
def test_rfc_3339_times(text: str, milliseconds: int) -> None:
    assert parse(order(event_time=text)).time_ms == milliseconds
    assert parse(order(account_created_at=text)).created_ms == milliseconds


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
    line = order(zz=1, yy=2, xx=3, ip="", email="", merchant_id="")
    script = (
        "import sys\nfrom domain.events.event import Rejected\nfrom domain.events.parser import EventParser\n"
        "from domain.graph import GraphSettings\n"
        "from domain.events.identity import Pseudonyms\nparser = EventParser(GraphSettings(), Pseudonyms(b'x'), lambda: 2 * 10**12)\n"
        "for line in sys.stdin.buffer.read().splitlines():\n"
        "    try:\n        parser.parse(line)\n    except Rejected as why:\n        print(why)\n"
    )
    lines = line + b"\n" + order(device_fingerprint="", ip="", email="", merchant_id="", payment_instrument="")
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


SPACES = st.sampled_from(["", "", "", " ", "\t", "  \r", "\n"])
JSON_KEYS = st.sampled_from([*sorted(FIELDS), "items", "a", 'a":', "a: b", 'e"', "city", "line1", "\\u0061", ""])
JSON_LEAVES = st.one_of(st.sampled_from(["1", "true", "null", '"x"', '"a:b"', '"\\" :"', '"k\\":1"', '"12:30:00Z"', "1e5", "[]"]))


@st.composite
def written_objects(draw: st.DrawFn, depth: int = 2) -> str:
    """JSON text with keys that may repeat, and white space where JSON allows it."""
    members = []
    for key in draw(st.lists(JSON_KEYS, max_size=6)):
        inner = draw(written_objects(depth - 1)) if depth and draw(st.integers(0, 3)) == 0 else draw(JSON_LEAVES)
        before, after, end = draw(SPACES), draw(SPACES), draw(SPACES)
        members.append(f"{json.dumps(key)}{before}:{after}{inner}{end}")
    return "{" + ",".join(members) + "}"


@given(more=written_objects(), space=SPACES, attributes=st.one_of(st.none(), written_objects(0)))
@settings(max_examples=500, deadline=None)
def test_a_glance_at_the_keys_sees_what_a_close_look_sees(more: str, space: str, attributes: str | None) -> None:
    """A repeated key is found wherever it is; a line that is no event is refused with the same words."""
    given = order()[1:-1].decode() if attributes is None else raw("attributes", attributes)[1:-1].decode()
    for text in (more, "{" + given + "," + more[1:] if len(more) > 2 else "{" + given + "}"):
        line = (text + space).encode()
        assert outcome(PARSER, line) == outcome(CLOSE_PARSER, line)


def outcome(parser: EventParser, line: bytes) -> str:
    try:
        return repr(parser.parse(line))
    except Rejected as why:
        return f"{why.field}, {why}"
