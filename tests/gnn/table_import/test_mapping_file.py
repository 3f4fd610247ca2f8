"""Mapping files: each mistake is one sentence with the file and the key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gnn.table_import import TableError, import_tables, load_mapping
from tests import ROOT
from tests.support.table_bench import Bench

MAPPINGS = ROOT / "deploy" / "mappings"


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
        ({"event_time": {"column": "t", "unit": "w"}}, "event_time.unit must be one of s, ms, us, ns, min, h, d, not 'w'"),
        ({"event_time": {"column": "t", "columns": ["t"]}}, "event_time.columns is a list of columns to join, column a single one"),
        ({"event_time": {"columns": []}}, "event_time.columns is an empty list"),
        ({"event_time": {"columns": ["d", "t"], "unit": "s"}}, "event_time.unit is for one column of numbers"),
        ({"event_time": {"column": "t", "origin": "2017-12-01"}}, "event_time.unit is missing; say what is counted from the origin"),
        ({"event_time": {"column": "t", "unit": "s", "time_zone": "Asia/Tokyo"}}, "event_time.time_zone does not go with a unit"),
        (
            {"event_time": {"column": "t", "unit": "s", "origin": "2017-12-01T00:00+02:00"}},
            "event_time.origin must be a time without an offset",
        ),
        ({"event_time": {"column": "t", "format": "%H:%M"}}, "event_time.format names no year: '%H:%M'; join the column of the date"),
        (
            {"event_time": {"column": "t", "format": "%Y-%M-%d"}},
            "event_time.format names no month: '%Y-%M-%d'; write it as %m (%M",
        ),
        ({"event_time": {"column": "t", "format": "%Y-%m %H:%M"}}, "event_time.format names no day"),
        ({"event_time": {"column": "t", "format": "%d.%m.%Y %H:%M %p"}}, "event_time.format has %p (AM/PM), which only goes with %I"),
        ({"event_time": {"column": "t", "format": "%d.%m.%Y %I:%M"}}, "event_time.format has hours of half a day, %I, without %p (AM/PM)"),
        ({"event_time": {"column": "t", "format": "%d.%m.%Y %M:%S"}}, "event_time.format has minutes, %M, without hours"),
        ({"event_time": {"column": "t", "format": "%d.%m.%Y %Q"}}, "event_time.format is no strptime format ('Q' is a bad directive"),
        ({"amount": {"column": "a", "decimals": ","}}, "amount.decimals is not a known key; did you mean decimal?"),
        ({"amount": {"column": "a", "thousands": "."}}, "amount.thousands must differ from amount.decimal, which is '.' too"),
        ({"amount": {"column": "a", "symbols": ["-"]}}, "amount.symbols must be texts such as $, EUR or Fr., without digits and signs"),
        ({"amount": {"column": "a", "minus": "("}}, "amount.minus must be parentheses, trailing, or a text of letters such as CR, not '('"),
        ({"amount": {"column": "a", "negative": "drop"}}, "amount.negative must be one of refuse, absolute, refund_request"),
        ({"attributes": {"numeric": [{"decimal": ","}]}}, "attributes.numeric must be the name of a column"),
        ({"attributes": {"numeric": ["a", {"column": "a"}]}}, "attributes names column 'a' twice"),
        ({"label": {"column": "y", "delay": "7d", "negative": "others"}}, "label.negative is others, but label.positive names nothing"),
        (
            {"label": {"column": "y", "delay": "7d", "positive": [1], "negative": [1, 2]}},
            "label.negative names '1', as label.positive",
        ),
        ({"on_error": {"skip": "5"}}, "on_error.skip must be a share of the rows such as 5% or 0.05, not '5'"),
        ({"on_error": {"skip": "some"}}, "on_error.skip must be a share of the rows"),
        ({"on_error": {"skip": True}}, "on_error.skip must be a share of the rows"),
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
        ({"address": {"city": "x", "country": "x"}}, "address names neither line1 nor postal_code"),
        ({"on_error": "ignore"}, "on_error must be one of stop, skip"),
        ({"csv": {"delimiter": ";;"}}, "csv.delimiter must be one character"),
        ({"csv": {"encoding": "latin-99"}}, "csv.encoding must be an encoding"),
        ({"missing": "NA"}, "missing must be a list"),
        ({"amount": {"column": "m", "symbols": ["k"]}}, "amount.symbols must not multiply, and 'k' may"),
        ({"amount": {"column": "m", "symbols": ["Mio."]}}, "amount.symbols must not multiply"),
        ({"amount": {"column": "m", "symbols": ["Cr"]}}, "amount.symbols holds 'Cr': of crore, write the numbers out"),
        ({"numbers": {"symbols": ["lakh"]}}, "numbers.symbols must not multiply"),
        ({"numbers": {"symbols": ["Fr.5"]}}, "numbers.symbols must be texts"),
        ({"amount": {"column": "m", "divide_by": 0}}, "amount.divide_by must be a number from 1 such as 100"),
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


@pytest.mark.parametrize(
    ("keys", "value", "field", "said"),
    [
        ("label: {column: x, delay: 0d, positive: [yes], negative: others}", "yes", "is_fraud", True),
        ("label: {column: x, delay: 0d, positive: [no], negative: others}", "no", "is_fraud", True),
        ("label: {column: x, delay: 0d, positive: [on], negative: [off]}", "off", "is_fraud", False),
        ("label: {column: x, delay: 0d, positive: [01], negative: others}", "01", "is_fraud", True),
        ("missing: [NO]\ndevice: x", "NO", "device_id", None),
        ("missing: [007]\ndevice: x", "007", "device_id", None),
        ("merchant: {value: 010}", "", "merchant_id", "010"),
    ],
)
def test_words_mean_what_the_file_writes(tmp_path: Path, keys: str, value: str, field: str, said: object) -> None:
    mapping, table, out = tmp_path / "m.yaml", tmp_path / "t.csv", tmp_path / "o.jsonl"
    mapping.write_text(f"event_type: login\nevent_time: {{column: t, unit: ms}}\naccount: who\n{keys}\n")
    table.write_text(f"t,who,x\n1700000000000,a,{value}\n")
    import_tables(load_mapping(mapping), [table], out)
    assert json.loads(out.read_text().splitlines()[-1]).get(field) == said


@pytest.mark.parametrize("word", ["no", "on", "01", "1_0"])
def test_types_are_mapped_from_what_the_file_writes(tmp_path: Path, word: str) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text(f"event_type: {{column: k, map: {{{word}: login}}}}\nevent_time: t\naccount: who\n")
    assert load_mapping(mapping).event_type.types == {word: "login"}
