"""Amounts as people write them: read in the style of the mapping, and never by a guess."""

from __future__ import annotations

from typing import Any

import pytest

from gnn.table_import import TableError
from tests.support.table_bench import T0, Bench

ACCOUNTANT = {
    "column": "m", "decimal": ".", "thousands": ",", "symbols": ["$", "USD"], "minus": ["parentheses", "trailing", "CR"],
    "negative": "refund_request",
}  # fmt: skip
GERMAN = {"column": "m", "decimal": ",", "thousands": ".", "symbols": ["€", "EUR"]}


def amounts(bench: Bench, values: list[str], spec: Any, **keys: Any) -> list[tuple[str, float]]:
    table = bench.csv("t,who,m\n" + "".join(f'{T0},a,"{value}"\n' for value in values))
    return [(line["event_type"], line["amount"]) for line in bench.run(table, keys={"amount": spec, **keys})]


@pytest.mark.parametrize(
    ("spec", "written", "expected"),
    [
        (ACCOUNTANT, "$34.10", 34.1),
        (ACCOUNTANT, "$1,234.50", 1234.5),
        (ACCOUNTANT, "USD 5", 5),
        (ACCOUNTANT, "5.00 usd", 5),
        (ACCOUNTANT, "1,00,000.50", 100_000.5),  # lakh
        (ACCOUNTANT, " $ 1,234 ", 1234),
        (ACCOUNTANT, "(12.00)", -12),
        (ACCOUNTANT, "($12.00)", -12),
        (ACCOUNTANT, "$(12.00)", -12),
        (ACCOUNTANT, "-$12.00", -12),
        (ACCOUNTANT, "$-12.00", -12),
        (ACCOUNTANT, "\u221212.00", -12),  # the minus of print
        (ACCOUNTANT, "12.00-", -12),
        (ACCOUNTANT, "12.00 CR", -12),
        (ACCOUNTANT, "1,234.00cr", -1234),
        (GERMAN, "1.234,56", 1234.56),
        (GERMAN, "1.234,56 €", 1234.56),
        (GERMAN, "EUR 1.234", 1234),
        (GERMAN, "1,5E+03", 1500),
        ({"column": "m", "thousands": "'"}, "1\u2019234.50", 1234.5),  # Swiss, in print
        ({"column": "m", "decimal": ",", "thousands": " "}, "1\u202f234,50", 1234.5),  # French
        ({"column": "m", "decimal": ",", "thousands": " "}, "1\u2009234,50", 1234.5),
        ({"column": "m", "decimal": "."}, "1.234", 1.234),
        ("m", "\u0663\u0664\u066b\u0661", 34.1),  # Arabic digits and point
        ("m", "1.5E+03", 1500),
        ({"column": "m", "symbols": ["Fr."]}, "Fr. 900.00", 900),
        ({"column": "m", "symbols": ["Rs.", "Rs"]}, "Rs.500", 500),
        ({"column": "m", "symbols": ["Rs.", "Rs"]}, "Rs 0.5", 0.5),
        ({"column": "m", "symbols": ["kr."], "decimal": ","}, "12,50 kr.", 12.5),
        ({"column": "m", "divide_by": 100}, "00000001003", 10.03),
        ({"column": "m", "symbols": ["Cr"], "minus": ["Dr"], "negative": "refund_request"}, "5 Cr", 5),
    ],
)
def test_amounts_are_read_in_the_style_of_their_column(bench: Bench, spec: Any, written: str, expected: float) -> None:
    assert amounts(bench, [written], spec) == [("refund_request" if expected < 0 else "order", abs(expected))]


