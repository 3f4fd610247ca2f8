"""Events in envelopes, taken out by the source's format; what holds no event is skipped."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from domain.events.envelopes import CLOUDEVENTS, CONFLUENT_JSON, DEBEZIUM
from domain.events.event import Rejected
from domain.events.skipped import Skipped
from tests.support.event_lines import ORDER, PARSER, nested, order

OTHER = {**ORDER, "event_id": "o-0", "amount": 1.0}


def change(op: str = "c", **changes: Any) -> dict[str, Any]:
    return {"before": None, "after": ORDER, "source": {"connector": "mysql", "table": "orders"}, "op": op, "ts_ms": 1, **changes}


def wrapped(payload: Any) -> dict[str, Any]:
    fields = [{"type": "struct", "fields": [{"type": "string", "field": "account_id"}], "field": side} for side in ("before", "after")]
    return {"schema": {"type": "struct", "fields": fields}, "payload": payload}


def cloud(**changes: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "id": "1", "source": "/shop", "type": "order", "data": ORDER, **changes}


def coded(data: bytes) -> dict[str, Any]:
    return {**cloud(data_base64=base64.b64encode(data).decode()), "data": None}


SIDES = {"before": None, "after": ORDER}


def converted(data: Any, op: str | None = "c", **changes: Any) -> dict[str, Any]:
    """A CloudEvent of Debezium's converter, its operation in an attribute."""
    named = {"iodebeziumop": op, "iodebeziumtable": "orders", "iodebeziumconnector": "postgresql"} if op else {}
    return {**cloud(type="io.debezium.postgresql.datachangeevent", data=data), **named, **changes}


READ: list[tuple[str, str, Any]] = [
    ("a new row", DEBEZIUM, change()),
    ("a row of the snapshot", DEBEZIUM, change("r")),
    ("a changed row, by what it is now", DEBEZIUM, change("u", before=OTHER)),
    ("with the schema", DEBEZIUM, wrapped(change())),
    ("unwrapped, with the schema", DEBEZIUM, wrapped(ORDER)),
    ("unwrapped", DEBEZIUM, {**ORDER, "__op": "c", "__deleted": "false", "__source_ts_ms": 1}),
    ("a document of MongoDB", DEBEZIUM, change(after=json.dumps(ORDER))),
    ("columns of JSON", DEBEZIUM, change(after={**ORDER, **{name: json.dumps(ORDER[name]) for name in ("address", "attributes")}})),
    ("bare", DEBEZIUM, ORDER),
    ("an event", CLOUDEVENTS, cloud()),
    ("of version 0.3", CLOUDEVENTS, cloud(specversion="0.3")),
    ("of a type with parameters", CLOUDEVENTS, cloud(datacontenttype="application/json; charset=utf-8")),
    ("of a vendor's type", CLOUDEVENTS, cloud(datacontenttype="application/vnd.shop+json")),
    ("in Base64", CLOUDEVENTS, coded(order())),
    ("as text", CLOUDEVENTS, cloud(data=json.dumps(ORDER))),
    ("from Debezium's converter", CLOUDEVENTS, cloud(data=wrapped(change()))),
    *((f"{what} under {form}", form, doc) for form in (CLOUDEVENTS, DEBEZIUM) for what, doc in (
        ("a new row of the converter", converted(SIDES)),
        ("a row of the snapshot of the converter", converted(SIDES, "r")),
        ("a changed row of the converter", converted({"before": OTHER, "after": ORDER}, "u")),
        ("an operation in capitals", converted(SIDES, "C")),
        ("a row with the schema of the converter", converted(wrapped(SIDES))),
        ("with op inside, too", converted(change())),
        ("with op inside, too, and the schema", converted(wrapped(change("u")), "u")),
        ("a flat row of the converter", converted({**ORDER, "__source_ts_ms": 1})),
        ("a flat row with the schema", converted(wrapped(ORDER), "r")),
        ("without attributes", converted(SIDES, None)),
        ("without attributes, with the schema", converted(wrapped(SIDES), None)),
        ("without attributes, flat with the schema", converted(wrapped(ORDER), None)),
        ("in Base64", {**converted(None), "data_base64": base64.b64encode(json.dumps(SIDES).encode()).decode()}),
        ("an event of another sender", cloud()),
    )),
    ("with the schema of the whole", CLOUDEVENTS, {"schema": {}, "payload": converted(SIDES)}),
    *((f"unwrapped, with __op {op!r} and __deleted {deleted!r}", DEBEZIUM, {**ORDER, "__op": op, "__deleted": deleted})
      for op, deleted in (("C", "0"), ("r", "no"), ("u", "F"), (" u ", ""), (None, None), ("", False), ("c", 0), ("R", "FALSE"))),
    ("bare", CLOUDEVENTS, ORDER),
    ("bare", CONFLUENT_JSON, ORDER),
]  # fmt: skip


