"""Rows one at a time against the import of the same rows, which is the oracle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.events.event import Rejected
from gnn.table_import import TableError, load_mapping
from gnn.table_import.mapping import TableMapping
from gnn.table_import.one_row.row_mapping import RowMapping
from gnn.table_import.rows.batch import RowBatch
from gnn.table_import.rows.rows import encode
from gnn.table_import.rows.watch import Watch
from tests import ROOT

NOON, NOW_MS = "2026-01-31T12:00:00Z", 1_790_000_000_000
NOON_MS = 1_769_860_800_000
BASE = "event_type: order\nevent_time: EVENT_TIMESTAMP\nevent_id: EVENT_ID\naccount: who\n"
MAPPINGS = {
    "shop": """
event_type: {column: kind, map: {Bestellung: order, Anmeldung: login, "1": signup}}
event_time: EVENT_TIMESTAMP
event_id: EVENT_ID
account: who
device: {columns: [agent, screen], gaps: true}
address: {line1: street, postal_code: zip, country: land}
email: mail
ip: ip
payment: [card, bank]
merchant: {value: webshop}
amount: {column: total, divide_by: 100, negative: refund_request}
currency: coin
account_created_at: {column: since, unit: s}
attributes: {numeric: [items, discount], categorical: [channel]}
numbers: {decimal: ",", thousands: "."}
missing: ["-", unbekannt]
label: {column: EVENT_LABEL, delay: 7d, positive: [fraud, bad], negative: [fine]}
""",
    "plain": BASE + "address: [street, zip]\namount: {column: total, negative: absolute}\n"
    "account_created_at: since\ncurrency: {value: EUR}\n",
    "strict": BASE + "address: street\namount: total\ndevice: agent\nattributes: {categorical: [agent, who]}\n",
}
_TEXTS = st.sampled_from(
    ["", "-", " ", "a", "A|b", "back\\slash", "unknown", "NA", "null", "é ü", "x" * 600, "tab\tin", "line\nbreak", "{not json",
     "12 Main St.", "0", "3405803783", "99999999999", "1.5", "\u2003", "\u0085", "fancy\u200b"]
)  # fmt: skip
_NUMBERS = st.sampled_from(
    ["", "1", "-5", "1.234,5", "1,5", "12.5", "1e3", "inf", "-inf", "nan", "1e400", "2e12", "-", "five", " 7 ", "-0", "1.234"]
)
_VALUES = {
    "who": _TEXTS,
    "agent": _TEXTS,
    "screen": _TEXTS,
    "street": _TEXTS,
    "zip": _TEXTS,
    "land": _TEXTS,
    "mail": _TEXTS,
    "ip": st.sampled_from(["", "203.0.113.7", "3405803783", "42949672950", "1.5", "unknown", "somewhere"]),
    "card": _TEXTS,
    "bank": _TEXTS,
    "kind": st.sampled_from(["Bestellung", "Anmeldung", "1", "payment", "", "?"]),
    "total": _NUMBERS,
    "items": _NUMBERS,
    "discount": _NUMBERS,
    "coin": st.sampled_from(["EUR", "usd", "", "GBp", "nothing"]),
    "since": st.sampled_from(["", "1700000000", "2024-01-01", "2024-01-01T10:00:00+02:00", "soon", "-"]),
    "channel": _TEXTS,
    "EVENT_LABEL": st.sampled_from(["", "fraud", "BAD", "fine", "legit", "1.0"]),
}
_ROWS = st.dictionaries(st.sampled_from(sorted(_VALUES)), st.none(), min_size=10).flatmap(
    lambda names: st.fixed_dictionaries({name: _VALUES[name] for name in names})
)


def mapping_of(text: str, folder: Path) -> TableMapping:
    path = folder / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path)


def imported(mapping: TableMapping, row: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any] | None] | None:
    """Return the event and the label that an import makes of one row; None where the row is a bad one."""
    schema = pa.schema([(name, pa.string()) for name in mapping.used])
    watch = Watch(mapping)
    watch.begin(mapping.path)
    batch = RowBatch(mapping, pa.RecordBatch.from_pylist([row], schema=schema), "t", 1, NOW_MS, watch)
    encoded = encode(batch, first_sequence=0)
    if batch.faults.found:
        return None
    event, labels = json.loads(encoded.events.text[0].as_py()), encoded.labels.text.to_pylist()
    return {name: value for name, value in event.items() if value is not None and value != {}}, json.loads(labels[0]) if labels else None


def checked(event: dict[str, Any]) -> bool:
    """Return whether nothing is left that the import refuses and here the event contract does."""
    from domain.events.identity import USUAL, Pseudonyms
    from domain.events.parser import EventParser
    from domain.graph import GraphSettings

    try:
        EventParser(GraphSettings(), Pseudonyms(b"k", USUAL), lambda: NOW_MS).parse(json.dumps(event).encode())
    except Rejected:
        return False
    return True


@pytest.mark.parametrize("name", MAPPINGS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=_ROWS)
def test_a_row_by_itself_is_what_the_import_makes_of_it(name: str, row: dict[str, str], tmp_path: Path) -> None:
    mapping = mapping_of(MAPPINGS[name], tmp_path)
    whole = {"EVENT_ID": "e-1", **row}
    expected = imported(mapping, {**whole, "EVENT_TIMESTAMP": NOON})
    try:
        event = RowMapping(mapping).event(whole, NOON_MS)
    except Rejected as why:
        assert expected is None, f"{why} and imported as {expected}"
        return
    assert (expected is None and not checked(event)) or (expected is not None and event == expected[0])
    if expected is not None and mapping.label is not None:
        said = RowMapping(mapping).is_fraud(row.get("EVENT_LABEL", ""))
        assert said == (expected[1] and expected[1]["is_fraud"])


@pytest.mark.parametrize("file", ["aws_registration", "aws_transaction"])
def test_the_ready_mappings_of_aws_fit(file: str) -> None:
    assert RowMapping(load_mapping(ROOT / "deploy" / "mappings" / f"{file}.yaml")).types <= {"signup", "order"}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("event_type: order\nevent_time: when\naccount: who\n", "event_time"),
        ("event_type: order\nevent_time: {column: EVENT_TIMESTAMP, unit: s}\naccount: who\n", "event_time"),
        ("event_type: order\nevent_time: EVENT_TIMESTAMP\nevent_id: [EVENT_ID, who]\naccount: who\n", "event_id"),
    ],
)
def test_a_mapping_of_a_table_alone_is_refused(text: str, key: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=key):
        RowMapping(mapping_of(text, tmp_path))


def test_the_types_that_rows_may_become(tmp_path: Path) -> None:
    assert RowMapping(mapping_of(MAPPINGS["strict"], tmp_path)).types == {"order"}
    assert {"refund_request", "order", "login"} <= RowMapping(mapping_of(MAPPINGS["shop"], tmp_path)).types
    refunds = MAPPINGS["plain"].replace("absolute", "refund_request")
    assert RowMapping(mapping_of(refunds, tmp_path)).types == {"order", "refund_request"}


def test_the_columns_of_a_field_are_named(tmp_path: Path) -> None:
    rows = RowMapping(mapping_of(MAPPINGS["shop"], tmp_path))
    assert rows.column_of("payment_instrument") == "card+bank"
    assert rows.column_of("address") == "street+zip+land"
    assert rows.column_of("amount") == "total"
    assert rows.column_of("merchant_id") == "merchant_id"


def test_a_label_without_words_of_its_own_has_the_usual_ones(tmp_path: Path) -> None:
    rows = RowMapping(mapping_of(BASE, tmp_path))
    assert [rows.is_fraud(word) for word in ("Fraud", "legit", "1.0", "maybe", "")] == [True, False, True, None, None]
    assert rows.label_source == "import"
