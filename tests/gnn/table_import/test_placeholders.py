"""Texts of nobody in columns of identifiers: counted, asked about, or refused, as the job takes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.events.event import Rejected
from domain.events.identity import MISSING, Pseudonyms, nobody
from domain.events.parser import EventParser
from domain.graph import ENTITY_FIELDS, GraphSettings
from gnn.table_import import TableError
from gnn.table_import.rows.placeholders import WORDS
from tests.support.table_bench import T0, Bench

GRAPH = GraphSettings(entities=tuple(ENTITY_FIELDS), ring_entities=())
PARSE = EventParser(GRAPH, Pseudonyms(b"test")).parse
TEXTS = [
    "none@none.com", "noemail@shop.de", "test@test.com", "-1", "NA", "undefined", "0", "00000000-0000-0000-0000-000000000000",
    "unknown", "UNKNOWN", "Unknown", "-", "null null", "[object Object]", "0.0.0.0", "::", "127.0.0.1", "guest", "n.a.", "xxxx", "(null)",
    "9774d56d682e549c", "not provided", "no address", "TBD", "deleted", "unbekannt", "noreply@shop.de", "999999", "real-7", "10.1.2.3",
    "2001:db8::7", "ann@shop.de",
]  # fmt: skip
REAL = {"real-7", "10.1.2.3", "2001:db8::7", "ann@shop.de"}


def run(bench: Bench, key: str, values: list[str], **keys: Any) -> Any:
    """Import a table in which each value is that of six accounts, beside others."""
    cells = [*(value for value in values for _ in range(6)), *(f"other{n}" for n in range(3))]
    table = bench.csv("t,who,x\n" + "".join(f'{T0},u{row},"{cell}"\n' for row, cell in enumerate(cells)))
    lines = bench.run(table, keys={key: "x", **keys})
    assert bench.report is not None
    return lines


@pytest.mark.parametrize("key", [kind for kind in ENTITY_FIELDS if kind != "account"])
@pytest.mark.parametrize("value", TEXTS)
def test_the_import_counts_what_the_job_drops_and_asks_about_the_rest(bench: Bench, key: str, value: str) -> None:
    lines = run(bench, key, [value])
    assert bench.report is not None
    event = PARSE(json.dumps(lines[0]).encode())
    dropped = event.entities[GRAPH.entities.index(key)] == MISSING
    spoken = {"ip": "IP address", "email": "e-mail address"}.get(key, key)
    shown = "0.0.0.0" if (key, value) == ("ip", "0") else value
    assert bench.report.unknown == (f"no {spoken} in 6 rows ({shown!r})" if dropped else "")
    asked = [note for note in bench.report.warnings if note.startswith("column 'x'")]
    mend = f"column 'x': {value!r} in 6 rows; if that is no one, it joins strangers: list it under missing"
    assert asked == ([] if dropped or value in REAL or (key, value) == ("ip", "999999") else [mend])


@pytest.mark.parametrize(
    "value", ["unknown", "N/a", "undefined", "(null)", "-", "[object Object]", "Guest", "-1", "{}", "00000000-0000-0000-0000-000000000000"]
)
def test_an_account_of_nobody_is_a_bad_row_for_the_job_rejects_it(bench: Bench, value: str) -> None:
    table = bench.csv(f"t,who\n{T0},u1\n{T0},{value}\n")
    with pytest.raises(TableError, match=r"row 2, column 'who': says that the account is not known; map a column that tells guests apart"):
        bench.run(table, keys={})
    assert len(bench.run(table, keys={"on_error": {"skip": 0.5}})) == 1
    assert bench.report is not None
    assert bench.report.skipped == {"who: says that the account is not known": 1}
    with pytest.raises(Rejected, match="says that the account is not known"):
        PARSE(json.dumps({"event_id": "1", "event_type": "login", "event_time": T0, "account_id": value}).encode())


def test_guests_with_one_account_are_asked_about(bench: Bench) -> None:
    bench.run(bench.csv("t,who\n" + f"{T0},Gast\n" * 4 + f"{T0},u1\n"), keys={})
    assert bench.report is not None
    assert bench.report.warnings == (
        "column 'who': 'Gast' in 4 rows; if that is no one, it joins strangers: "
        "map a column that tells them apart, or skip such rows (missing, with on_error: skip)",
    )


def test_no_word_is_in_two_lists_and_each_is_in_lower_case() -> None:
    theirs = [nobody.OF_NOBODY, nobody.SHARED, nobody.FILLERS]
    assert sum(map(len, theirs)) == len(frozenset().union(*theirs))
    mine = WORDS - {"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"}  # parts of no list: see `names_nobody`
    assert not mine & frozenset().union(*theirs)
    assert all(word == word.lower() for word in mine.union(*theirs))


@pytest.mark.parametrize(
    "value",
    [*sorted(word for word in nobody.OF_NOBODY | nobody.SHARED | nobody.FILLERS if word.strip("0")),  # zeros may count from one
     "guest@guest.com", "abc@abc.de", "noreply@x.de"],
)  # fmt: skip
def test_every_word_that_the_job_drops_is_counted(bench: Bench, value: str) -> None:
    lines = run(bench, "device", [value], email="x")
    assert bench.report is not None
    event = PARSE(json.dumps(lines[0]).encode())
    for kind, spoken in (("device", "device"), ("email", "e-mail address")):
        if event.entities[GRAPH.entities.index(kind)] == MISSING and lines[0].get("email"):
            assert f"no {spoken} in 6 rows" in bench.report.unknown


def test_a_mailbox_of_nobody_is_asked_about_as_an_account(bench: Bench) -> None:
    bench.run(bench.csv("t,who\n" + f"{T0},none@none.com\n" * 3 + f"{T0},ann@x.de\n"), keys={})
    assert bench.report is not None
    assert [note.split(";")[0] for note in bench.report.warnings] == ["column 'who': 'none@none.com' in 3 rows"]


@pytest.mark.parametrize("value", ["999.1.1.1", "10.0.0", "203.0.113.7, 198.51.100.4", "1.2.3.4.5"])
def test_an_ip_address_that_the_job_rejects_is_a_bad_row(bench: Bench, value: str) -> None:
    with pytest.raises(TableError, match="row 1, column 'x': is no IP address, or several; mend it, or list it under missing"):
        run(bench, "ip", [value])
    run(bench, "ip", [value], missing=[value])


@pytest.mark.parametrize("value", ["10.0.0.1:443", "[2001:db8::1]:80", "::ffff:10.0.0.1", "2001:db8:1:2:3:4:5:6", "fe80::1", "a1b2c3d4"])
def test_ip_addresses_that_the_job_takes_are_taken(bench: Bench, value: str) -> None:
    run(bench, "ip", [value])
    assert bench.report is not None
    assert (bench.report.unknown, bench.report.warnings) == ("", ())


def test_numbers_that_count_from_zero_are_ids_like_the_others(bench: Bench) -> None:
    rows = "".join(f"{T0},{n % 10},{n % 7},{n % 5}\n" for n in range(70))
    bench.run(bench.csv(f"t,who,d,m\n{rows}"), keys={"device": "d", "merchant": "m"})
    assert bench.report is not None
    assert bench.report.warnings == ()
    rows += f"{T0},8,0,3\n" * 90
    bench.run(bench.csv(f"t,who,d,m\n{rows}{T0},9,0,3\n"), keys={"device": "d", "merchant": "m"})
    assert [note.split(";")[0] for note in bench.report.warnings] == ["column 'd': '0' in 101 rows"]


def test_a_text_of_one_account_alone_joins_nobody(bench: Bench) -> None:
    bench.run(bench.csv("t,who,d\n" + f"{T0},a,nn\n" * 9 + f"{T0},b,x7\n"), keys={"device": "d"})
    assert bench.report is not None
    assert (bench.report.warnings, bench.report.unknown) == ((), "")


def test_joined_columns_of_nobody_are_no_identifier(bench: Bench) -> None:
    rows = "".join(f"{T0},u{n},unknown,unknown\n" for n in range(3))
    events = bench.run(bench.csv(f"t,who,ua,screen\n{rows}"), keys={"device": ["ua", "screen"]})
    assert [event["device_fingerprint"] for event in events] == [None] * 3
    assert bench.report is not None
    assert bench.report.unknown == "no device in 3 rows (3 rows with a part of ua+screen missing)"


def test_joined_guests_are_asked_about(bench: Bench) -> None:
    rows = "".join(f"{T0},u{n},guest,guest\n" for n in range(3))
    bench.run(bench.csv(f"t,who,ua,screen\n{rows}"), keys={"device": ["ua", "screen"]})
    assert bench.report is not None
    assert bench.report.warnings == (
        "column 'ua+screen': 'guest|guest' in 3 rows; if that is no one, it joins strangers: list it under missing",
    )


def test_joined_numbers_from_zero_are_ids_like_the_others(bench: Bench) -> None:
    """User 0 and card 0 of TabFormer are one account of many."""
    rows = "".join(f"{T0 + i},{i % 9},{i % 2}\n" for i in range(900))
    bench.run(bench.csv(f"t,user,card\n{rows}"), keys={"account": ["user", "card"]})
    assert bench.report is not None and bench.report.warnings == ()
    rows += "".join(f"{T0 + i},0,0\n" for i in range(600))
    bench.run(bench.csv(f"t,user,card\n{rows}"), keys={"account": ["user", "card"]})
    assert any("'0|0' in 650 rows" in warning for warning in bench.report.warnings)


def test_an_address_without_its_street_is_none(bench: Bench) -> None:
    rows = "".join(f"{T0},u{n},{street},Springfield\n" for n, street in enumerate(["unknown", "Unknown", "xxx", "N/A", "12 Main St"]))
    lines = bench.run(bench.csv(f"t,who,street,city\n{rows}"), keys={"address": {"line1": "street", "city": "city"}})
    assert bench.report is not None
    assert bench.report.unknown == "no address in 3 rows ('unknown', 'Unknown', 'xxx')"
    known = [PARSE(json.dumps(line).encode()).entities[GRAPH.entities.index("address")] != MISSING for line in lines]
    assert known == [False, False, False, False, True]  # N/A is missing by itself: the rest of the row is a whole town


def test_many_texts_are_put_into_few_words(bench: Bench) -> None:
    run(bench, "device", ["unknown", "undefined", "none", "nil", "(null)"], email="x", payment="x")
    assert bench.report is not None
    few = "in 30 rows ('unknown', 'undefined', 'none', 2 more)"
    assert bench.report.unknown == "; ".join(f"no {kind} {few}" for kind in ("device", "payment", "e-mail address"))
