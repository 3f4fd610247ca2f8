"""Times that count from an origin, lie in several columns, or are written oddly: read, or refused with
the mend."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from gnn.table_import import TableError
from tests.support.table_bench import T0, Bench, split


def times(bench: Bench, values: list[str], spec: dict[str, Any]) -> list[str]:
    table = bench.csv("t,who\n" + "".join(f'"{value}",a\n' for value in values))
    return moments(bench.run(table, keys={"event_time": {"column": "t", **spec}}))


def moments(lines: list[dict[str, Any]]) -> list[str]:
    return [f"{dt.datetime.fromtimestamp(line['event_time'] / 1000, dt.UTC):%Y-%m-%d %H:%M:%S}" for line in lines]


@pytest.mark.parametrize(
    ("spec", "written", "expected"),
    [
        ({"unit": "s", "origin": "2017-12-01"}, "86400", "2017-12-02 00:00:00"),  # IEEE-CIS
        ({"unit": "h", "origin": "2017-12-01"}, "30", "2017-12-02 06:00:00"),  # PaySim
        ({"unit": "min", "origin": "2017-12-01 06:00"}, "90", "2017-12-01 07:30:00"),
        ({"unit": "ms", "origin": "2017-12-01"}, "1500", "2017-12-01 00:00:01"),
        ({"unit": "d", "origin": "1899-12-30"}, "45413.520833333336", "2024-05-01 12:30:00"),  # a spreadsheet's day
        ({"unit": "s"}, "1.7145648E9", "2024-05-01 12:00:00"),
        # hours pass in New York as anywhere; days are those of its calendar
        ({"unit": "h", "origin": "2024-03-10", "time_zone": "America/New_York"}, "24", "2024-03-11 05:00:00"),
        ({"unit": "d", "origin": "2024-03-10", "time_zone": "America/New_York"}, "1", "2024-03-11 04:00:00"),
    ],
)
def test_numbers_count_from_an_origin_in_their_unit(bench: Bench, spec: dict[str, Any], written: str, expected: str) -> None:
    assert times(bench, [written], spec) == [expected]


@pytest.mark.parametrize(
    ("columns", "spec", "expected"),
    [
        ({"Year": "2019", "Month": "9", "Day": "1", "Time": "06:21"}, {"format": "%Y %m %d %H:%M"}, "2019-09-01 06:21:00"),  # TabFormer
        ({"date": "2019-09-01", "time": "10:30"}, {}, "2019-09-01 10:30:00"),
        ({"date": "2019-09-01", "time": "10:30"}, {"time_zone": "Asia/Tokyo"}, "2019-09-01 01:30:00"),
        ({"date": "09/01/2019", "time": "1:05 PM"}, {"format": "%m/%d/%Y %I:%M %p"}, "2019-09-01 13:05:00"),
        ({"date": "2019-09-01", "time": "105"}, {"format": "%Y-%m-%d %H%M"}, "2019-09-01 01:05:00"),  # 0105 as a number, not 10:05
        ({"date": "2019-09-01", "time": "5"}, {"format": "%Y-%m-%d %H%M"}, "2019-09-01 00:05:00"),
        ({"date": pa.array([dt.date(2019, 9, 1)]), "time": pa.array([dt.time(10, 30)])}, {}, "2019-09-01 10:30:00"),
        ({"date": pa.array([dt.datetime(2019, 9, 1)]), "time": ["10:30"]}, {}, "2019-09-01 10:30:00"),
        ({"y": [2019.0], "m": [9.0], "d": [1.0]}, {"format": "%Y %m %d"}, "2019-09-01 00:00:00"),
    ],
)
def test_columns_of_a_time_are_joined(bench: Bench, columns: dict[str, Any], spec: dict[str, Any], expected: str) -> None:
    values = list(columns.values())
    if isinstance(values[0], str):
        table = bench.csv(f"who,{','.join(columns)}\na,{','.join(values)}\n")
    else:
        table = bench.parquet({"who": ["a"], **columns})
    assert moments(bench.run(table, keys={"event_time": {"columns": list(columns), **spec}})) == [expected]


def test_a_time_that_lacks_a_part_is_a_bad_row(bench: Bench) -> None:
    table = bench.csv("d,h,who\n2019-09-01,10:00,a\n2019-09-02,,a\n,,a\n")
    keys = {"event_time": {"columns": ["d", "h"]}}
    with pytest.raises(TableError, match=r"row 2, column 'd\+h': '2019-09-02' has not all parts of a time; fill them"):
        bench.run(table, keys=keys)
    bench.run(table, keys={**keys, "on_error": {"skip": 1}})
    assert bench.report is not None
    assert bench.report.skipped == {"d+h: is empty": 1, "d+h: has not all parts of a time": 1}


@pytest.mark.parametrize(
    ("spec", "written", "expected"),
    [
        ({}, "2024-05-01 24:00", "2024-05-02 00:00:00"),
        ({}, "2024-05-01T24:00:00Z", "2024-05-02 00:00:00"),
        ({"format": "%d.%m.%Y %H:%M"}, "31.12.2023 24:00", "2024-01-01 00:00:00"),
        ({}, "2016-12-31 23:59:60", "2017-01-01 00:00:00"),
        ({}, "2016-12-31T23:59:60Z", "2017-01-01 00:00:00"),
        ({}, "2024-05-01 12:00:00 UTC", "2024-05-01 12:00:00"),
        ({"time_zone": "Asia/Tokyo"}, "2024-05-01 12:00:00 UTC", "2024-05-01 12:00:00"),
        ({}, "2024-05-01 12:00:01,250", "2024-05-01 12:00:01"),
        ({"format": "%d.%m.%Y %I:%M %p"}, "01.05.2024 03:00 PM", "2024-05-01 15:00:00"),
        ({"format": "%d/%m/%y"}, "01/05/24", "2024-05-01 00:00:00"),
        ({}, "\u0662\u0660\u0662\u0664-\u0660\u0665-\u0660\u0661", "2024-05-01 00:00:00"),  # Arabic digits
        ({"format": "%d%m%Y"}, "1052024", "2024-05-01 00:00:00"),  # the zero that a number loses
        ({"format": "%Y%m%d%H%M"}, "202405010930", "2024-05-01 09:30:00"),
    ],
)
def test_odd_notations_are_read_as_they_are_meant(bench: Bench, spec: dict[str, Any], written: str, expected: str) -> None:
    assert times(bench, [written], spec) == [expected]


@pytest.mark.parametrize(
    ("spec", "written", "said"),
    [
        ({}, "03/04/2024", "day or month may be first; set event_time.format: '%d/%m/%Y' or '%m/%d/%Y'"),
        ({}, "13/04/2024 10:30", "set event_time.format: '%d/%m/%Y %H:%M'"),
        ({}, "04/13/24 10:30 PM", "set event_time.format: '%m/%d/%y %I:%M %p'"),
        ({"format": "%m/%d/%Y"}, "13/04/2024", "set event_time.format: '%d/%m/%Y'"),
        ({}, "2024/05/01 10:30:00", "set event_time.format: '%Y/%m/%d %H:%M:%S'"),
        ({}, "12:30", "it has no date; join the column of the date: event_time: {columns: [DATE, t]}"),
        (
            {},
            "45413.5",
            "spreadsheet's day it is 2024-05-01T12:00:00Z: if so, set event_time.unit: d and event_time.origin: 1899-12-30",
        ),
        ({}, "20240501", "set event_time.format: '%Y%m%d'"),
        ({}, "20240501103000", "set event_time.format: '%Y%m%d%H%M%S'"),
        ({}, "1714564800", "since 1970 it is 2024-05-01T12:00:00Z: if so, set event_time.unit: s"),
        ({}, "1714564800000", "since 1970 it is 2024-05-01T12:00:00Z: if so, set event_time.unit: ms"),
        ({"unit": "s"}, "1714564800000", "mend it, or the unit in the mapping: with unit: ms it is 2024-05-01T12:00:00Z"),
        ({"unit": "ms"}, "1714564800", "mend it, or the unit in the mapping: with unit: s it is 2024-05-01T12:00:00Z"),
        ({"unit": "s"}, "30", "give event_time.origin if it is not counted from 1970"),
        ({"unit": "s"}, "noon", "it must be a number of s; mend it"),
        ({}, "2024-02-30", "there is no such date or hour, or none that is kept; mend it, or list it under missing"),
        ({}, "2024-05-01 10:60", "there is no such date or hour"),  # no leap second
        ({}, "0000-00-00", "there is no such date or hour"),
        ({}, "1900-01-01", "list it under missing if it means that there is none"),
        ({"format": "%Y%m%d%H%M"}, "20240501930", "a number needs event_time.unit"),  # 09:30 or 9:30, or another day
    ],
)
def test_what_cannot_be_read_without_a_guess_is_refused_with_the_mend(bench: Bench, spec: dict[str, Any], written: str, said: str) -> None:
    with pytest.raises(TableError) as caught:
        times(bench, [written], spec)
    assert str(caught.value).startswith(f"{bench.folder / 'table.csv'}: row 1, column 't': {written!r} ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("spec", "written", "said"),
    [
        ({}, ["2024-05-01 10:00", "13/05/2024 10:00", "2024-05-03"], "others are written as '2024-05-01 10:00': write all in one form"),
        ({}, ["2024-05-01", "t"], "it is the header again; strike the row"),
        ({}, ["2024-05-01", "2024-02-30"], "there is no such date or hour"),
        ({}, ["24-05-01", "24-05-18"], "set event_time.format: '%y-%m-%d' if it is 2024-05-01T00:00:00Z, or event_time.format: '%d-%m-%y'"),
        ({}, ["01/05/2024", "31/05/2024"], "set event_time.format: '%d/%m/%Y'"),
        ({}, ["03/05/2024", "05/31/2024"], "set event_time.format: '%m/%d/%Y'"),
        ({}, ["01/05/2024", "02/05/2024", "x"], "set event_time.format: '%d/%m/%Y', and mend 'x', which is of another form"),
        ({}, ["2024-05-01 10:00 EST", "2024-07-01 10:00 EDT"], "names of zones are not read where there are several; write offsets"),
        ({"unit": "s"}, ["01/31/2024", "02/01/2024"], "it must be a number of s; set event_time.format: '%m/%d/%Y' in place of unit"),
        ({}, ["2030055300", "2030059300"], "since 1960, as SAS counts, it is 2024-04-30T00:15:00Z: if so, set event_time.unit: s"),
        ({}, ["19844", "19850"], "since 1970 it is 2024-05-01T00:00:00Z: if so, set event_time.unit: d"),
        ({}, ["2024-W18-3", "2024-W20-1"], "set event_time.format: '%G-W%V-%u'"),
        ({}, ["20240501T101500Z", "20240531T101500Z"], "set event_time.format: '%Y%m%dT%H%M%S%z'"),
        ({}, ["2024-05-01-10.15.00.123456"], "set event_time.format: '%Y-%m-%d-%H.%M.%S.%f'"),
        ({}, ["2024-05-01T10:15+02:00[Europe/Berlin]"], "set event_time.format: '%Y-%m-%dT%H:%M%z[Europe/Berlin]'"),
        ({}, ["2024-05-01 10:15 CET"], "set event_time.format: '%Y-%m-%d %H:%M CET' and event_time.time_zone: Etc/GMT-1"),
        ({}, ["2024-05-01 10:15 America/New_York"], "America/New_York' and event_time.time_zone: America/New_York"),
        ({}, ["15:00.0", "16:00.0"], "its date and hour are lost"),
    ],
)
def test_the_mend_of_a_time_is_tried_on_the_other_times(bench: Bench, spec: dict[str, Any], written: list[str], said: str) -> None:
    with pytest.raises(TableError) as caught:
        times(bench, written, spec)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("spec", "written", "expected"),
    [
        ({"format": "%G-W%V-%u"}, "2024-W18-3", "2024-05-01 00:00:00"),
        ({"format": "%Y%m%dT%H%M%S%z"}, "20240501T101500Z", "2024-05-01 10:15:00"),
        ({"format": "%Y-%m-%d-%H.%M.%S.%f"}, "2024-05-01-10.15.00.123456", "2024-05-01 10:15:00"),
        ({"format": "%Y-%m-%dT%H:%M%z[Europe/Berlin]"}, "2024-05-01T10:15+02:00[Europe/Berlin]", "2024-05-01 08:15:00"),
        ({"format": "%Y-%m-%d %H:%M EST", "time_zone": "Etc/GMT+5"}, "2024-05-01 10:15 EST", "2024-05-01 15:15:00"),
        ({"format": "%Y%j"}, "2024122", "2024-05-01 00:00:00"),
        ({"unit": "d"}, "19844", "2024-05-01 00:00:00"),
    ],
)
def test_the_mends_of_times_work(bench: Bench, spec: dict[str, Any], written: str, expected: str) -> None:
    assert times(bench, [written], spec) == [expected]


def test_a_spreadsheet_s_day_may_have_a_decimal_comma(bench: Bench) -> None:
    table = bench.csv('t,who\n"45413,5",a\n')
    keys = {"event_time": {"column": "t", "unit": "d", "origin": "1899-12-30"}}
    assert bench.run(table, keys=keys)[0]["event_time"] == 1_714_564_800_000


@pytest.mark.parametrize(
    ("row", "said"), [("2,", "'2' has not all parts of a time"), ("2,x", "'2 x' is no time"), (",5", "'5' has not all")]
)
def test_a_day_or_an_hour_that_is_missing_is_named(bench: Bench, row: str, said: str) -> None:
    keys = {"event_time": {"day_column": "d", "hour_column": "h", "origin": "2024-01-01"}}
    with pytest.raises(TableError, match=f"row 2, column 'd': {said}"):
        bench.run(bench.csv(f"d,h,who\n1,3,a\n{row},a\n"), keys=keys)


@pytest.mark.parametrize(
    ("column", "spec", "said"),
    [
        (pa.array([dt.time(10, 30)]), {}, r"column 't' holds time64\[us\], without a date; join the date"),
        (
            pa.array([dt.datetime(2024, 5, 1)]),
            {"unit": "s", "origin": "2017-01-01"},
            "a time already; leave unit and origin out",
        ),
        ([1], {}, r"column 't' holds int64; give numbers a unit \(s, ms, us, ns, min, h, d\)"),
    ],
)
def test_columns_of_another_type_are_named(bench: Bench, column: Any, spec: dict[str, Any], said: str) -> None:
    with pytest.raises(TableError, match=said):
        bench.run(bench.parquet({"t": column, "who": ["a"]}), keys={"event_time": {"column": "t", **spec}})


@pytest.mark.parametrize(
    ("spec", "warned"),
    [
        ({"day_column": "step", "origin": "2017-01-01"}, "column 'step' is counted in units of d; if its name means another"),
        ({"column": "step", "unit": "h", "origin": "2017-01-01"}, None),
    ],
)
def test_a_unit_that_the_name_speaks_against_is_warned_of(bench: Bench, spec: dict[str, Any], warned: str | None) -> None:
    bench.run(bench.csv("step,who\n1,a\n743,a\n"), keys={"event_time": spec})
    assert bench.report is not None
    assert [warning.startswith(str(warned)) for warning in bench.report.warnings] == [True] * (warned is not None)


def test_an_absurd_span_is_warned_of_and_the_span_reported(bench: Bench) -> None:
    bench.run(bench.csv("n,who\n0,a\n8000,a\n"), keys={"event_time": {"column": "n", "unit": "d", "origin": "2000-01-01"}})
    assert bench.report is not None
    assert bench.report.span_ms == (946_684_800_000, 946_684_800_000 + 8000 * 86_400_000)
    assert bench.report.warnings == ("the events span 22 years; is d the unit of column 'n'?",)


def test_a_report_before_the_event_is_counted(bench: Bench) -> None:
    table = bench.csv(f"t,who,r\n{T0},a,2023-11-01\n{T0},b,2023-11-14\n")
    _, labels = split(bench.run(table, keys={"label": {"time_column": "r", "delay": "7d"}}))
    assert [label["event_time"] for label in labels] == [T0, T0]
    assert bench.report is not None
    (warning,) = bench.report.warnings
    assert warning.startswith("1 label known more than a day before")


def test_clocks_that_a_spreadsheet_has_rounded_are_refused(bench: Bench) -> None:
    with pytest.raises(TableError, match=r"row 1, column 't': '1.70929E\+12' is a rounded number, no time"):
        bench.run(bench.csv("t,who\n1.70929E+12,a\n"), keys={"event_time": {"column": "t", "unit": "ms"}})
