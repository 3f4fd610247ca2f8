"""A quote that is never closed: refused, or counted as bad rows, for the rows after it would vanish."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest

from gnn.table_import import TableError, load_mapping, preview
from gnn.table_import.tables.open_quotes import OpenQuoteError, OpenQuotes, QuoteStyle
from tests.support.table_bench import T0, Bench

ROWS = 60


def table(note: Callable[[int], str], rows: int = ROWS, end: str = "\n") -> str:
    return end.join(["t,who,note,n", *(f"{T0 + i},acc{i},{note(i)},{i}" for i in range(rows)), ""])


def last(note: Callable[[int], str], rows: int = ROWS) -> str:
    return "\n".join(["t,who,n,note", *(f"{T0 + i},acc{i},{i},{note(i)}" for i in range(rows)), ""])


def at(notes: dict[int, str]) -> Callable[[int], str]:
    return lambda row: notes.get(row, "plain")


SWALLOWED = {
    "never closed": (last(at({5: '"nail'})), r"line 7: has a quote that is never closed; close it, set csv.quote: none"),
    "never closed, in the middle": (table(at({5: '"nail'})), "line 7: has a quote that is never closed"),
    "a quote alone": (last(at({5: '"'})), "line 7: has a quote that is never closed"),
    "CRLF": (table(at({5: '"nail'}), end="\r\n"), "line 7: has a quote that is never closed"),
    "CR": (table(at({5: '"nail'}), end="\r"), "line 7: has a quote that is never closed"),
    "doubled": (last(at({5: '"the ""nail'})), "line 7: has a quote that is never closed"),
    "two of them": (last(at({5: '"nail', 40: '"screw'})), "line 7: has a quote that is only closed 35 lines below"),
    "two in the middle": (table(at({5: '"nail', 40: '"screw'})), "line 7: has a quote that is only closed 35 lines below"),
    "two neighbours": (table(at({5: '"nail', 6: '"screw'})), "line 7: has a quote that is only closed 1 line below"),
    "up to an inch": (last(at({5: '"nail', 40: '5"'})), "line 7: has a quote that is only closed 35 lines below"),
    "up to a good field": (last(at({5: '"nail', 40: '"a, b"'})), "line 7: has a quote that is only closed 35 lines below"),
}


@pytest.mark.parametrize("case", SWALLOWED)
def test_rows_do_not_vanish_in_a_quote(bench: Bench, case: str) -> None:
    text, problem = SWALLOWED[case]
    path = bench.folder / "table.csv"
    path.write_text(text, encoding="utf-8", newline="")
    with pytest.raises(TableError, match=problem):
        bench.run(path, keys={})
    with pytest.raises(TableError, match=problem):
        preview(load_mapping(bench.mapping()), path)
    assert not bench.out.exists()


def test_quotes_that_mean_nothing_are_read_by_the_named_key(bench: Bench) -> None:
    keys = {"csv": {"quote": "none"}, "attributes": {"categorical": ["note"]}}
    events = bench.run(bench.csv(last(at({5: '"nail', 40: '"screw'}))), keys=keys)
    assert len(events) == ROWS and events[5]["attributes"] == {"note": '"nail'}


@pytest.mark.parametrize("case", ["two of them", "two neighbours"])
def test_skipped_rows_of_a_quote_are_counted_each(bench: Bench, case: str) -> None:
    lines = 36 if case == "two of them" else 2
    keys = {"on_error": {"skip": "70%"}, "label": {"column": "n", "positive": ["5", "50"], "negative": "others", "delay": "1d"}}
    events = [line for line in bench.run(bench.csv(SWALLOWED[case][0]), keys=keys) if line["event_type"] != "label"]
    assert [event["account_id"] for event in events] == [f"acc{i}" for i in range(ROWS) if not 5 <= i < 5 + lines]
    report = bench.report
    assert report is not None and report.rows == ROWS
    assert report.skipped == {"rows with a wrong number of fields": lines} and report.lost.frauds == 1


def test_a_table_that_is_cut_off_in_a_quote_loses_its_last_row_alone(bench: Bench) -> None:
    events = bench.run(bench.csv(last(at({ROWS - 1: '"the last, and'})).rstrip()), keys={"on_error": "skip"})
    assert len(events) == ROWS - 1


def test_a_share_of_swallowed_rows_stops_the_import(bench: Bench) -> None:
    with pytest.raises(TableError, match="bad rows take 55 of 60 rows"):
        bench.run(bench.csv(SWALLOWED["never closed"][0]), keys={"on_error": "skip"})


GOOD = {
    "several lines": '"Dear shop,\nwhere is it?\nYours"',
    "a list": '"one, two\nthree, four\nfive, six"',
    "doubled quotes": '"the ""small"" one\nand ""the other"""',
    "a table of another width": '"1,2\n3,4\n5,6\n7,8"',
    "an inch": '5" nail',
    "inches in quotes": '"5"" nail, 6"" screw"',
    "one line in lines": '"\n"',
    "nothing": '""',
    "a quote after spaces": ' "quoted"',
}