@pytest.mark.parametrize(("form", "doc"), [row[1:] for row in READ], ids=[f"{row[1]}: {row[0]}" for row in READ])
@pytest.mark.parametrize(
    "frame",
    [b"", b"\0\0\0\0\7", b"\0\0\0\0\0\0\0\0\7", b"\xef\xbb\xbf", b"\0\0\0\0\7\xef\xbb\xbf"],
    ids=["", "frame", "wide frame", "mark", "frame and mark"],
)
def test_the_event_in_an_envelope_is_the_event(form: str, doc: Any, frame: bytes) -> None:
    assert repr(PARSER.parse(frame + json.dumps(doc).encode(), form)) == repr(PARSER.parse(order()))


UNAVAILABLE = "__debezium_unavailable_value"


@pytest.mark.parametrize(
    "sent",
    [UNAVAILABLE, base64.b64encode(UNAVAILABLE.encode()).decode(), UNAVAILABLE.encode().hex(), {UNAVAILABLE: UNAVAILABLE},
     json.dumps({UNAVAILABLE: UNAVAILABLE}, separators=(",", ":")), [UNAVAILABLE]],
)  # fmt: skip
def test_a_column_that_the_database_did_not_send_is_null(sent: Any) -> None:
    fields = ("address", "device_fingerprint", "email", "ip", "amount", "account_created_at", "attributes", "merchant_id")
    row = {**ORDER, **dict.fromkeys(fields, sent)}
    assert repr(PARSER.parse(json.dumps(change("u", after=row)).encode(), DEBEZIUM)) == repr(PARSER.parse(order(**dict.fromkeys(fields))))


@pytest.mark.parametrize("field", ["address", "device_fingerprint", "email"])
def test_a_flattened_row_has_such_columns_too(field: str) -> None:
    assert repr(PARSER.parse(order(**{field: UNAVAILABLE}))) == repr(PARSER.parse(order(**{field: None})))


def decimal(number: int, scale: int, field: str = "amount") -> tuple[str, dict[str, Any]]:
    """A decimal as Kafka Connect's converter writes it, and its schema."""
    digits = number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)
    kind = {"type": "bytes", "name": "org.apache.kafka.connect.data.Decimal", "parameters": {"scale": str(scale)}, "field": field}
    return base64.b64encode(digits).decode(), kind


@pytest.mark.parametrize(("number", "scale", "amount"), [(500, 2, 5.0), (3410, 2, 34.1), (0, 2, 0.0), (1234, 0, 1234.0), (12, -2, 1200.0)])
def test_a_decimal_in_bytes_is_the_number_that_its_schema_says(number: int, scale: int, amount: float) -> None:
    text, kind = decimal(number, scale)
    row = {**ORDER, "amount": text}
    unwrapped = {"schema": {"type": "struct", "fields": [kind]}, "payload": row}
    sides = [{"type": "struct", "fields": [kind], "field": side} for side in ("before", "after")]
    around = {"schema": {"type": "struct", "fields": sides}, "payload": change(after=row)}
    variable = change(after={**ORDER, "amount": {"scale": scale, "value": text}})
    for doc in (unwrapped, around, variable):
        assert PARSER.parse(json.dumps(doc).encode(), DEBEZIUM).amount == amount


def test_an_id_that_is_a_decimal_in_bytes_is_its_digits() -> None:
    text, kind = decimal(2**53 + 1, 0, "account_id")
    doc = {"schema": {"fields": [kind]}, "payload": {**ORDER, "account_id": text}}
    assert PARSER.parse(json.dumps(doc).encode(), DEBEZIUM) == PARSER.parse(order(account_id="9007199254740993"))


def test_attributes_of_such_names_are_attributes() -> None:
    row = {**ORDER, "attributes": {"scale": 2, "value": "AQ=="}}
    assert repr(PARSER.parse(json.dumps(change(after=row)).encode(), DEBEZIUM)) == repr(PARSER.parse(json.dumps(row).encode()))


def test_a_positive_decimal_in_bytes_never_passes_for_a_number() -> None:
    """Base64 that begins with a digit is a negative number: the first bit is one."""
    for number in (*range(1, 70_000, 7), *(10**power for power in range(20))):
        assert not decimal(number, 2)[0][0].isdigit()