@pytest.mark.parametrize(
    ("spec", "written", "said"),
    [
        ("m", "$34.10", "list '$' in amount.symbols if it is no part of the number"),
        ("m", "12 €", "list '€' in amount.symbols"),
        ("m", "12%", "list '%' in amount.symbols"),
        ("m", "(12.00)", "if parentheses mean a negative number, set amount.minus: parentheses"),
        ("m", "12.00-", "if the dash at its end makes it negative, set amount.minus: trailing"),
        ("m", "12 DR", "if DR makes it negative, set amount.minus: DR and amount.symbols: [CR], else the other way round"),
        ({**ACCOUNTANT, "symbols": []}, "12 DR", "list DR in amount.symbols, as CR makes numbers negative"),
        ("m", "12 Cr", "if it means crore, write the numbers out"),
        ("m", "Fr. 900.00", "list 'Fr.' in amount.symbols"),
        ({"column": "m", "symbols": ["Rs"]}, "Rs.500", "list 'Rs.' in amount.symbols"),  # not half a rupee
        ("m", "1.2k", "'k' may multiply it, as in 1.2k for 1200: write the numbers out"),
        ("m", "$1.5 Mio.", "'Mio.' may multiply it"),
        ("m", "1.2 Mio. €", "'Mio. €' may multiply it"),
        ("m", "3 T€", "'T€' may multiply it"),
        ("m", "1'200.-", "the dash after its mark means no cents"),
        ({**GERMAN, "minus": ["trailing"]}, "1.200,- €", "the dash after its mark means no cents"),
        ("m", "0001000{", "the sign of a mainframe (overpunch); write the numbers out"),
        ("m", "1,234", "it may mean 1234 or 1.234; set amount.thousands: ',' or amount.decimal: ','"),
        ("m", "12,50", "set amount.decimal: ','"),
        ("m", "1,234.56", "set amount.decimal: '.' and amount.thousands: ','"),
        ("m", "1.234,56", "set amount.decimal: ',' and amount.thousands: '.'"),
        ("m", "1'234.50", "set amount.decimal: '.' and amount.thousands: \"'\""),
        ("m", "1 234", "if ' ' groups digits, set amount.thousands: ' '"),
        ("m", "#REF!", "it is an error of a spreadsheet; mend the cell, or list it under missing"),
        ("m", "free", "mend it, or say how numbers are written"),
        (ACCOUNTANT, "0,123", "set amount.decimal: ','"),  # no group begins with 0
        (ACCOUNTANT, "1,23", "set amount.decimal: ','"),
        (ACCOUNTANT, "--5", "mend it"),
        (ACCOUNTANT, "(-5)", "mend it"),  # twice negative is neither
        (ACCOUNTANT, "(5", "mend it"),
        (GERMAN, "1.23", "mend it"),
    ],
)
def test_another_style_is_refused_with_the_key_that_reads_it(bench: Bench, spec: Any, written: str, said: str) -> None:
    with pytest.raises(TableError) as caught:
        amounts(bench, [written], spec)
    assert str(caught.value).startswith(f"{bench.folder / 'table.csv'}: row 1, column 'm': {written!r} is no finite number; ")
    assert said in str(caught.value)


def test_what_may_be_thousands_is_refused_unless_another_amount_tells(bench: Bench) -> None:
    for values in (["1.234"], ["1.234", "12", "5"], ["12"] * 20_000 + ["999.500"]):
        with pytest.raises(TableError, match=r"row \d+, column 'm': '\d+\.\d{3}' may mean \d+ or [\d.]+, and no amount of the"):
            amounts(bench, values, "m")
        assert not bench.out.exists()
    assert amounts(bench, ["1.234", "5.5"], "m") == [("order", 1.234), ("order", 5.5)]
    assert amounts(bench, ["0.125"], "m") == [("order", 0.125)]
    assert amounts(bench, ["1.234"], {**GERMAN}) == [("order", 1234)]


@pytest.mark.parametrize("written", ["€ 1.234", "1.234 €", "-1.234"])
def test_signs_around_a_number_do_not_settle_what_its_point_is(bench: Bench, written: str) -> None:
    with pytest.raises(TableError, match=r"may mean .*, and no amount of the tables tells"):
        amounts(bench, [written, "12"], {"column": "m", "symbols": ["€"], "negative": "absolute"})


@pytest.mark.parametrize(
    ("keys", "rows"),
    [
        ({"attributes": {"numeric": ["n"]}}, ["12,1.234", "5,2.500"]),
        ({"attributes": {"numeric": ["n"]}, "amount": {"column": "m", "decimal": ","}}, ['"12,5",1.234']),
        ({"attributes": {"numeric": ["n", "m"]}, "amount": None}, ["3.100,1.234"]),
    ],
)
def test_an_attribute_that_may_be_thousands_is_refused_where_no_number_tells(bench: Bench, keys: dict[str, Any], rows: list[str]) -> None:
    table = bench.csv("t,who,m,n\n" + "".join(f"{T0},a,{row}\n" for row in rows))
    with pytest.raises(TableError) as caught:
        bench.run(table, keys={"amount": "m", **keys})
    assert "row 1, column 'n': '1.234' may mean 1234 or 1.234, and no number of the tables tells; write {column: n, decimal" in str(
        caught.value
    )
    assert not bench.out.exists()


