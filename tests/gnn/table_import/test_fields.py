"""Columns become the fields of events: identifiers, addresses, amounts, numbers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events.identity import MISSING, Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from gnn.table_import import TableError
from gnn.table_import.values.numbers import rough_number
from tests.support.table_bench import DAY, T0, Bench, split


def test_csv_and_parquet_of_one_table_give_the_same_events(bench: Bench) -> None:
    keys = {
        "event_id": "id", "device": ["ua", "screen"], "ip": "ip", "email": "mail", "payment": "card", "merchant": {"value": "web"},
        "address": {"line1": "street", "country": "land"}, "amount": "sum", "currency": "cur", "account_created_at": "since",
        "label": {"column": "bad", "delay": "1d", "source": "bank"},
        "attributes": {"numeric": ["age"], "categorical": ["kind"]},
    }  # fmt: skip
    parquet = bench.parquet(
        {
            "id": [1, 2], "t": [T0, T0 + 5], "who": [7.0, 8.0], "ua": ['say "hi"\\', "é"], "screen": ["x", None],
            "ip": [3232235777.8, None], "mail": ["a@b.c", None], "card": [4, 5], "street": ["Main St 1", None],
            "land": ["NA", None], "sum": [12.5, 3.0], "cur": ["eur", None], "bad": [1.0, float("nan")],
            "since": [datetime(2023, 1, 1, tzinfo=UTC), None],
            "age": [float("nan"), 30.0], "kind": pa.array(["A", "B"]).dictionary_encode(),
        }
    )  # fmt: skip
    table = bench.csv(
        "id,t,who,ua,screen,ip,mail,card,street,land,sum,cur,bad,since,age,kind\n"
        f'1,{T0},7.0,"say ""hi""\\",x,3232235777.8,a@b.c,4,Main St 1,NA,12.5,eur,1.0,2023-01-01T00:00:00Z,,A\n'
        f"2,{T0 + 5},8.0, é ,,,,5,,,3,,,NaN,30,B\n"
    )
    lines = bench.run(parquet, keys=keys)
    assert lines == bench.run(table, keys={**keys, "account_created_at": "since", "event_time": {"column": "t", "unit": "ms"}})
    assert lines[0] == {
        "event_id": "1", "event_type": "order", "event_time": T0, "account_id": "7", "device_fingerprint": 'say "hi"\\|x',
        "ip": "192.168.1.1", "email": "a@b.c", "payment_instrument": "4", "merchant_id": "web",
        "address": {"line1": "Main St 1", "country": "NA"}, "amount": 12.5, "currency": "EUR",
        "account_created_at": 1_672_531_200_000, "attributes": {"kind": "A"},
    }  # fmt: skip
    assert lines[1] == {
        "event_id": "2", "event_type": "order", "event_time": T0 + 5, "account_id": "8", "device_fingerprint": None, "ip": None,
        "email": None, "payment_instrument": "5", "merchant_id": "web", "address": None, "amount": 3, "currency": None,
        "account_created_at": None, "attributes": {"age": 30, "kind": "B"},
    }  # fmt: skip
    entities = ("account_id", "device_fingerprint", "ip", "email", "payment_instrument", "merchant_id", "address")
    assert lines[2] == {
        "event_id": "label:1", "event_type": "label", "event_time": T0 + DAY, "subject_event_id": "1", "is_fraud": True,
        "source": "bank", **{name: lines[0][name] for name in entities},
    }  # fmt: skip
    assert len(lines) == 3


def test_amounts_go_only_where_the_contract_wants_them(bench: Bench) -> None:
    table = bench.csv(f"t,who,k,sum\n{T0},a,B,5\n{T0},a,L,\n{T0},a,L,-1\n")
    keys = {"event_type": {"column": "k", "map": {"B": "payment", "L": "login"}}, "amount": "sum", "currency": {"value": "USD"}}
    lines = bench.run(table, keys=keys)
    assert [line["event_type"] for line in lines] == ["payment", "login", "login"]
    assert (lines[0]["amount"], lines[0]["currency"]) == (5, "USD")
    assert not {"amount", "currency"} & (lines[1].keys() | lines[2].keys())


@pytest.mark.parametrize(
    ("numbers", "written", "expected"),
    [
        ({"decimal": ","}, "26,93", 26.93),
        ({"decimal": ","}, "26", 26.0),
        ({"decimal": ",", "thousands": "."}, "1.531,43", 1531.43),
        ({"decimal": ",", "thousands": "."}, "12.345.678", 12_345_678.0),
        ({"thousands": ","}, "1,531.43", 1531.43),
        ({"thousands": ","}, "1531.43", 1531.43),
        ({"decimal": ",", "thousands": " "}, "1 531,43", 1531.43),
        ({"decimal": ",", "thousands": " "}, "1\u202f531\u00a0000,4", 1_531_000.4),
        ({"thousands": "'"}, "1'531.43", 1531.43),
        ({"decimal": ","}, "26.93", None),  # another style than the mapping says
        ({"decimal": ","}, "1.531,43", None),
        ({"decimal": ",", "thousands": "."}, "15.31,43", None),
        ({"decimal": ",", "thousands": "."}, "1.531.43", None),
        ({"thousands": ","}, "1,53", None),
        ({}, "26,93", None),
    ],
)
def test_styles_of_numbers(bench: Bench, numbers: dict[str, str], written: str, expected: float | None) -> None:
    """Of amounts and of numeric attributes."""
    table = bench.csv(f't,who,sum,n\n{T0},a,"{written}","{written}"\n')
    keys = {"amount": "sum", "attributes": {"numeric": ["n"]}, "numbers": numbers}
    if expected is not None:
        (line,) = bench.run(table, keys=keys)
        assert (line["amount"], line["attributes"]["n"]) == (expected, expected)
    for alone in (keys, keys | {"amount": None}) if expected is None else ():
        with pytest.raises(TableError, match=r"is no (finite )?number; "):
            bench.run(table, keys=alone)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("26,93", 26.93),
        ("1.531,43", 1531.43),
        ("1,531.43", 1531.43),
        ("1,531", 1531.0),
        ("1.234.567", 1_234_567.0),
        ("$34.10", 34.1),
        ("0,5", 0.5),
        ("soon", None),
    ],
)
def test_what_a_number_of_unknown_style_most_likely_means(text: str, meant: float | None) -> None:
    assert rough_number(text) == meant


@pytest.mark.parametrize("kind", [pa.float16(), pa.float32(), pa.float64()], ids=str)
@pytest.mark.parametrize("written", [19.98, 0.1, 1234.0, 1e-3, 333.25])
def test_short_floats_are_the_decimals_that_were_stored(bench: Bench, kind: pa.DataType, written: float) -> None:
    half = kind == pa.float16()
    table = bench.parquet({"t": [T0], "who": ["a"], "f": pa.array([np.float16(written) if half else written], kind)})
    (line,) = bench.run(table, keys={"amount": "f", "attributes": {"numeric": ["f"]}})
    wanted = float(str(np.float16(written))) if half else written
    assert (line["amount"], line["attributes"]["f"]) == (wanted, wanted)


def test_event_ids_are_made_from_file_name_and_row(bench: Bench) -> None:
    one, two = bench.csv(f"t,who\n{T0},a\n{T0 + 9},b\n", "one.csv"), bench.csv(f"t,who\n{T0},c\n", "two.csv")
    lines = bench.run(one, two, keys={})
    assert [line["event_id"] for line in lines] == ["one.csv:1", "two.csv:1", "one.csv:2"]
    with pytest.raises(TableError, match=r"two tables are called one.csv; map event_id or rename one"):
        bench.run(one, one, keys={})


def test_texts_that_no_event_can_carry_become_a_hash(bench: Bench) -> None:
    ids = ["i" * 128, "i" * 129, "a\u00a0b", "short"]
    table = bench.parquet({"t": [T0] * 4, "who": ["a"] * 4, "ua": ["u" * 513] * 2 + ["u" * 512] * 2, "id": ids, "y": [1] * 4})
    lines = bench.run(table, keys={"event_id": "id", "device": "ua", "label": {"column": "y", "delay": "1d"}})
    events, labels = split(lines)
    assert events[0]["event_id"] == ids[0]
    assert all(event["event_id"].startswith("blake2b:") for event in events[1:3])
    assert events[0]["device_fingerprint"] == events[1]["device_fingerprint"] != "u" * 513
    assert events[2]["device_fingerprint"] == "u" * 512
    assert all(len(label["event_id"]) <= 128 for label in labels)
    assert [label["subject_event_id"] for label in labels] == [event["event_id"] for event in events]
    assert bench.report is not None
    assert bench.report.renamed == 5  # two ids, two devices, the label of the id of 128 characters


@given(
    rows=st.lists(
        st.tuples(
            st.integers(700_000_000_000, T0),
            st.text(st.characters(exclude_categories=["Cs"]), max_size=600).filter(
                lambda text: "inf" not in text.lower() and "{" not in text
            ),
            st.floats(0, 1e12),
            st.floats() | st.none(),
        ),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=60, deadline=None)
def test_every_imported_line_is_an_event(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Any, ...]]) -> None:
    bench = Bench(tmp_path_factory.mktemp("fuzz"))
    time, text, amount, number = (list(column) for column in zip(*rows, strict=True))
    table = bench.parquet(
        {
            "t": time,
            "who": ["x" + t for t in text],
            "s": pa.array(text, pa.string()),
            "sum": amount,
            "n": pa.array(number, pa.float64()),
        }
    )
    keys = {
        "event_id": "who", "device": "s", "email": "s", "address": "s", "amount": "sum",
        "label": {"column": "sum", "positive": [0], "negative": "others", "delay": "7d"},
        "attributes": {"numeric": ["n"], "categorical": ["s"]},
    }  # fmt: skip
    events, labels = split(bench.run(table, keys=keys))
    assert len(events) == len(labels) == len(rows)
    graph = GraphSettings(numeric_attributes=("n",), categorical_attributes=("s",))
    parse = EventParser(graph, Pseudonyms(b"test")).parse
    for line in bench.out.read_bytes().removesuffix(b"\n").split(b"\n"):
        parse(line)
    assert sorted(event["amount"] for event in events) == sorted(amount)


def test_the_columns_of_addresses_may_be_joined(bench: Bench) -> None:
    table = bench.csv(f"t,who,street,zip\n{T0},a,Main St 1,0123\n{T0},b,,99\n{T0},c,-,\n")
    lines = bench.run(table, keys={"address": ["street", "zip"]})
    assert [line["address"] for line in lines] == ["Main St 1, 0123", "99", None]


def test_half_an_object_is_no_address_for_the_job_rejects_it(bench: Bench) -> None:
    whole = '{""line1"": ""Main St 1""}'
    table = bench.csv(f't,who,a\n{T0},a,"{whole}"\n{T0},b,Main St 1\n{T0},c,"{{Main"\n')
    with pytest.raises(TableError, match=r"row 3, column 'a': begins like an address in parts \(JSON\), and is none; mend it"):
        bench.run(table, keys={"address": "a"})
    one, other = bench.run(table, keys={"address": "a", "on_error": {"skip": 0.5}})
    parse = EventParser(GraphSettings(), Pseudonyms(b"test")).parse
    assert parse(json.dumps(one).encode()).entities[2] == parse(json.dumps(other).encode()).entities[2] != MISSING


def test_what_has_no_letter_for_the_job_is_no_address(bench: Bench) -> None:
    table = bench.csv(f"t,who,a\n{T0},a,\U00011f02\n{T0},b,北京\n{T0},c,№\n")
    lines = bench.run(table, keys={"address": "a"})
    parse = EventParser(GraphSettings(), Pseudonyms(b"test")).parse
    assert [parse(json.dumps(line).encode()).entities[2] != MISSING for line in lines] == [False, True, False]


def test_values_that_are_event_types_need_no_line_in_the_map(bench: Bench) -> None:
    keys = {"event_type": {"column": "k", "map": {"buy": "signup"}}}
    lines = bench.run(bench.csv(f"t,who,k\n{T0},a,buy\n{T0},b,login\n"), keys=keys)
    assert [line["event_type"] for line in lines] == ["signup", "login"]


def accounts(bench: Bench, rows: list[tuple[str, str]], **keys: Any) -> list[str | None]:
    table = bench.parquet({"t": [T0] * len(rows), "b": [b or None for b, _ in rows], "n": [n or None for _, n in rows]})
    events = bench.run(table, keys={"account": ["b", "n"], **keys})
    return [event["account_id"] for event in events]


def test_different_parts_never_become_one_text(bench: Bench) -> None:
    pieces = ["1", "|", "\\", "1|", "|1", "\\|", "|\\", "\\\\", "1\\"]
    pairs = [(b, n) for b in pieces for n in pieces]
    found = accounts(bench, pairs)
    assert len(set(found)) == len(pairs)
    assert accounts(bench, [("1", "2"), ("1\\", "2")]) == ["1|2", "1\\|2"]  # as ever, where no part holds a separator


@pytest.mark.parametrize("row", [("3", ""), ("", "3"), ("unknown", "3")])
def test_an_account_without_a_part_is_a_bad_row(bench: Bench, row: tuple[str, str]) -> None:
    with pytest.raises(TableError, match=r"row 2, column 'b\+n': has not all its parts; fill them, add gaps: true"):
        accounts(bench, [("1", "2"), row])
    assert accounts(bench, [("1", "2")] * 9 + [row], on_error="skip") == ["1|2"] * 9


def test_gaps_keep_the_place_of_a_missing_part(bench: Bench) -> None:
    joined = {"columns": ["b", "n"], "gaps": True}
    assert accounts(bench, [("1", "2"), ("3", ""), ("", "3")], account=joined) == ["1|2", "3|", "|3"]
    with pytest.raises(TableError, match=r"column 'b\+n': is empty"):
        accounts(bench, [("1", "2"), ("", "")], account=joined)


def test_a_device_without_a_part_is_none_and_counted(bench: Bench) -> None:
    rows = "".join(f"{T0},u{i},{'' if i < 10 else 'agent'},1920x1080\n" for i in range(30))
    events = bench.run(bench.csv(f"t,who,ua,screen\n{rows}"), keys={"device": ["ua", "screen"]})
    assert [event["device_fingerprint"] for event in events] == [None] * 10 + ["agent|1920x1080"] * 20
    assert bench.report is not None
    assert bench.report.unknown == "no device in 10 rows (10 rows with a part of ua+screen missing)"


def test_an_event_id_without_a_part_is_a_bad_row(bench: Bench) -> None:
    table = bench.csv(f"t,who,day,no\n{T0},a,1,1\n{T0},a,1,\n")
    with pytest.raises(TableError, match=r"row 2, column 'day\+no': has not all its parts"):
        bench.run(table, keys={"event_id": ["day", "no"]})