SKIPPED: list[tuple[str, Any]] = [
    ("delete", change("d", before=ORDER, after=None)),
    ("delete", wrapped(change("d", before=ORDER, after=None))),
    ("delete", {**ORDER, "__deleted": "true"}),
    ("delete", {**ORDER, "__deleted": True}),
    ("delete", change("D", before=ORDER, after=None)),
    *(("delete", {**ORDER, "__deleted": deleted}) for deleted in ("1", "TRUE", "t", "yes", 1, " True ")),
    *(
        (kind, {**ORDER, "__op": op})
        for kind, op in (("delete", "d"), ("delete", "D"), ("delete", " d"), ("truncate", "t"), ("truncate", "T"), ("message", "m"))
    ),
    *(
        ("delete", doc)
        for doc in (
            converted({"before": ORDER, "after": None}, "d"),
            converted(wrapped({"before": ORDER, "after": None}), "d"),
            converted(ORDER, "d"),
            converted(None, "d"),
            converted({"before": ORDER, "after": None}, None),
            converted(wrapped({"before": ORDER, "after": None}), "D"),
            converted(change("d", before=ORDER, after=None), None),
        )
    ),
    ("truncate", converted({"before": None, "after": None}, "t")),
    ("truncate", change("t", after=None)),
    ("message", {"op": "m", "ts_ms": 1, "source": {}, "message": {"prefix": "p", "content": "eA=="}}),
    ("schema_change", {"source": {}, "databaseName": "shop", "ddl": "ALTER TABLE orders", "tableChanges": []}),
    ("transaction", {"status": "BEGIN", "id": "571", "event_count": None, "ts_ms": 1}),
    ("heartbeat", {"ts_ms": 1}),
    ("heartbeat", wrapped({"ts_ms": 1})),
    ("tombstone", wrapped(None)),
    ("tombstone", None),
]


@pytest.mark.parametrize(("kind", "doc"), SKIPPED)
def test_a_record_without_an_event_is_skipped(kind: str, doc: Any) -> None:
    for form in (DEBEZIUM, CLOUDEVENTS) if doc and "specversion" in doc else (DEBEZIUM,):
        with pytest.raises(Skipped) as caught:
            PARSER.parse(json.dumps(doc).encode(), form)
        assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("doc", "words"),
    [
        ({"ts_ms": 1}, "of the kind heartbeat, which holds no event; add ?format=debezium"),
        ({"status": "BEGIN", "id": "571", "event_count": None, "data_collections": None, "ts_ms": 1}, "of the kind transaction"),
        ({"source": {}, "ts_ms": 1, "databaseName": "shop", "ddl": "ALTER TABLE", "tableChanges": []}, "of the kind schema_change"),
        (wrapped(change()), "a Debezium envelope; add ?format=debezium"),
        (wrapped(ORDER), "Kafka Connect's envelope of schema and payload; add ?format=debezium"),
        ({**wrapped(ORDER), "schema": {"fields": [{"a": [{"b": {"c": 1}}]}]}}, "Kafka Connect's envelope"),
        (wrapped({"ts_ms": 1}), "Kafka Connect's envelope"),
        (converted(SIDES), "a CloudEvents envelope; add ?format=cloudevents"),
        (converted(wrapped(SIDES)), "a CloudEvents envelope; add ?format=cloudevents"),
        ({"a": json.loads(nested(9))}, "nested deeper than 4 levels"),
        (json.loads(nested(9)), "nested deeper than 4 levels"),
    ],
)
def test_without_a_format_the_reason_names_the_one_to_add(doc: Any, words: str) -> None:
    with pytest.raises(Rejected) as caught:
        PARSER.parse(json.dumps(doc).encode())
    assert words in caught.value.reason


def test_a_decimal_is_read_by_the_schema_in_a_cloud_event() -> None:
    text, kind = decimal(3410, 2)
    sides = [{"type": "struct", "fields": [kind], "field": side} for side in ("before", "after")]
    data = {"schema": {"type": "struct", "fields": sides}, "payload": {"before": None, "after": {**ORDER, "amount": text}}}
    assert PARSER.parse(json.dumps(converted(data)).encode(), CLOUDEVENTS).amount == 34.1


