"""Where names and values do not settle what a column means, a guessed mapping asks in a comment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from gnn.table_import import TableError, guess_mapping
from gnn.table_import.guess.sample import take_sample

ROWS = 120
FRAUDS = [row % 10 == 3 for row in range(ROWS)]


def cycle(*values: object) -> list[object]:
    return [values[row % len(values)] for row in range(ROWS)]


def guess(tmp_path: Path, columns: dict[str, Sequence[object]], delimiter: str = ";") -> tuple[str, dict[str, Any]]:
    """Return the guess for a table of these columns besides the usual ones: its text and what it maps."""
    usual: dict[str, Sequence[object]] = {
        "id": [f"e{row}" for row in range(ROWS)],
        "date": [f"2024-01-{1 + row % 28:02} {row % 24:02}:00:00" for row in range(ROWS)],
        "user_id": cycle(*(f"u{i}" for i in range(20))),
        "amount": [f"{row}.50" for row in range(ROWS)],
        "is_fraud": [int(fraud) for fraud in FRAUDS],
    }
    drop = {
        "date" if {"time", "step", "hour", "created_at", "when"} & {*columns} or any("date" in name.lower() for name in columns) else "",
        "user_id" if {"account", "customer_id"} & {*columns} else "",
        "is_fraud" if {"class", "label", "is_legit", "Betrugsfall"} & {*columns} and "is_fraud" not in columns else "",
    }
    table = {**{name: values for name, values in usual.items() if name not in drop}, **columns}
    path = tmp_path / "t.csv"
    lines = [delimiter.join(map(str, row)) for row in zip(*table.values(), strict=True)]
    path.write_text("\n".join([delimiter.join(table), *lines]) + "\n", encoding="utf-8")
    text, _ = guess_mapping(path)
    return text, yaml.safe_load(text)


DAYS = [f"2024-01-{1 + row % 28:02}" for row in range(ROWS)]
SLASHED = [f"{1 + row % 28}/{1 + row % 12}/2024" for row in range(ROWS)]
CLOCK = [f"{row % 24:02}:{row % 60:02}:00" for row in range(ROWS)]


@pytest.mark.parametrize(
    ("columns", "wanted"),
    [
        ({"transaction_date": DAYS, "transaction_time": CLOCK}, {"columns": ["transaction_date", "transaction_time"]}),
        ({"date": DAYS, "hour": [row % 24 for row in range(ROWS)]}, {"columns": ["date", "hour"], "format": "%Y-%m-%d %H"}),
        (
            {"date": DAYS, "time": [f"{row % 24}:{row % 60:02}" for row in range(ROWS)]},
            {"columns": ["date", "time"], "format": "%Y-%m-%d %H:%M"},
        ),
        ({"date": SLASHED, "time": CLOCK}, {"columns": ["date", "time"], "format": "%d/%m/%Y %H:%M:%S"}),
        (
            {"date": DAYS, "time": [f"{1 + row % 12}:05 {'AP'[row % 2]}M" for row in range(ROWS)]},
            {"columns": ["date", "time"], "format": "%Y-%m-%d %I:%M %p"},
        ),
        (
            {"date": [f"{day} 00:00:00" for day in DAYS], "time": CLOCK},
            {"columns": ["date", "time"], "format": "%Y-%m-%d 00:00:00 %H:%M:%S"},
        ),
        ({"order_date": DAYS, "order_time": CLOCK, "ship_time": CLOCK}, {"columns": ["order_date", "order_time"]}),
        ({"when": [f"{day} AM" for day in [f"{s} 0{1 + i % 9}:00" for i, s in enumerate(SLASHED)]]}, {"format": "%d/%m/%Y %I:%M %p"}),
    ],
)
def test_the_time_of_day_is_kept(columns: dict[str, Sequence[object]], wanted: Any, tmp_path: Path) -> None:
    text, found = guess(tmp_path, columns)
    assert found["event_time"].items() >= wanted.items()
    assert f"# Tried: {ROWS} of the first {ROWS} rows become events" in text


@pytest.mark.parametrize(
    "columns",
    [
        {"date": DAYS, "first_time": CLOCK, "second_time": CLOCK},
        {"date": DAYS, "first_time": [row % 24 * 100 + row % 60 for row in range(ROWS)]},
    ],
)
def test_a_time_of_day_that_is_not_joined_is_said(columns: dict[str, Sequence[object]], tmp_path: Path) -> None:
    text, found = guess(tmp_path, columns)
    assert found["event_time"] == "date"
    assert "days alone: join the time of day, which may be in first_time" in text


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"step": [row // 3 for row in range(ROWS)]}, "column 'step', such as '0': counts from a day of its own"),
        ({"date": cycle("01/02/2023", "03/04/2023")}, "day or month may be first; set event_time.format: '%d/%m/%Y' or '%m/%d/%Y'"),
        ({"order_date": [45_000 + row for row in range(ROWS)]}, "event_time.origin: 1899-12-30"),
        ({"time": [20240101 + row % 28 for row in range(ROWS)]}, "set event_time.format: '%Y%m%d'"),
        ({"date": cycle("24-05-01 10:00", "24-05-18 10:00")}, "'%y-%m-%d %H:%M' if it is 2024-05-01T10:00:00Z, or event_time.format: '%d-"),
        ({"created_at": [3607 * row for row in range(ROWS)]}, "column 'created_at', such as '0': counts from a day of its own"),
        ({"created_at": cycle("2030141700", "2030145700")}, "since 1960, as SAS counts"),
        ({"date": cycle("2024122", "2024130")}, "set event_time.format: '%Y%j'"),
        ({"date": cycle("45413,5", "45414,25")}, "event_time.unit: d and event_time.origin: 1899-12-30"),
        ({"date": cycle("2024-05-01 10:00:00 EST", "2024-05-02 10:00:00 EST")}, "event_time.time_zone: Etc/GMT+5"),
        ({"date": cycle("1 Mayıs 2024 10:00", "2 Mayıs 2024 11:00")}, "a month that is not English"),
        (
            {"created_at": ["2024-05-01 10:00:00"] * 60 + ["created_at"] + ["2024-05-02 10:00:00"] * 59},
            "column 'created_at', such as 'created_at': it is the header again; strike the row",
        ),
        (
            {"created_at": cycle("2024-05-01 10:00:00", "31/05/2024 10:00:00")},
            "such as '31/05/2024 10:00:00': others are written as '2024-05-01 10:00:00': write all in one form",
        ),
        (
            {"day": [row // 8 for row in range(ROWS)], "hour": [row % 24 for row in range(ROWS)]},
            "event_time: {day_column: day, hour_column: hour, origin: 2024-01-01}",
        ),
        ({"time": cycle("1.71E+12", "1.72E+12")}, "a spreadsheet has rounded it"),
    ],
)
def test_a_time_in_doubt_is_asked_for(columns: dict[str, Sequence[object]], said: str, tmp_path: Path) -> None:
    text, found = guess(tmp_path, columns)
    assert "event_time" not in found
    assert said in text


@pytest.mark.parametrize(
    ("values", "layout"),
    [
        (cycle("Mar 1, 2024 8:14:00 AM", "Apr 1, 2024 8:14:00 AM"), "%b %d, %Y %I:%M:%S %p"),
        (cycle("01MAY2024:00:15:00.000", "02MAY2024:00:15:00.500"), "%d%b%Y:%H:%M:%S.%f"),
        (cycle("Wed May 01 00:15:00 UTC 2024", "Thu May 02 00:15:00 UTC 2024"), "%a %b %d %H:%M:%S UTC %Y"),
        (cycle("Wed, 01 May 2024 00:15:00 +0200", "Thu, 02 May 2024 00:15:00 +0000"), "%a, %d %b %Y %H:%M:%S %z"),
        (cycle("20240501 101500", "20240531 101500"), "%Y%m%d %H%M%S"),
        (cycle("2024/05/01 10:15", "2024/05/31 10:15"), "%Y/%m/%d %H:%M"),
    ],
)
def test_the_one_format_that_reads_all_times_is_guessed(values: Sequence[object], layout: str, tmp_path: Path) -> None:
    text, found = guess(tmp_path, {"order date": values})
    assert found["event_time"] == {"column": "order date", "format": layout}
    assert f"# Tried: {ROWS} of the first {ROWS} rows become events" in text


@pytest.mark.parametrize("zone", ["+00", "+0000", "+00:00", " UTC", "Z", ".123456+00"])
def test_offsets_of_every_form_are_times(zone: str, tmp_path: Path) -> None:
    text, found = guess(tmp_path, {"when": [f"{day} 10:00:00{zone}" for day in DAYS]})
    assert found["event_time"] == "when"
    assert f"# Tried: {ROWS} of the first {ROWS} rows become events" in text


@pytest.mark.parametrize(
    "values",
    [
        [f"{1_714_522_500 + row * 1000}.25" for row in range(ROWS)],
        [f"{45_413 + row}.5" for row in range(ROWS)],
        [20240101 + row % 28 for row in range(ROWS)],
    ],
)
def test_a_time_that_is_not_understood_is_no_input(values: Sequence[object], tmp_path: Path) -> None:
    text, found = guess(tmp_path, {"created_at": values})
    assert not {"event_time", "attributes"} & {*found}
    assert "#   column 'created_at', such as " in text


def test_a_row_s_own_time_is_the_event_where_there_is_no_other(tmp_path: Path) -> None:
    created = [f"{day}T10:00:00Z" for day in DAYS]
    assert guess(tmp_path, {"created_at": created, "updated_at": created, "customer_created_at": created})[1]["event_time"] == "created_at"
    assert guess(tmp_path, {"Created date (UTC)": created})[1]["event_time"] == "Created date (UTC)"


@pytest.mark.parametrize(
    ("name", "fraud", "legitimate"),
    [
        ("is_legit", 0, 1),
        ("Dispute Status", "lost", "none"),
        ("Status", "Suspected Fraud", "complete"),
        ("Order Status", "closed", "open"),
        ("Betrugsfall", "ja", "nein"),
        ("blocked", 1, 0),
        ("review_status", "confirmed", "clear"),
        ("investigator", "bob", ""),
        ("kanal", "x", "y"),
        ("ticket", "t1", ""),
        ("ring", 900, 1),
        ("good", "no", "yes"),
    ],
)
def test_what_tells_the_answer_is_no_input(name: str, fraud: object, legitimate: object, tmp_path: Path) -> None:
    label = [int(yes) for yes in FRAUDS]
    text, found = guess(tmp_path, {name: [fraud if yes else legitimate for yes in FRAUDS], "is_fraud": label, "shop": cycle("a", "b", "c")})
    assert found["attributes"] == {"categorical": ["shop"]}
    assert any(line.startswith("# left out, as its ") and name in line for line in text.splitlines())


def test_a_number_that_orders_the_frauds_is_no_input(tmp_path: Path) -> None:
    points = [f"{900 + row if fraud else row}.5" for row, fraud in enumerate(FRAUDS)]
    _, found = guess(tmp_path, {"points": points, "age": [18 + row * 7 % 60 for row in range(ROWS)]})
    assert found["attributes"] == {"numeric": ["age"]}


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("class", cycle("Y", "N"), "column 'class' holds 'N', 'Y', and its name may mean other things"),
        ("class", cycle(1, 1, 1, 0), "column 'class' is '0', '1', 75% of them yes: too many for frauds"),
        ("label", cycle(-1, -1, 1), "column 'label' holds '-1', '1'"),
        ("is_fraud", cycle("ja", "nein"), "column 'is_fraud' holds 'ja', 'nein'; if it is the label, list what they mean"),
        ("is_legit", cycle(1, 0), "column 'is_legit' is '0' or '1': if it says that there is no fraud"),
    ],
)
def test_a_label_in_doubt_is_asked_for(name: str, values: Sequence[object], said: str, tmp_path: Path) -> None:
    text, found = guess(tmp_path, {name: values})
    assert "label" not in found
    assert f"# label: not recognised; {said}" in text


def test_rare_ones_of_a_class_are_frauds(tmp_path: Path) -> None:
    assert guess(tmp_path, {"class": [int(fraud) for fraud in FRAUDS]})[1]["label"]["column"] == "class"


def test_a_kind_of_account_is_no_account_and_guests_are_said(tmp_path: Path) -> None:
    text, found = guess(tmp_path, {"account": cycle("gold", "silver", "basic")})
    assert "account" not in found
    assert "column 'account' holds 3 values such as 'gold', too few for that" in text
    text, _ = guess(tmp_path, {"customer_id": [0 if row % 2 else row for row in range(ROWS)]})
    assert "# account: 61 rows have '0': if that is no one (a guest), they become one account" in text


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (cycle("1234,56", "7,5"), {"decimal": ","}),
        (cycle("8.824,52", "97,10", "1.234"), {"decimal": ",", "thousands": "."}),
        (cycle("$1,234.50", "$7.00"), {"decimal": ".", "thousands": ",", "symbols": ["$"]}),
        (cycle("1'234.50", "7.00"), {"decimal": ".", "thousands": "'"}),
        (cycle("12,50 EUR", "7,00 EUR"), {"decimal": ",", "symbols": ["EUR"]}),
    ],
)
def test_an_amount_s_style_is_guessed_where_it_is_certain(values: Sequence[object], wanted: dict[str, Any], tmp_path: Path) -> None:
    text, found = guess(tmp_path, {"amount": values})
    assert found["amount"] == {"column": "amount", **wanted}
    assert found["event_type"] == "payment"
    assert f"# Tried: {ROWS} of the first {ROWS} rows become events" in text


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("amount", cycle("1,234", "2,500"), "column 'amount' is not understood, such as '1,234'"),
        ("amount", cycle("1.234", "2.500"), "column 'amount' is not understood, such as '1.234'"),
        ("amount", cycle("1.234,50", "1,234.50"), "column 'amount' is not understood"),
        ("amount", cycle("$7.50", "€8.50"), "column 'amount' holds amounts with '$' and '€'"),
        ("amount", cycle("7,50", "4.296,49-"), "column 'amount' is not understood, such as '4.296,49-'; if the dash at its end"),
        ("amount", cycle("7.50", "(8.50)"), "column 'amount' is not understood, such as '(8.50)'"),
    ],
)
def test_a_purchase_of_unclear_amount_is_no_signup(name: str, values: Sequence[object], said: str, tmp_path: Path) -> None:
    text, found = guess(tmp_path, {name: values})
    assert (found["event_type"], found["amount"]) == ("payment", name), "an import then names the amount, not another key"
    assert "attributes" not in found
    assert f"# {said}" in text and "# Tried" not in text


@pytest.mark.parametrize("name", ["Card Last4", "PLZ", "Debitor", "txn", "Kundennummer", "iban_nr", "Rechnung", "Card Fingerprint"])
def test_numbers_that_name_things_are_no_inputs(name: str, tmp_path: Path) -> None:
    _, found = guess(tmp_path, {name: [1000 + row * 37 % 97 for row in range(ROWS)]})
    assert "attributes" not in found


def test_numbers_in_order_or_with_leading_zeros_are_no_inputs(tmp_path: Path) -> None:
    _, found = guess(tmp_path, {"lauf": list(range(ROWS)), "filiale": [f"{row * 37 % 97:05}" for row in range(ROWS)]})
    assert "attributes" not in found


def test_a_guess_is_tried_as_an_import(tmp_path: Path) -> None:
    text, _ = guess(tmp_path, {"user_id": ["", *cycle(*(f"u{i}" for i in range(20)))[1:]]})
    assert f"# Tried, and an import of the first {ROWS} rows fails: " in text
    assert "row 1, column 'user_id': is empty" in text


GERMAN = [f"{1 + row}.{100 + row},50" for row in range(ROWS)]
THOUSANDS = [f"{1 + row % 9}.{100 + row:03}" for row in range(ROWS)]


@pytest.mark.parametrize(
    ("columns", "numeric"),
    [
        ({"amount": GERMAN, "income": THOUSANDS}, [{"column": "income", "decimal": ",", "thousands": "."}]),
        ({"amount": GERMAN, "income": GERMAN}, [{"column": "income", "decimal": ",", "thousands": "."}]),
        ({"amount": GERMAN, "share": [f"0.{100 + row}" for row in range(ROWS)]}, ["share"]),
        ({"income": THOUSANDS}, ["income"]),  # the amounts, such as 7.50, tell
        ({"rate": [f"{row}%" for row in range(ROWS)]}, [{"column": "rate", "symbols": ["%"]}]),
        ({"amount": [str(row) for row in range(ROWS)], "income": THOUSANDS, "lat": [f"{row}.5" for row in range(ROWS)]}, ["lat", "income"]),
    ],
)
def test_the_numbers_of_attributes_are_read_as_the_table_writes_them(columns: Any, numeric: list[Any], tmp_path: Path) -> None:
    text, found = guess(tmp_path, columns)
    assert sorted(map(str, found["attributes"]["numeric"])) == sorted(map(str, numeric))
    assert f"# Tried: {ROWS} of the first {ROWS} rows become events" in text


def test_an_attribute_that_may_be_thousands_is_asked_for(tmp_path: Path) -> None:
    text, found = guess(tmp_path, {"amount": list(range(ROWS)), "income": THOUSANDS})
    assert "attributes" not in found
    assert "# numeric 'income', such as '1.100', may be thousands: write {column: income, decimal: ',', thousands: '.'} or" in text


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (cycle("1.2k", "900"), "'k' may multiply it"),
        (cycle("0.900k"), "'k' may multiply it"),
        (cycle("5 CR", "6 DR"), "if CR makes it negative, set amount.minus: CR and amount.symbols: [DR], else the other way round"),
        (cycle("000100{", "000123A", "000123C"), "the sign of a mainframe (overpunch)"),
        (cycle("3 lakh", "2 lakh"), "'lakh' may multiply it"),
    ],
)
def test_words_that_are_no_sign_of_money_are_named(values: Sequence[object], said: str, tmp_path: Path) -> None:
    text, found = guess(tmp_path, {"amount": values})
    assert said in text
    assert found["amount"] == "amount" and "# Tried" not in text


def test_a_sign_of_money_may_end_with_a_point(tmp_path: Path) -> None:
    text, found = guess(tmp_path, {"amount": cycle("Fr. 1'900.00", "Fr. 12.50")})
    assert found["amount"]["symbols"] == ["Fr."]
    assert f"# Tried: {ROWS} of the first {ROWS} rows become events" in text


def test_cents_are_named_with_the_key_that_divides_them(tmp_path: Path) -> None:
    text, _ = guess(tmp_path, {"amount_cents": list(range(ROWS)), "amount": [""] * ROWS})
    assert "if so, write amount: {column: amount_cents, divide_by: 100}" in text


def test_an_id_that_repeats_is_named_with_the_value(tmp_path: Path) -> None:
    text, found = guess(tmp_path, {"id": cycle(*range(60))})
    assert "event_id" not in found
    assert "# event_id: not recognised, as column 'id' repeats '0', 2 times: strike rows that are there twice" in text
    assert "as column 'id' is empty in 1 row" in guess(tmp_path, {"id": ["", *range(1, ROWS)]})[0]


def test_the_columns_of_amazon_are_recognised(tmp_path: Path) -> None:
    times = [f"2024-01-{1 + row % 28:02}T{row % 24:02}:30:00Z" for row in range(ROWS)]
    columns: dict[str, Sequence[object]] = {
        "EVENT_TIMESTAMP_date": times, "EVENT_LABEL": [int(fraud) for fraud in FRAUDS], "LABEL_TIMESTAMP": ["2024-03-01T00:00:00Z"] * ROWS,
        "order_amt": [f"{row}.50" for row in range(ROWS)], "billing_street": [f"{row} High Street" for row in range(ROWS)],
        "amount": [""] * ROWS, "is_fraud": [""] * ROWS,
    }  # fmt: skip
    text, found = guess(tmp_path, columns)
    assert found["label"] == {"column": "EVENT_LABEL", "time_column": "LABEL_TIMESTAMP"}
    assert (found["amount"], found["address"]) == ("order_amt", "billing_street")
    assert f"# Tried: {ROWS} of the first {ROWS} rows become events" in text


LETTERS = [
    ("cp1250", ["Święta Żółć", "Łódź"], "ę"),
    ("cp1253", ["Οδός Ερμού", "Αθήνα"], "δ"),
    ("cp1254", ["İstiklal Çeşme", "Kadıköy Şişli", "Bağ"], "ş"),
    ("cp1255", ["רחוב הרצל", "תל אביב"], "ח"),
    ("cp1256", ["شارع الملك", "الرياض"], "ش"),
    ("cp850", ["Königstraße", "Düsseldorfer Weg", "Rue de la Forêt"], "ß"),
    ("mac_roman", ["Königstraße", "Düsseldorfer Weg", "Rue de la Forêt"], "ß"),
    ("gb18030", ["北京市朝阳区", "上海"], ""),
    ("cp1251", ["улица Ленина", "Москва"], ""),
]


@pytest.mark.parametrize(("encoding", "places", "letter"), LETTERS)
def test_a_guess_reads_other_encodings(encoding: str, places: list[str], letter: str, tmp_path: Path) -> None:
    """Where an import asks for csv.encoding, the guess names the likeliest, to be looked at."""
    path = tmp_path / "t.csv"
    rows = [f"2024-01-{1 + row % 28:02} 10:00:00,u{row % 20},{row}.50,{places[row % len(places)]}" for row in range(60)]
    path.write_bytes("\n".join(["created_at,user_id,amount,city", *rows]).encode(encoding))
    text, complete = guess_mapping(path)
    assert complete and "# Tried: 60 of the first 60 rows become events" in text
    assert take_sample(path).columns[-1].values == tuple(places[row % len(places)] for row in range(60))
    if "csv" in yaml.safe_load(text):  # else the import recognises it
        assert yaml.safe_load(text)["csv"] == {"encoding": encoding}
        assert letter in text.split("look at the letters: ")[1].split(";")[0]


def test_a_damaged_line_among_utf8_is_to_be_mended(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"t,who\n" + "1,Zoë\n1,Noël\n".encode() + b"1,\xfc\n")
    with pytest.raises(TableError, match=r"line 4 is not utf-8, though most of it is; mend that line"):
        guess_mapping(path)


TABLE = [f"{1000 + row},2024-01-{1 + row % 28:02} 10:00:00,u{row % 9},{row}.50" for row in range(60)]


def test_rows_may_end_in_a_delimiter_that_the_header_has_not(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["order_id,created_at,user_id,amount", *(f"{row}," for row in TABLE)]), encoding="utf-8")
    text, complete = guess_mapping(path)
    assert complete and "# Tried: 60 of the first 60 rows become events" in text
    assert yaml.safe_load(text)["event_id"] == "order_id"


def test_row_names_without_a_header_are_named(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["order_id,created_at,user_id,amount", *(f"{n},{row}" for n, row in enumerate(TABLE))]), encoding="utf-8")
    with pytest.raises(TableError, match=r"one field more in its rows than in its header, as R writes row names; put a name and ','"):
        guess_mapping(path)
    path.write_text(f"row,{path.read_text(encoding='utf-8')}", encoding="utf-8")
    assert guess_mapping(path)[1], "the mend works"