@pytest.mark.parametrize("case", GOOD)
@pytest.mark.parametrize("of", [table, last])
def test_quotes_that_are_closed_are_read(bench: Bench, case: str, of: Callable[[Callable[[int], str], int], str]) -> None:
    events = bench.run(bench.csv(of(lambda i: GOOD[case] if i % 3 else "plain", 300)), keys={"csv": {"delimiter": ","}})
    assert [event["account_id"] for event in events] == [f"acc{i}" for i in range(300)]


def test_titles_above_the_header_may_hold_a_quote(bench: Bench) -> None:
    events = bench.run(bench.csv('Report of "May\n\n' + table(at({}))), keys={})
    assert len(events) == ROWS


def test_the_check_agrees_with_a_plain_reader() -> None:
    random_ = random.Random(3)
    found = 0
    for _ in range(4000):
        escape = random_.choice([b"", b"\\"])
        letters = ["a", "a", '"', '"', ",", "\n", *(["\\"] if escape else [])]
        drawn = "".join(random_.choice(letters) for _ in range(random_.randrange(60)))
        text = b",".join([b"a"] * 30) + b"\n" + re.sub(r"\\+(\n|$)", r"\1", drawn).encode()
        wanted = open_row(text, escape)
        found += wanted is not None
        assert checked(text, escape, random_) == (wanted or text), text
    assert found > 1000


def checked(text: bytes, escape: bytes, random_: random.Random) -> bytes | int:
    """Return the text that passes in blocks of any size, or the line at which it ends."""
    check, passed, begin = OpenQuotes(QuoteStyle(b",", b'"', escape)), b"", 0
    try:
        while begin < len(text):
            end = begin + random_.randrange(1, 30)
            passed += check.passed(text[begin:end], end >= len(text))
            begin = end
    except OpenQuoteError as error:
        assert error.rows == 0
        return error.line
    return passed


def open_row(text: bytes, escape: bytes) -> int | None:
    """Return the line of the row whose quote is open at the end, as CSV is read character by character."""
    place = 0
    while place < len(text):
        row = text.count(b"\n", 0, place) + 1
        while place < len(text):
            if text[place : place + 1] == b'"':
                place = closed(text, place + 1, escape)
                if place > len(text):
                    return row
            while place < len(text) and text[place : place + 1] not in (b",", b"\n"):
                place += 2 if escape and text[place : place + 1] == escape else 1
            place += 1
            if text[place - 1 : place] == b"\n":
                break
    return None


def closed(text: bytes, place: int, escape: bytes) -> int:
    """Return where a quoted field goes on after its quote; beyond the text if there is none."""
    while place < len(text):
        if (escape and text[place : place + 1] == escape) or text[place : place + 2] == b'""':
            place += 2
        elif text[place : place + 1] == b'"':
            return place + 1
        else:
            place += 1
    return len(text) + 1
