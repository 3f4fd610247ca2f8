"""Identifiers that a spreadsheet has spoilt, labels that say neither, and what skipping may cost."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
import pytest

from flink_job.cli import main
from gnn.table_import import TableError
from gnn.table_import.rows.value_counts import REST, count_value
from tests.support.table_bench import T0, Bench, split

ROUNDED = "is a rounded number, no identifier; export the column as text"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("4.992346398065154e+18", ROUNDED),
        ("2.70319E+15", ROUNDED),
        ("2,70319E+15", ROUNDED),  # a spreadsheet of another language
        ("5E+15", ROUNDED),
        ("1.5E16", ROUNDED),  # Java's
        ("9007199254740993.0", ROUNDED),
        ("#REF!", "is an error of a spreadsheet, no identifier; mend the cell, or list it under missing"),
        ("#BEZUG!", "is an error of a spreadsheet"),
        ("#VALEUR!", "is an error of a spreadsheet"),
        ("#¡VALOR!", "is an error of a spreadsheet"),
        ("#NAME?", "is an error of a spreadsheet"),
        ("########", "is an error of a spreadsheet"),
    ],
)
@pytest.mark.parametrize("key", ["account", "event_id", "device", "payment"])
def test_spoilt_identifiers_are_refused_with_their_row(bench: Bench, key: str, value: str, said: str) -> None:
    table = bench.csv(f't,who,x\n{T0},a,1\n{T0},b,"{value}"\n')
    with pytest.raises(TableError) as caught:
        bench.run(table, keys={key: "x"})
    assert str(caught.value).startswith(f"{table}: row 2, column 'x': {value!r} {said}")
    bench.run(table, keys={key: "x", "missing": [value], "event_id": None, "device": "x", "account": "who"})


@pytest.mark.parametrize("value", ["1e10", "3E8", "12.0", "a-5-Mar", "4992346398065154048", "#1", "1.5"])
def test_identifiers_that_only_look_alike_are_taken(bench: Bench, value: str) -> None:
    (line,) = bench.run(bench.csv(f"t,who\n{T0},{value}\n"), keys={})
    assert line["account_id"] == value.removesuffix(".0")
    assert bench.report is not None
    assert bench.report.warnings == ()


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (
            pa.array([12.0, 4.992346398065154e18]),
            "row 2, column 'who': '4.992346398065154e+18' is beyond 9007199254740992, where 64-bit",
        ),
        (pa.array([12.0, 2**24], pa.float32()), "row 2, column 'who': '16777216.0' is beyond 16777216, where 32-bit floats round"),
        (pa.array([12.0, float("inf")]), "row 2, column 'who': 'inf' is beyond"),
    ],
)
def test_floats_that_cannot_hold_their_identifiers_are_refused(bench: Bench, column: pa.Array, said: str) -> None:
    with pytest.raises(TableError, match=said.replace("+", r"\+")):
        bench.run(bench.parquet({"t": [T0, T0], "who": column}), keys={})
    assert len(bench.run(bench.parquet({"t": [T0], "who": [2.0**53 - 1]}), keys={})) == 1


def test_long_numbers_that_all_end_in_zeros_are_rounded(bench: Bench) -> None:
    rounded = ["4992346398065150000", "4992346398065160000"]
    with pytest.raises(TableError, match=r"row 1, column 'who': '4992346398065150000' is rounded to 15 digits, as all long numbers"):
        bench.run(bench.csv("t,who\n" + "".join(f"{T0},{value}\n" for value in rounded)), keys={})
    for others in (["4992346398065154048"], ["short"]):
        ids = [*(rounded if others != ["short"] else ["4111111111111110"] * 3), *others]
        assert len(bench.run(bench.csv("t,who\n" + "".join(f"{T0},{value}\n" for value in ids)), keys={})) == len(ids)


def test_dates_among_identifiers_are_warned_of(bench: Bench) -> None:
    bench.run(bench.csv(f"t,who\n{T0},MARCH5\n{T0},5-Mar\n"), keys={})
    assert bench.report is not None
    assert bench.report.warnings == ("column 'who' holds '5-Mar': a spreadsheet may have made dates of identifiers; export it as text",)


def test_numbers_that_mean_no_value_are_none_in_every_type(bench: Bench) -> None:
    keys = {"missing": [-1, 99999], "attributes": {"numeric": ["n", "f"]}}
    parquet = bench.parquet({"t": [T0] * 3, "who": ["a"] * 3, "n": [-1, 99999, 5], "f": [-1.0, 2.5, 99999.0]})
    table = bench.csv(f"t,who,n,f\n{T0},a,-1,-1.0\n{T0},a,99999,2.5\n{T0},a,5,99999\n")
    for source in (parquet, table):
        assert [line.get("attributes") for line in bench.run(source, keys=keys)] == [{}, {"f": 2.5}, {"n": 5}]


def test_labels_that_are_neither_yes_nor_no_give_none_and_are_counted(bench: Bench) -> None:
    values = ["Y", "N", "1.0", "TRUE", "0.00", "?", "pending", "", "2", "maybe", "2"]
    table = bench.csv("t,who,y\n" + "".join(f"{T0},{number},{value}\n" for number, value in enumerate(values)))
    events, labels = split(bench.run(table, keys={"label": {"column": "y", "delay": "1d"}}))
    assert len(events) == len(values)
    assert {label["account_id"]: label["is_fraud"] for label in labels} == {"0": True, "1": False, "2": True, "3": True, "4": False}
    assert bench.report is not None
    assert bench.report.neither == "3 neither yes nor no: 2 '2', 1 'maybe'; list what they mean in label.positive or label.negative"


def test_a_label_column_of_other_texts_is_counted_in_bounded_memory(bench: Bench) -> None:
    table = bench.csv("t,who,y\n" + "".join(f"{T0},a,{value}\n" for value in ["often"] * 2 + [f"note {n}" for n in range(1000)]))
    bench.run(table, keys={"label": {"column": "y", "delay": "1d"}})
    assert bench.report is not None
    assert bench.report.neither.startswith("1,002 neither yes nor no: 2 'often', 1 'note 0', 1 'note 1', 1 'note 2', 1 'note 3'; list")
    counter = Counter[str]()
    assert [count_value(counter, str(value), 1) for value in (*range(300), 0)] == [True] * 200 + [False] * 100 + [True]
    assert (len(counter), counter[REST]) == (201, 100)


def test_an_error_of_a_spreadsheet_is_a_bad_row_and_no_value_of_the_label(bench: Bench) -> None:
    table = bench.csv("t,who,y\n" + "".join(f"{T0},a,{value}\n" for value in ("0", "1", "#REF!")))
    bench.run(table, keys={"label": {"column": "y", "delay": "1d"}, "on_error": {"skip": 0.5}})
    assert bench.report is not None
    assert (bench.report.neither, bench.report.skipped) == ("", {"y: is an error of a spreadsheet, no value": 1})


LABELLED = {"amount": "m", "label": {"column": "y", "delay": "1d"}}


def bad_rows(bench: Bench, good: int, bad: list[str]) -> Any:
    return bench.csv("t,who,m,y\n" + "".join(f"{T0},a,{row}\n" for row in [*(["10.5,0"] * (good - 1)), "10.5,1", *bad]))


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        (8, ["x,0", "x,0"], r"bad rows take 2 of 10 rows \(20%\), and on_error.skip allows 10%"),
        (99, ["x,1"], r"bad rows take 1 of 2 labelled frauds \(50%\), and on_error.skip allows 10%"),
        (99, ['"9,999.00",0'], r"bad rows take about 9,999 of 11,038 of the money \(91%\), and on_error.skip allows 10%"),
    ],
)
def test_skipping_fails_above_a_share_of_rows_frauds_or_money(bench: Bench, good: int, bad: list[str], said: str) -> None:
    table = bad_rows(bench, good, bad)
    with pytest.raises(TableError, match=said + r" \(\d+ m: is no finite number\); mend the table or the mapping, or set"):
        bench.run(table, keys={**LABELLED, "on_error": "skip"})
    assert not bench.out.exists()
    bench.run(table, keys={**LABELLED, "on_error": {"skip": "91%"}})
    assert bench.report is not None
    assert (bench.report.lost.rows, bench.report.kept.rows) == (len(bad), good)


def test_the_command_says_what_skipping_costs_and_ends_with_1_above_the_share(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    table = bad_rows(bench, 40, ['"1,000.00",1'])
    command = ["import", str(bench.mapping(**LABELLED, on_error={"skip": "80%"})), str(table), "--out", str(bench.out)]
    assert main(command) == 0
    said = " ".join("".join(capsys.readouterr()).split())
    assert "1 of 2 labelled frauds (50%) and amounts of about 1,000 (70% of the money)" in said
    assert "2023-11-14T22:13:20Z to 2023-11-14T22:13:20Z" in said
    bench.mapping(**LABELLED, on_error={"skip": "5%"})
    assert main(command) == 1
    assert "on_error.skip allows 5%" in capsys.readouterr().err


@pytest.mark.parametrize("code", ["GBp", "GBX", "ZAc", "ILa"])
def test_a_hundredth_of_a_currency_is_a_bad_row(bench: Bench, code: str) -> None:
    keys: dict[str, Any] = {"event_type": "order", "amount": "sum", "currency": "cur"}
    assert bench.run(bench.csv(f"t,who,sum,cur\n{T0},a1,5,gbp\n"), keys=keys)[0]["currency"] == "GBP"
    with pytest.raises(TableError, match=r"row 1, column 'cur': .* is no ISO 4217 code"):
        bench.run(bench.csv(f"t,who,sum,cur\n{T0},a1,5,{code}\n"), keys=keys)


@pytest.mark.parametrize(
    ("ragged", "frauds"), [("9,999.00,1", 40), ("9,999.00,0", 0), ("9,999.00,", 40), ("9", 40)], ids=["fraud", "not", "unread", "short"]
)
def test_rows_with_a_wrong_number_of_fields_count_among_the_frauds(bench: Bench, ragged: str, frauds: int) -> None:
    rows = [f"{T0},a{n},{ragged if n % 25 == 0 else '5,0'}" for n in range(1000)]
    table = bench.csv("t,who,sum,y\n" + "\n".join(rows) + "\n")
    keys: dict[str, Any] = {"event_type": "order", "amount": "sum", "currency": {"value": "EUR"}, "on_error": {"skip": "5%"}}
    keys["label"] = {"column": "y", "delay": "1d"}
    if frauds:
        with pytest.raises(TableError, match=r"40 of 40 labelled frauds \(100%\)"):
            bench.run(table, keys=keys)
        return
    bench.run(table, keys=keys)
    assert bench.report is not None
    assert "40 rows with a wrong number of fields: their amounts are in no sum" in bench.report.warnings[0]


@pytest.mark.parametrize(
    ("ragged", "frauds"),
    [("2024-02-01,x", 4), (",x", 0), ("", 4), ("x,", 0), ("NULL,x", 0)],
    ids=["reported", "not reported", "short", "not reported at its end", "missing word"],
)
def test_a_report_in_a_row_with_a_wrong_number_of_fields_is_not_known(bench: Bench, ragged: str, frauds: int) -> None:
    rows = [f"{T0},a{n},{'2024-02-01' if n == 7 else ''}" for n in range(200)]
    table = bench.csv("t,who,reported\n" + "\n".join([*rows, *[f"{T0},b" + (f",{ragged}" if ragged else "")] * 4]) + "\n")
    bench.run(table, keys={"on_error": {"skip": 0.9}, "label": {"time_column": "reported", "delay": "30d"}})
    assert bench.report is not None
    assert (bench.report.lost.rows, bench.report.lost.frauds) == (4, frauds)


def test_amounts_beyond_what_an_event_carries_are_counted_though_in_no_sum(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    table = bad_rows(bench, 98, ["5000000000000,1", "7e12,0"])
    command = ["import", str(bench.mapping(**LABELLED, on_error={"skip": "60%"})), str(table), "--out", str(bench.out)]
    assert main(command) == 0
    said = " ".join("".join(capsys.readouterr()).split())
    assert "left out 2 m: is above 1e+12 (among them 1 labelled fraud, 2 in no sum)" in said
    assert "1 of 2 labelled frauds (50%) and 2 amounts above 1e+12 in no sum" in said


@pytest.mark.parametrize(
    "keys",
    [
        {"label": {"column": "x", "positive": ["R1"], "negative": "others", "delay": "1d"}},
        {"address": {"line1": "x", "city": "who"}},
        {"address": "x"},
        {"attributes": {"categorical": ["x"]}},
        {"attributes": {"numeric": ["x"]}},
    ],
)
def test_errors_of_a_spreadsheet_are_no_values_anywhere(bench: Bench, keys: dict[str, Any]) -> None:
    table = bench.csv(f"t,who,x\n{T0},a,\n{T0},b,#REF!\n")
    with pytest.raises(TableError, match=r"row 2, column 'x': '#REF!' is .*; .*mend the cell, or list it under missing"):
        bench.run(table, keys=keys)
    for source, more in ((table, ["#REF!"]), (bench.csv(f"t,who,x\n{T0},a,\n{T0},b,#N/A\n", "b.csv"), [])):
        assert len(bench.run(source, keys={**keys, "missing": more})) == 2


def test_what_a_spreadsheet_made_of_an_amount_is_read_as_the_number_it_shows(bench: Bench) -> None:
    (line,) = bench.run(bench.csv(f"t,who,m\n{T0},a,1.23E+05\n"), keys={"amount": "m"})
    assert line["amount"] == 123_000
    with pytest.raises(TableError, match=r"row 1, column 'm': '1.23E\+15' is above 1e\+12; mend it"):
        bench.run(bench.csv(f"t,who,m\n{T0},a,1.23E+15\n"), keys={"amount": "m"})


@pytest.mark.parametrize("value", ["#N/A", "#NV", "#N/D", "#N/B", "#Н/Д"])
def test_no_value_of_a_spreadsheet_is_none_in_any_language(bench: Bench, value: str) -> None:
    (event,) = bench.run(bench.csv(f"t,who,x\n{T0},a,{value}\n"), keys={"device": "x"})
    assert event["device_fingerprint"] is None


def test_zeros_alone_are_not_rounded(bench: Bench) -> None:
    zeros = "0" * 32
    events = bench.run(bench.csv("t,who,x\n" + "".join(f"{T0},u{n},{zeros}\n" for n in range(9))), keys={"device": "x"})
    assert len(events) == 9
    assert bench.report is not None and bench.report.unknown == f"no device in 9 rows ({zeros!r})"


def test_a_text_to_list_is_shown_whole(bench: Bench) -> None:
    value = "n/a " + "x" * 50
    with pytest.raises(TableError) as caught:
        bench.run(bench.csv(f"t,who,kind\n{T0},a,{value}\n"), keys={"event_type": {"column": "kind"}})
    assert repr(value) in str(caught.value)
    with pytest.raises(TableError) as caught:
        bench.run(bench.csv(f"t,who,kind\n{T0},a,{value * 9}\n"), keys={"event_type": {"column": "kind"}})
    assert f"{(value * 9)[:120]!r}... is no event type" in str(caught.value)


def test_a_rounded_column_is_named_with_the_whole_path(bench: Bench) -> None:
    table = bench.csv("t,who\n" + "".join(f"{T0},4992346398065{n}0000\n" for n in range(10, 20)))
    with pytest.raises(TableError) as caught:
        bench.run(table, keys={})
    assert str(caught.value).startswith(f"{table}: row 1, column 'who'")
