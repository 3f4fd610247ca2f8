"""Tables to events: mapping files, times, labels, bad rows, the external sort, the finished file."""

from __future__ import annotations

import errno
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from gnn.table_import import ImportReport, TableError, import_tables, load_mapping
from gnn.table_import import convert as convert_module
from gnn.table_import.numbers import rough_number
from gnn.table_import.sort import Lines, LineSorter
from tests import ROOT

DAY = 86_400_000
T0 = 1_700_000_000_000
MINIMAL = {"event_type": "order", "event_time": {"column": "t", "unit": "ms"}, "account": "who"}
MAPPINGS = ROOT / "deploy" / "mappings"


class Bench:
    """A folder with a mapping and tables, and the import of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "events.jsonl"
        self.report: ImportReport | None = None

    def mapping(self, **keys: Any) -> Path:
        path = self.folder / "m.yaml"
        path.write_text(yaml.safe_dump({k: v for k, v in {**MINIMAL, **keys}.items() if v is not None}), encoding="utf-8")
        return path

    def csv(self, text: str, name: str = "table.csv") -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def parquet(self, columns: dict[str, Any], name: str = "table.parquet") -> Path:
        path = self.folder / name
        pq.write_table(pa.table(columns), path)
        return path

    def run(self, *tables: Path, keys: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
        self.report = import_tables(load_mapping(self.mapping(**keys)), tables, self.out, **options)
        return [json.loads(line) for line in self.out.read_bytes().splitlines()]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def split(lines: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    events = [line for line in lines if line["event_type"] != "label"]
    return events, [line for line in lines if line["event_type"] == "label"]


# --- the mapping file
# -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"acount": "x"}, "acount is not a known key; did you mean account?"),
        ({"zzz": 1}, "zzz is not a known key; use event_type, "),
        ({"account": None}, "account is missing"),
        ({"event_time": None}, "event_time is missing"),
        ({"account": 7}, "account must be the name of a column"),
        ({"account": {"value": "x"}}, "account cannot be the same for every row"),
        ({"merchant": {"valu": "x"}}, "merchant.valu is not a known key; did you mean value?"),
        ({"device": []}, "device is an empty list"),
        ({"event_type": "oder"}, "event_type must be one of signup"),
        ({"event_type": "label"}, "event_type must be one of signup"),
        ({"event_type": {"map": {"a": "order"}}}, "event_type.column must be the name of a column"),
        ({"event_type": {"column": "k", "map": {"a": "buy"}}}, "event_type.map.a must be one of"),
        ({"event_type": {"column": "k", "map": []}}, "event_type.map must hold the column's values"),
        ({"event_time": {"colum": "t"}}, "event_time.colum is not a known key; did you mean column?"),
        ({"event_time": {"column": "t", "unit": "min"}}, "event_time.unit must be one of s, ms, us, ns, not 'min'"),
        ({"event_time": {"column": "t", "unit": "s", "format": "%Y"}}, "event_time.unit is for numbers and format for text"),
        ({"event_time": {"column": "t", "format": "iso"}}, "event_time.format must be a strptime format"),
        ({"event_time": {"column": "t", "time_zone": "Mars/X"}}, "event_time.time_zone must be a time zone such as"),
        ({"event_time": {"day_column": "d"}}, "event_time.origin must be the date of day 0"),
        ({"event_time": {"day_column": "d", "origin": "May"}}, "event_time.origin must be the date of day 0"),
        ({"label": {"column": "y"}}, "label.delay is missing"),
        ({"label": {"time_column": "y"}}, "label.delay is missing"),
        ({"label": {"delay": "7d"}}, "label needs column"),
        ({"label": {"column": "y", "delay": 7}}, "label.delay must be a number with a unit (s, m, h, d, w) such as 7d"),
        ({"label": {"column": "y", "delay": "7d", "positiv": []}}, "label.positiv is not a known key; did you mean positive?"),
        ({"label": {"column": "y", "delay": "7d", "positive": "x"}}, "label.positive must be a list"),
        ({"label": {"column": "y", "delay": "7d", "source": ""}}, "label.source must be a text"),
        ({"label": {"column": "y", "delay": "7d", "only_known": "x"}}, "label.only_known must be true or false"),
        ({"label": "y"}, "label must hold keys"),
        ({"attributes": {"numerical": []}}, "attributes.numerical is not a known key; did you mean numeric?"),
        ({"attributes": {"numeric": "age"}}, "attributes.numeric must be a list of columns"),
        ({"attributes": {"numeric": ["a"], "categorical": ["a"]}}, "attributes names column 'a' twice"),
        ({"attributes": {"numeric": [f"c{i}" for i in range(65)]}}, "attributes names 65 columns; an event carries at most 64"),
        ({"address": {"street": "s"}}, "address.street is not a known key"),
        ({"address": {}}, "address names no part"),
        ({"on_error": "ignore"}, "on_error must be one of stop, skip"),
        ({"csv": {"delimiter": ";;"}}, "csv.delimiter must be one character"),
        ({"csv": {"encoding": "latin-99"}}, "csv.encoding must be an encoding"),
        ({"missing": "NA"}, "missing must be a list"),
        ({"numbers": {"decimal": ";"}}, "numbers.decimal must be one of ., ,, not ';'"),
        ({"numbers": {"thousand": ","}}, "numbers.thousand is not a known key; did you mean thousands?"),
        ({"numbers": {"thousands": "_"}}, "numbers.thousands must be one of"),
        ({"numbers": {"thousands": "."}}, "numbers.thousands must differ from numbers.decimal, which is '.' too"),
        ({"numbers": ","}, "numbers must hold keys"),
    ],
)
def test_a_bad_mapping_is_one_sentence_with_file_and_key(bench: Bench, keys: dict[str, Any], said: str) -> None:
    path = bench.mapping(**keys)
    with pytest.raises(TableError) as caught:
        load_mapping(path)
    assert str(caught.value).startswith(f"{path}: {said}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("account: a\naccount: b\n", "line 2: is not valid YAML: key account is given twice"),
        ("account: [a\n", "is not valid YAML"),
        ("just text", "the file must hold keys"),
        ("[a]: b", "is not valid YAML: found unhashable key"),
    ],
)
def test_broken_yaml_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(text)
    with pytest.raises(TableError, match=said):
        load_mapping(path)
    with pytest.raises(TableError, match=r"none.yaml: cannot be read \(No such file"):
        load_mapping(tmp_path / "none.yaml")


@pytest.mark.parametrize("path", sorted(MAPPINGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_example_mappings_load_and_use_no_answer_as_input(path: Path) -> None:
    mapping = load_mapping(path)
    assert mapping.label is not None
    assert "TX_FRAUD_SCENARIO" not in mapping.used
    inputs = {*mapping.numeric, *mapping.categorical}
    assert mapping.label.column not in inputs


# --- fields
# -----------------------------------------------------------------------------------------------------------


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
        "event_id": "2", "event_type": "order", "event_time": T0 + 5, "account_id": "8", "device_fingerprint": "é", "ip": None,
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
        with pytest.raises(TableError, match=r"is no (finite )?number; mend it, or say how numbers are written in numbers.decimal"):
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
            st.text(st.characters(exclude_categories=["Cs"]), max_size=600),
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
        "label": {"column": "sum", "positive": [0], "delay": "7d"},
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


# --- times
# ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "written", "expected"),
    [
        ({}, "2024-05-01 12:00:00", "2024-05-01T12:00:00+00:00"),
        ({}, "2024-05-01", "2024-05-01T00:00:00+00:00"),
        ({}, "2024-05-01T12:00:00.250Z", "2024-05-01T12:00:00.250+00:00"),
        ({}, "2024-05-01T12:00:00+02:00", "2024-05-01T10:00:00+00:00"),
        ({"time_zone": "Europe/Berlin"}, "2024-05-01 12:00", "2024-05-01T10:00:00+00:00"),
        ({"time_zone": "Europe/Berlin"}, "2024-05-01 12:00:00+00:00", "2024-05-01T12:00:00+00:00"),
        # twice: the earlier
        ({"time_zone": "Europe/Berlin"}, "2023-10-29 02:30:00", "2023-10-29T00:30:00+00:00"),
        # never: past the gap
        ({"time_zone": "Europe/Berlin"}, "2024-03-31 02:30:00", "2024-03-31T01:00:00+00:00"),
        ({"format": "%d/%m/%Y %H:%M"}, "01/05/2024 12:00", "2024-05-01T12:00:00+00:00"),
        ({"format": "%d/%m/%Y %H:%M", "time_zone": "America/New_York"}, "01/05/2024 12:00", "2024-05-01T16:00:00+00:00"),
        ({"format": "%d/%m/%Y %H:%M %z"}, "01/05/2024 12:00 +0100", "2024-05-01T11:00:00+00:00"),
        ({"unit": "s"}, "1714564800.5", "2024-05-01T12:00:00.500+00:00"),
        ({"unit": "us"}, "1714564800000000", "2024-05-01T12:00:00+00:00"),
        ({"unit": "ns"}, "1714564800000000000", "2024-05-01T12:00:00+00:00"),
    ],
)
def test_notations_of_time(bench: Bench, spec: dict[str, str], written: str, expected: str) -> None:
    table = bench.csv(f"t,who\n{written},a\n")
    (line,) = bench.run(table, keys={"event_time": {"column": "t", **spec}})
    assert line["event_time"] == round(datetime.fromisoformat(expected).timestamp() * 1000)


@pytest.mark.parametrize("kind", [pa.timestamp("ns"), pa.timestamp("s"), pa.timestamp("us", "Asia/Tokyo"), pa.date32()])
def test_parquet_times_keep_their_type(bench: Bench, kind: pa.DataType) -> None:
    # with a zone, still this moment in UTC
    moment = pa.array([datetime(2024, 5, 1)], pa.timestamp("s")).cast(kind)
    (line,) = bench.run(bench.parquet({"t": moment, "who": ["a"]}), keys={"event_time": "t"})
    assert line["event_time"] == 1_714_521_600_000


def test_days_and_hours_are_counted_from_an_origin(bench: Bench) -> None:
    table = bench.csv("d,h,who\n0,0,a\n2,13,b\n")
    spec = {"day_column": "d", "hour_column": "h", "origin": "2024-05-01"}
    times = [line["event_time"] for line in bench.run(table, keys={"event_time": spec})]
    assert times == [1_714_521_600_000, 1_714_521_600_000 + 2 * DAY + 13 * 3_600_000]


# --- labels
# -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "extra", "expected"),
    [
        (["0", "1", "", "1.0"], {}, [False, True, None, True]),
        (["true", "False", "None", "T"], {}, [True, False, None, True]),
        (["fraud", "legit", "unknown", "Fraud"], {}, [True, False, None, True]),
        (["yes", "no", "nan", "Y"], {}, [True, False, None, True]),
        (["R1", "r2", "", "ok"], {"positive": ["r1", "R2"]}, [True, True, None, False]),
        ([0, 1, None, 1], {}, [False, True, None, True]),
        ([0.0, 1.0, float("nan"), 1.0], {}, [False, True, None, True]),
        ([False, True, None, True], {}, [False, True, None, True]),
        ([0, 3, None, 2], {"positive": [1, 2, 3]}, [False, True, None, True]),
    ],
)
def test_styles_of_labels(bench: Bench, values: list[Any], extra: dict[str, Any], expected: list[bool | None]) -> None:
    table = bench.parquet({"t": [T0, T0 + 1, T0 + 2, T0 + 3], "who": list("abcd"), "y": values})
    events, labels = split(bench.run(table, keys={"label": {"column": "y", "delay": "36h", **extra}}))
    told = {label["subject_event_id"]: (label["is_fraud"], label["event_time"]) for label in labels}
    want = {
        event["event_id"]: (fraud, event["event_time"] + 36 * 3_600_000)
        for event, fraud in zip(events, expected, strict=True)
        if fraud is not None
    }
    assert told == want
    assert bench.report is not None
    assert bench.report.frauds == expected.count(True)


@pytest.mark.parametrize("form", ["text", "timestamp", "column"])
def test_a_date_means_fraud_reported_then_and_none_means_no_fraud(bench: Bench, form: str) -> None:
    reports: list[Any] = ["2024-05-03 00:00:00", None, "2024-04-01 00:00:00"]
    column = pa.array(reports) if form == "text" else pa.array(np.array(reports, "datetime64[us]"))
    table = bench.parquet({"t": ["2024-05-01"] * 3, "who": list("abc"), "back": column})
    label = {"column" if form == "column" else "time_column": "back", "delay": "7d"}
    _, labels = split(bench.run(table, keys={"event_time": "t", "label": label}))
    start = 1_714_521_600_000
    told = {label["account_id"]: (label["is_fraud"], label["event_time"] - start) for label in labels}
    assert told == {"a": (True, 2 * DAY), "b": (False, 7 * DAY), "c": (True, 0)}  # never before its event


def test_a_label_has_its_own_time_or_the_delay(bench: Bench) -> None:
    table = bench.csv(f"t,who,y,known\n{T0},a,1,2024-05-01\n{T0},b,0,\n{T0},c,,\n")
    _, labels = split(bench.run(table, keys={"label": {"column": "y", "time_column": "known", "delay": "1d"}}))
    assert [label["event_time"] for label in labels] == [T0 + DAY, 1_714_521_600_000]
    with pytest.raises(TableError, match=r"row 2, column 'known': is empty in a labelled row; add label.delay"):
        bench.run(table, keys={"label": {"column": "y", "time_column": "known"}})


def test_rows_without_a_known_label_can_be_left_out(bench: Bench) -> None:
    table = bench.csv(f"t,who,y\n{T0},a,1\n{T0},b,\n")
    lines = bench.run(table, keys={"label": {"column": "y", "delay": "1d", "only_known": True}})
    assert [line["account_id"] for line in lines] == ["a", "a"]
    assert bench.report is not None
    assert bench.report.skipped == {"rows without a known label": 1}


def test_a_label_that_is_not_yet_due_is_left_out(bench: Bench) -> None:
    table = bench.csv(f"t,who,y\n{T0},a,1\n{T0 - 3 * DAY},b,0\n")
    lines = bench.run(table, keys={"label": {"column": "y", "delay": "2d"}}, now_ms=T0)
    assert [(line["event_type"], line["account_id"]) for line in lines] == [("order", "b"), ("label", "b"), ("order", "a")]
    assert bench.report is not None
    assert bench.report.skipped == {"labels that only become known in the future": 1}
    assert bench.report.frauds == 0


# --- bad rows and bad tables
# ------------------------------------------------------------------------------------------

BAD_ROWS = [
    ("t", "", "is empty"),
    ("t", "soon", "'soon' is no time of the expected form"),
    ("t", "1700000000", "'1700000000' lies before 1990"),
    ("t", "17000000000000", "'17000000000000' lies in the future"),
    ("who", "nan", "is empty"),
    ("sum", "", "is empty"),
    ("sum", "-0.01", "'-0.01' is negative"),
    ("sum", "inf", "'inf' is no finite number"),
    ("sum", "1_000", "'1_000' is no finite number"),
    ("sum", "2e12", "'2e12' is above 1e+12"),
    ("cur", "EURO", "'EURO' is no ISO 4217 code"),
    ("kind", "gift", "'gift' is no event type; add it to event_type.map"),
    ("y", "maybe", "'maybe' is neither fraud nor legitimate; list the values that mean fraud in label.positive"),
    ("y", "2024-05-01", "'2024-05-01' is a date; name the column as label.time_column"),
    ("age", "old", "'old' is no number"),
    ("ip", "4294967296", "is a number beyond IPv4"),
    ("id", "", "is empty"),
]
BAD_ROW_KEYS = {
    "event_id": "id", "event_type": {"column": "kind", "map": {"buy": "order"}}, "amount": "sum", "currency": "cur", "ip": "ip",
    "label": {"column": "y", "delay": "1d"}, "attributes": {"numeric": ["age"]},
}  # fmt: skip


@pytest.mark.parametrize(("column", "value", "said"), BAD_ROWS)
def test_a_bad_row_is_named_or_skipped_and_counted(bench: Bench, column: str, value: str, said: str) -> None:
    good = {"id": "e", "t": str(T0), "who": "a", "sum": "5", "cur": "EUR", "kind": "buy", "y": "0", "age": "3", "ip": "1.2.3.4"}
    rows = [{**good, "id": "one"}, {**good, column: value}, {**good, "id": "three"}]
    table = bench.csv("\n".join(",".join(row[name] for name in good) for row in [{k: k for k in good}, *rows]) + "\n")
    with pytest.raises(TableError) as caught:
        bench.run(table, keys=BAD_ROW_KEYS)
    assert str(caught.value).startswith(f"{table}: row 2, column {column!r}: {said}")
    assert not bench.out.exists()
    lines = bench.run(table, keys={**BAD_ROW_KEYS, "on_error": "skip"})
    assert [line["event_id"] for line in lines] == ["one", "three", "label:one", "label:three"]
    assert bench.report is not None
    assert (bench.report.rows, bench.report.events) == (3, 2)
    assert list(bench.report.skipped.values()) == [1]
    assert next(iter(bench.report.skipped)).startswith(f"{column}: ")


def test_row_numbers_go_on_over_batches(bench: Bench) -> None:
    table = bench.parquet({"t": [T0] * 40_000, "who": ["a"] * 39_999 + [None]})
    with pytest.raises(TableError, match=r"row 40000, column 'who': is empty"):
        bench.run(table, keys={})


def test_repeated_ids_are_counted(bench: Bench) -> None:
    bench.run(bench.csv(f"t,who,id\n{T0},a,1\n{T0},a,1\n{T0},a,2\n"), keys={"event_id": "id"})
    assert bench.report is not None
    assert (bench.report.events, bench.report.repeated) == (3, 1)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"t,whom\n1,a\n", "has no column 'who', which account of .*; did you mean whom?"),
        ("a.csv", b"t,who,who\n1,a,b\n", "has 2 columns named 'who'"),
        ("a.csv", b"", "is empty; a table starts with a header line"),
        ("a.csv", b"t,who\n1,a,b\n", r"line 2 has 3 fields where the header has 2; mend it"),
        ("a.csv", b"t,who\n1700000000000,\xff\xfe\n", "line 2: is not UTF-8 text; set csv.encoding in the mapping, such as latin-1"),
        ("a.csv", b"t,who,\xfc\n1700000000000,a,b\n", "line 1: is not UTF-8 text; set csv.encoding"),
        ("a.csv", b"t,who\n1700000000000,a\n1,2,\xfc\n", "line 3: is not UTF-8 text; set csv.encoding"),
        ("a.csv", b"t,who,other\n1700000000000,a,\xfc\n", "line 2: is not UTF-8 text; set csv.encoding"),
        ("a.csv", b"t,who\n1700000000000,a\n1700000000000,\xc3", "line 3: is not UTF-8 text; set csv.encoding"),
        ("a.csv", b"t,who\n", "holds no rows below its header; give a table with rows"),
        ("a.xlsx", b"PK\x03\x04", "is neither Parquet nor named .csv"),
        ("a.parquet", b"PAR1 but no more", "is not a readable Parquet file"),
    ],
)
def test_an_unfit_table_is_one_sentence(bench: Bench, name: str, content: bytes, said: str) -> None:
    path = bench.folder / name
    path.write_bytes(content)
    with pytest.raises(TableError, match=said) as caught:
        bench.run(path, keys={})
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"t,who\n1,2,\xfc\n", b"t,who,\xfc\n1,2\n", b"t,who\n1700000000000,a\n1,2,\xfc,4\n"])
def test_bytes_that_are_no_text_are_found_before_rows_are_skipped(bench: Bench, content: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    """Whoever skips bad rows sees them as text: no traceback of a callback reaches the screen."""
    path = bench.folder / "a.csv"
    path.write_bytes(content)
    with pytest.raises(TableError, match=r"is not UTF-8 text; set csv\.encoding"):
        bench.run(path, keys={"on_error": "skip"})
    assert capfd.readouterr().err == ""


def test_when_every_row_is_bad_nothing_is_written(bench: Bench) -> None:
    bench.out.write_text("old")
    table = bench.csv(f"t,who\n{T0},\n{T0},\nsoon,a\n")
    with pytest.raises(TableError, match=r"all 3 rows are left out \(1 t: is no time of the expected form; 2 who: is empty\); mend"):
        bench.run(table, keys={"on_error": "skip"})
    assert bench.out.read_text() == "old"


def test_skipping_says_what_goes_with_the_rows(bench: Bench) -> None:
    """Amounts in an American style: the large ones, which are the fraud, have a comma."""
    rows = ["25.00,0", '"1,531.43",1', '"2,000.00",1', "30.5,0", '"1,100",0', ",1"]
    table = bench.csv("t,who,sum,y\n" + "".join(f"{T0},a,{row}\n" for row in rows))
    keys = {"amount": "sum", "label": {"column": "y", "delay": "1d"}, "on_error": "skip"}
    bench.run(table, keys=keys)
    assert bench.report is not None
    assert {reason: (loss.rows, loss.frauds, round(loss.money, 2)) for reason, loss in bench.report.losses.items()} == {
        "sum: is empty": (1, 1, 0.0),
        "sum: is no finite number": (3, 2, 4631.43),
    }
    assert (bench.report.types, bench.report.frauds) == ({"order": 2}, 0)
    bench.run(table, keys={**keys, "numbers": {"thousands": ","}})
    assert list(bench.report.losses) == ["sum: is empty"]
    assert bench.report.types == {"order": 5}


def test_no_table_a_missing_one_and_a_folder(bench: Bench) -> None:
    with pytest.raises(TableError, match="no table is given"):
        bench.run(keys={})
    with pytest.raises(TableError, match=r"none.csv: cannot be read \(No such file"):
        bench.run(bench.folder / "none.csv", keys={})
    with pytest.raises(TableError, match="is a folder; name the files in it"):
        bench.run(bench.folder, keys={})


def test_numbers_as_times_need_a_unit(bench: Bench) -> None:
    with pytest.raises(TableError, match=r"column 't' holds int64; give numbers a unit"):
        bench.run(bench.parquet({"t": [T0], "who": ["a"]}), keys={"event_time": "t"})


def test_csv_dialects(bench: Bench) -> None:
    bench.folder.joinpath("a.csv.gz").write_bytes(gzip.compress(f"t;who\n{T0};Zoë\n".encode("latin-1")))
    keys = {"csv": {"delimiter": ";", "encoding": "latin-1"}}
    assert bench.run(bench.folder / "a.csv.gz", keys=keys)[0]["account_id"] == "Zoë"
    assert bench.run(bench.csv(f"\ufefft\twho\n{T0}\tNA\n", "b.tsv"), keys={})[0]["account_id"] == "NA"
    with pytest.raises(TableError, match="row 1, column 'who': is empty"):
        bench.run(bench.folder / "b.tsv", keys={"missing": ["NA"]})
    malformed = bench.csv(f"t,who\n{T0},a\n{T0},b,c\n{T0},d\n")
    assert [line["account_id"] for line in bench.run(malformed, keys={"on_error": "skip"})] == ["a", "d"]
    assert bench.report is not None
    assert (bench.report.rows, bench.report.skipped) == (3, {"rows with a wrong number of fields": 1})


# --- order and memory
# -------------------------------------------------------------------------------------------------


@given(
    batches=st.lists(st.lists(st.tuples(st.integers(-5, 5), st.text("ab\né", max_size=9)), max_size=12), max_size=12),
    run_bytes=st.integers(1, 400),
    fan_in=st.integers(2, 4),
)
@settings(max_examples=80, deadline=None)
def test_the_external_sort_is_a_sort(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[tuple[int, str]]], run_bytes: int, fan_in: int
) -> None:
    sorter = LineSorter(tmp_path_factory.mktemp("runs"), run_bytes, fan_in)
    rows, place = [], 0
    for batch in batches:
        keyed = [(time, place + i, text) for i, (time, text) in enumerate(batch)]
        place += len(batch)
        rows += keyed
        times, places = (np.array([row[i] for row in keyed], np.int64) for i in (0, 1))
        sorter.add(Lines(times, places, pa.array([row[2] for row in keyed], pa.string())))
    found = [row for lines in sorter.drain() for row in zip(lines.time.tolist(), lines.place.tolist(), lines.text.to_pylist(), strict=True)]
    assert found == sorted(rows)


def test_the_merge_never_holds_more_than_a_block_per_run(tmp_path: Path) -> None:
    sorter = LineSorter(tmp_path, run_bytes=20_000, fan_in=4)
    rng = np.random.default_rng(1)
    for start in range(0, 20_000, 500):
        places = np.arange(start, start + 500)
        sorter.add(Lines(rng.integers(0, 10**6, 500), places, pa.array([f"line {i:06}" for i in places])))
    assert len(sorter.runs) > 8
    pieces = [len(lines) for lines in sorter.drain()]
    assert sum(pieces) == 20_000
    assert max(pieces) * 34 < 40_000  # bytes of a line with its key; twice the budget


def shuffled(bench: Bench, rows: int = 3000) -> Path:
    rng = np.random.default_rng(5)
    times = T0 + rng.integers(0, 50, rows) * 3_600_000  # many ties
    return bench.parquet({"t": times, "who": rng.integers(0, 9, rows), "y": rng.integers(0, 2, rows)})


def test_lines_are_in_order_of_time_then_row_with_labels_after_their_subject(bench: Bench) -> None:
    for delay in ("0s", "6h"):
        lines = bench.run(shuffled(bench), keys={"label": {"column": "y", "delay": delay}}, run_bytes=5000)
        row = [int((line.get("subject_event_id") or line["event_id"]).split(":")[1]) for line in lines]
        key = [(line["event_time"], r, line["event_type"] == "label") for line, r in zip(lines, row, strict=True)]
        assert key == sorted(key)
        assert len(lines) == 6000


def test_a_small_budget_gives_the_same_bytes(bench: Bench) -> None:
    keys = {"label": {"column": "y", "delay": "6h"}}
    bench.run(shuffled(bench, 40_000), keys=keys)
    whole = bench.out.read_bytes()
    bench.run(shuffled(bench, 40_000), keys=keys, run_bytes=200_000)
    assert bench.out.read_bytes() == whole


# --- the finished file
# ------------------------------------------------------------------------------------------------


def test_a_failed_import_leaves_the_old_file_and_nothing_else(bench: Bench) -> None:
    bench.out.write_text("old")
    good, bad = shuffled(bench), bench.csv(f"t,who,y\n{T0},,1\n")
    before = sorted(bench.folder.iterdir())
    bench.mapping(label={"column": "y", "delay": "6h"})
    with pytest.raises(TableError, match="row 1, column 'who'"):
        bench.run(good, bad, keys={"label": {"column": "y", "delay": "6h"}}, run_bytes=5000)
    assert bench.out.read_text() == "old"
    assert sorted(p for p in bench.folder.iterdir() if p.name != "m.yaml") == before


class FullDisk:
    def __init__(self, real: LineSorter) -> None:
        self.add = real.add

    def drain(self) -> Iterator[Lines]:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_said_clearly(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert_module, "LineSorter", lambda folder, size: FullDisk(LineSorter(folder, size)))
    with pytest.raises(TableError, match=r"events.jsonl: the disk is full; free some"):
        bench.run(shuffled(bench), keys={})
    assert not bench.out.exists()


def test_the_output_must_be_a_file_in_a_folder(bench: Bench) -> None:
    table = bench.csv(f"t,who\n{T0},a\n")
    mapping = load_mapping(bench.mapping())
    with pytest.raises(TableError, match="is a folder; give the name of the file to write"):
        import_tables(mapping, [table], bench.folder)
    with pytest.raises(TableError, match=r"cannot be written \((Not a directory|File exists)\)"):
        import_tables(mapping, [table], table / "events.jsonl")
    import_tables(mapping, [table], bench.folder / "new" / "events.jsonl")
    assert (bench.folder / "new" / "events.jsonl").read_bytes().count(b"\n") == 1


def test_progress_tells_rows_and_total_where_known(bench: Bench) -> None:
    calls: list[tuple[int, int | None]] = []
    table = bench.parquet({"t": [T0] * 40_000, "who": ["a"] * 40_000})
    bench.run(table, keys={}, progress=lambda done, total: calls.append((done, total)))
    assert [total for _, total in calls] == [40_000] * len(calls)
    assert [done for done, _ in calls] == sorted({done for done, _ in calls})
    assert len(calls) > 1
    assert calls[-1][0] == 40_000
    calls.clear()
    bench.run(table, bench.csv(f"t,who\n{T0},a\n"), keys={}, progress=lambda done, total: calls.append((done, total)))
    assert calls[-1] == (40_001, None)