REFUSED: list[tuple[str, str, Any, str, str]] = [
    ("an unknown op", DEBEZIUM, change("x"), "line", "Debezium's op is another text; c, r, u"),
    ("no row after an insert", DEBEZIUM, change(after=None, before=ORDER), "line", "after must be an object, not nothing"),
    ("a payload that is text", DEBEZIUM, {"schema": {}, "payload": "x"}, "line", "payload must be an object"),
    ("a row with a fault", DEBEZIUM, change(after={**ORDER, "amount": -1}), "amount", "between 0"),
    ("a row with further columns", DEBEZIUM, change(after={**ORDER, "shard": 3}), "shard", "unknown field"),
    ("a decimal without a schema", DEBEZIUM, change(after={**ORDER, "amount": "AfQ="}), "amount", "decimal.handling.mode"),
    ("a decimal that is none", DEBEZIUM,
     {"schema": {"fields": [decimal(1, 2)[1]]}, "payload": {**ORDER, "amount": "3.4"}}, "amount", "decimal.handling.mode"),
    ("a decimal of a huge scale", DEBEZIUM, change(after={**ORDER, "amount": {"scale": -(10**9), "value": "AQ=="}}), "amount", "decimal"),
    *((f"a decimal of the scale {scale!r}", DEBEZIUM, change(after={**ORDER, "amount": {"scale": scale, "value": "DVI="}}), "amount",
       "decimal.handling.mode") for scale in (1.5, 2.0, True, "1.5", "", None, [2], "1e1", 101)),
    ("an envelope in an envelope", DEBEZIUM, change(after=change()), "line", "a Debezium envelope"),
    ("deep JSON in a column", DEBEZIUM, change(after={**ORDER, "attributes": '{"a":' * 900}), "attributes", "deeper"),
    ("a deep envelope", DEBEZIUM, wrapped({"a": json.loads(nested(17))}), "line", "deeper than 16"),
    *((f"__op {op!r}", DEBEZIUM, {**ORDER, "__op": op}, "line", "Debezium's __op is") for op in ("x", "delete", 1, ["d"])),
    *((f"__deleted {deleted!r}", DEBEZIUM, {**ORDER, "__deleted": deleted}, "__deleted", "true or false is wanted")
      for deleted in ("maybe", 2, [True])),
    ("another op of the converter", CLOUDEVENTS, converted(SIDES, "x"), "line", "Debezium's iodebeziumop is another text"),
    ("two ops", CLOUDEVENTS, converted(change("c"), "u"), "line", "iodebeziumop is not the op in its data"),
    ("no row of the converter", CLOUDEVENTS, converted({"before": ORDER, "after": None}, "c"), "line", "after must be an object"),
    ("neither side", CLOUDEVENTS, converted({"before": None, "after": None}, None), "line", "extension.attributes.enable"),
    ("another version", CLOUDEVENTS, cloud(specversion="2.0"), "line", "another specversion; 1.0 or 0.3"),
    ("of Avro", CLOUDEVENTS, cloud(datacontenttype="application/avro"), "line", "is another one; send application/json"),
    ("without data", CLOUDEVENTS, cloud(data=None), "line", "must be an object, not nothing"),
    ("with data twice", CLOUDEVENTS, cloud(data_base64="e30="), "line", "data and data_base64"),
    ("in no Base64", CLOUDEVENTS, {**cloud(data_base64="%%"), "data": None}, "line", "no Base64"),
    ("in Base64 of an umlaut", CLOUDEVENTS, {**cloud(data_base64="ä"), "data": None}, "line", "no Base64"),
    ("in Base64 of gzip", CLOUDEVENTS, coded(b"\x1f\x8b\x08\0\0\0"), "line", "gzip data"),
    ("a batch", CLOUDEVENTS, [cloud(), cloud()], "line", "an array of 2 values; write each event as an object"),
    ("another envelope", CONFLUENT_JSON, change(), "line", "add ?format=debezium"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "doc", "field", "words"), [row[1:] for row in REFUSED], ids=[f"{row[1]}: {row[0]}" for row in REFUSED])
def test_what_is_wrong_with_an_envelope_or_in_it_is_said(form: str, doc: Any, field: str, words: str) -> None:
    with pytest.raises(Rejected) as caught:
        PARSER.parse(json.dumps(doc).encode(), form)
    assert (caught.value.field, isinstance(caught.value, Skipped)) == (field, False)
    assert words in caught.value.reason
    assert "alice" not in caught.value.reason


HOSTILE = [
    ("a key twice in the envelope", b'{"before":null,"op":"d","op":"c","after":' + order() + b"}", "appears twice"),
    ("a key twice in the row", b'{"op":"c","after":' + order()[:-1] + b',"account_id":"bob"}}', "appears twice"),
    ("a huge Base64", json.dumps(coded(b"x" * 60_000)).encode(), "too long"),
    ("brackets", b"\0\0\0\0\7" + b"[" * 60_000, "deeper"),
    ("a long frame", b"\0\0\0\0\7" + b"{" * 10_000_000, "too long"),
    ("half a frame", b"\0\0", "not JSON"),
]


@pytest.mark.parametrize("form", [DEBEZIUM, CLOUDEVENTS, CONFLUENT_JSON])
@pytest.mark.parametrize(("line", "words"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_hostile_envelopes_are_refused_at_once(form: str, line: bytes, words: str) -> None:
    started = time.process_time()
    with pytest.raises(Rejected, match=words):
        PARSER.parse(line, form)
    assert time.process_time() - started < 0.05
