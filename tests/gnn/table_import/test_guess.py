"""A guessed mapping finds what names and values agree on, invents nothing, and loads as it is."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from gnn.table_import import TableError, guess_mapping
from tests.gnn.table_import.public_tables import SETS
from tests.gnn.table_import.test_public_sets import FRAUDS, events_of, table_of

FOUND: dict[str, dict[str, Any]] = {
    "aws_registration": {"event_type": "signup", "event_time": "EVENT_TIMESTAMP", "account": "email_address", "ip": "ip_address"},
    "aws_transaction": {
        "event_id": "EVENT_ID", "event_time": "EVENT_TIMESTAMP", "account": "ENTITY_ID", "device": "user_agent", "payment": "card_bin",
        "merchant": "merchant", "email": "customer_email", "ip": "ip_address", "amount": "order_price", "currency": "payment_currency",
    },
    "fraudecom": {
        "event_time": "purchase_time", "account": "user_id", "device": "device_id", "ip": "ip_address", "amount": "purchase_value",
        "account_created_at": "signup_time",
    },
    "handbook": {
        "event_id": "TRANSACTION_ID", "event_time": "TX_DATETIME", "account": "CUSTOMER_ID", "merchant": "TERMINAL_ID",
        "amount": "TX_AMOUNT",
    },
    "paysim": {
        "event_time": {"column": "step", "unit": "h", "origin": "2017-12-01"},
        "account": "nameOrig", "merchant": "nameDest", "amount": "amount",
    },
    "sparkov": {
        "event_id": "trans_num", "event_time": "trans_date_trans_time", "account": "cc_num", "payment": "cc_num", "merchant": "merchant",
        "amount": "amt", "address": {"line1": "street", "city": "city", "region": "state", "postal_code": "zip"},
    },
    "tabformer": {
        "event_time": {"columns": ["Year", "Month", "Day", "Time"], "format": "%Y %m %d %H:%M"},
        "account": "User", "payment": ["User", "Card"],
        "amount": {"column": "Amount", "symbols": ["$"], "negative": "refund_request"},
    },
}  # fmt: skip
NOT_FOUND = {"baf": ("event_time", "account"), "elliptic": ("event_time", "account", "label"), "ieee_cis": ("account",)}
ANSWERS = ("TX_FRAUD_SCENARIO", "isFlaggedFraud", "LABEL_TIMESTAMP", "credit_risk_score", "class")


def document_of(table: Path) -> dict[str, Any]:
    document = yaml.load(guess_mapping(table)[0], yaml.BaseLoader)
    assert isinstance(document, dict)
    return document


@pytest.mark.parametrize("name", FOUND)
def test_the_columns_of_public_sets_are_found_and_import_as_they_are(name: str, tmp_path: Path) -> None:
    table, mapping = table_of(name, tmp_path), tmp_path / "guess.yaml"
    text, complete = guess_mapping(table)
    assert complete
    found = document_of(table)
    assert {key: found.get(key) for key in FOUND[name]} == FOUND[name]
    mapping.write_text(text, encoding="utf-8")
    lines = events_of(mapping, table, tmp_path)
    assert sum(line["event_type"] != "label" for line in lines) == 60
    assert sum(line.get("is_fraud", False) for line in lines) == FRAUDS.get(name, 3)
    assert "# Tried: 60 of the first 60 rows become events" in text


@pytest.mark.parametrize("name", NOT_FOUND)
def test_what_is_not_known_stays_a_comment(name: str, tmp_path: Path) -> None:
    text, complete = guess_mapping(table_of(name, tmp_path))
    assert not complete
    for key in NOT_FOUND[name]:
        assert f"\n# {key}: not recognised; " in text
        assert f"\n{key}:" not in text


@pytest.mark.parametrize("name", SETS)
def test_every_key_has_a_comment_and_no_answer_is_an_input(name: str, tmp_path: Path) -> None:
    text, _ = guess_mapping(table_of(name, tmp_path))
    lines = text.splitlines()
    for above, line in pairwise(lines):
        assert line.startswith(("#", "  ")) or "  # " in line or above.startswith("# "), line
    inputs = yaml.safe_load(text).get("attributes", {})
    assert not {*inputs.get("numeric", []), *inputs.get("categorical", [])} & {*ANSWERS, "isFraud", "is_fraud", "TX_FRAUD", "EVENT_LABEL"}


TIMES = [
    (["25/12/2023 10:00", "01/02/2023 11:30"], {"column": "when", "format": "%d/%m/%Y %H:%M"}),
    (["12/25/2023", "01/02/2023"], {"column": "when", "format": "%m/%d/%Y"}),
    (["25.12.2023", "01.02.2023"], {"column": "when", "format": "%d.%m.%Y"}),
    (["01/02/2023", "03/04/2023"], None),
    (["25/12/2023", "12/25/2023"], None),
    (["20231225", "20230101"], None),
]


@pytest.mark.parametrize(("values", "wanted"), TIMES)
def test_times_are_found_where_only_one_reading_fits(values: list[str], wanted: Any, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("when,user_id\n" + "".join(f"{value},u{i}\n" for i, value in enumerate(values * 3)), encoding="utf-8")
    assert document_of(table).get("event_time") == wanted


@pytest.mark.parametrize(("unit", "factor"), [("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)])
def test_numbers_since_1970_need_a_name_and_a_size(unit: str, factor: int, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    rows = "".join(f"{(1_700_000_000 + i) * factor},u{i}\n" for i in range(5))
    table.write_text("timestamp,user_id\n" + rows, encoding="utf-8")
    assert document_of(table)["event_time"] == {"column": "timestamp", "unit": unit}
    table.write_text("amount,user_id\n" + rows, encoding="utf-8")
    assert "event_time" not in document_of(table)


def test_names_alone_and_values_alone_are_not_enough(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(
        "merchant,currency,class,account,email,ip,device\n" + "0.5,EURO,3,0.25,none,x,0.1\n1.5,US,4,0.75,y,z,0.2\n", encoding="utf-8"
    )
    assert set(document_of(table)) == {"event_type"}


def test_other_delimiters_packings_and_encodings_are_seen(tmp_path: Path) -> None:
    import gzip

    table = tmp_path / "t.csv"
    rows = "".join(f"2024-01-{i:02d} 10:00:00;Zoë{i};{i},50\n" for i in range(1, 9))
    table.write_bytes(gzip.compress(("time;customer_id;amount\n" + rows).encode("utf-16")))
    found = document_of(table)
    assert (found["csv"], found["account"]) == ({"delimiter": ";"}, "customer_id")
    assert found["amount"] == {"column": "amount", "decimal": ","}


def test_only_the_first_rows_are_read(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    with table.open("w", encoding="utf-8") as file:
        file.write("time,user_id\n")
        file.writelines(f"2024-01-01 10:00:00,u{i}\n" for i in range(100_000))
        file.write('broken,"\n')
    text, complete = guess_mapping(table)
    assert complete
    assert "the first 1,000 rows" in text


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    table = tmp_path / "t.parquet"
    when = pa.array([1_700_000_000_000 + i for i in range(6)], pa.timestamp("ms"))
    pq.write_table(pa.table({"when": when, "user_id": list(range(6)), "fraud": [True, False] * 3, "parts": [[1]] * 6}), table)
    found = document_of(table)
    assert (found["event_time"], found["account"], found["label"]["column"]) == ("when", "user_id", "fraud")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("a,b\n", "holds no rows below its header"),
        ("1,2\n3,4\n", "has no header line"),
        ('[{"a": 1}]', "is JSON"),
        ("t,who\n" + "0" * (1 << 21), "has a line longer than 512 KiB"),
        ("a,a\n1,2\n", "has 2 columns named 'a'"),
    ],
)
def test_an_unfit_table_is_one_sentence(text: str, said: str, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(text, encoding="utf-8")
    with pytest.raises(TableError, match=said):
        guess_mapping(table)