@pytest.mark.parametrize(
    ("numeric", "rows", "expected"),
    [
        (["n"], ["12.50,1.234"], 1.234),  # the amount tells
        (["n"], ["12,1.234", "12,0.5"], 1.234),
        ([{"column": "n", "decimal": "."}], ["12,1.234"], 1.234),
        ([{"column": "n", "decimal": ",", "thousands": "."}], ["12,1.234"], 1234),
    ],
)
def test_an_attribute_is_read_as_the_other_numbers_are(bench: Bench, numeric: list[Any], rows: list[str], expected: float) -> None:
    table = bench.csv("t,who,m,n\n" + "".join(f"{T0},a,{row}\n" for row in rows))
    assert bench.run(table, keys={"amount": "m", "attributes": {"numeric": numeric}})[0]["attributes"] == {"n": expected}


@pytest.mark.parametrize(
    ("spec", "values", "asked"),
    [
        ("m", ["12.50", "1.234", "7.20"], True),
        ("m", ["12.50", "1.234", "0.125"], False),  # three decimals are usual here
        ("m", ["12.50", "1.234", "7.20991"], False),
        ("m", ["12.50", "1234.500"], False),
        ({"column": "m", "decimal": "."}, ["12.50", "1.234"], False),
    ],
)
def test_a_few_amounts_that_may_be_thousands_are_pointed_out(bench: Bench, spec: Any, values: list[str], asked: bool) -> None:
    amounts(bench, values, spec)
    assert bench.report is not None
    said = "column 'm': 1 amount such as '1.234' beside others of two decimals; if the point groups thousands there, mend"
    assert any(note.startswith(said) for note in bench.report.warnings) is asked


@pytest.mark.parametrize(
    ("spec", "values", "asked"),
    [
        ("m", ["00001000", "00123456"], True),
        ("m", ["00001000", "-0012345"], False),
        ("m", ["00001000", "123456"], False),
        ("m", ["00001000", "0123.456"], False),
        ("m", ["10001000", "10123456"], False),
        ({"column": "m", "divide_by": 100}, ["00001000", "00123456"], False),
    ],
)
def test_padded_amounts_of_one_width_are_pointed_out(bench: Bench, spec: Any, values: list[str], asked: bool) -> None:
    amounts(bench, values, {"negative": "absolute", **(spec if isinstance(spec, dict) else {"column": spec})})
    assert bench.report is not None
    said = "column 'm': all amounts have 8 digits, with zeros before them, as mainframes write cents: if so, set amount.divide_by: 100"
    assert (said in bench.report.warnings) is asked


def test_the_style_of_a_column_goes_before_that_of_all(bench: Bench) -> None:
    table = bench.csv(f't,who,m,n,p\n{T0},a,"1.234,50","2,5",12%\n')
    keys = {
        "amount": {"column": "m", "thousands": "."},
        "numbers": {"decimal": ","},
        "attributes": {"numeric": ["n", {"column": "p", "symbols": ["%"]}]},
    }
    (line,) = bench.run(table, keys=keys)
    assert (line["amount"], line["attributes"]) == (1234.5, {"n": 2.5, "p": 12})


def test_a_negative_amount_is_what_the_mapping_says(bench: Bench) -> None:
    with pytest.raises(TableError, match=r"'-5' is negative; set amount.negative: refund_request or absolute, or mend it"):
        amounts(bench, ["-5"], "m")
    assert amounts(bench, ["-5", "4"], {"column": "m", "negative": "absolute"}) == [("order", 5), ("order", 4)]
    assert amounts(bench, ["-5", "4"], {"column": "m", "negative": "refund_request"}) == [("refund_request", 5), ("order", 4)]
    # a type that carries no amount stays what it is
    keys = {"event_type": "login", "amount": {"column": "m", "negative": "refund_request"}}
    (line,) = bench.run(bench.csv(f"t,who,m\n{T0},a,-5\n"), keys=keys)
    assert (line["event_type"], line.get("amount")) == ("login", None)


def test_two_kinds_of_money_in_one_column_are_warned_of(bench: Bench) -> None:
    spec = {"column": "m", "symbols": ["$", "€"]}
    amounts(bench, ["$5", "€5"], spec)
    assert bench.report is not None
    assert bench.report.warnings == ("amounts with '$' and '€' become one kind of money; split the table if they are several",)
    amounts(bench, ["$5", "$6"], spec)
    assert bench.report.warnings == ()
