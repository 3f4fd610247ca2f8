"""Rounded clocks, and accounts that are younger than their events, are pointed out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.table_bench import DAY, T0, Bench

HOUR = DAY // 24
MIDNIGHT = T0 - T0 % DAY


def notes(bench: Bench, times: list[Any], **keys: Any) -> list[str]:
    bench.run(bench.csv("t,who\n" + "".join(f"{time},u{n}\n" for n, time in enumerate(times))), keys=keys)
    assert bench.report is not None
    return list(bench.report.warnings)


JOIN = "if another has the time of day, join them by event_time.columns"


@pytest.mark.parametrize(
    ("times", "rounded"),
    [
        ([MIDNIGHT + n * DAY for n in range(100)], "days"),
        ([MIDNIGHT + n * HOUR for n in range(100)], "hours or quarters of one"),
        ([MIDNIGHT + n * HOUR // 4 for n in range(100)], "hours or quarters of one"),
        ([MIDNIGHT + n * DAY for n in range(99)], None),  # too few to tell
        ([MIDNIGHT + n * DAY + (n == 70) for n in range(100)], None),
    ],
)
def test_round_times_are_pointed_out(bench: Bench, times: list[int], rounded: str | None) -> None:
    assert notes(bench, times) == ([f"column 't': all times are whole {rounded}; {JOIN}"] if rounded else [])


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu", "America/New_York"])
def test_days_of_every_time_zone_are_days(bench: Bench, zone: str) -> None:
    dates = [f"2024-{1 + n // 28:02}-{1 + n % 28:02}" for n in range(300)]
    assert notes(bench, dates, event_time={"column": "t", "time_zone": zone}) == [f"column 't': all times are whole days; {JOIN}"]


def test_counted_hours_and_days_are_as_the_mapping_wants_them(bench: Bench) -> None:
    for unit in ("h", "d"):
        found = notes(bench, [n % 90 for n in range(200)], event_time={"column": "t", "unit": unit, "origin": "2024-01-01"})
        assert not [note for note in found if "whole" in note]


HALF = [f"2024-01-{1 + n % 28:02} {1 + n % 12:02}:{n % 60:02}:01" for n in range(120)]


@pytest.mark.parametrize(
    ("times", "keys", "asked"),
    [
        (HALF, {"column": "t"}, True),
        (HALF, {"column": "t", "time_zone": "Europe/Berlin"}, True),
        (HALF, {"column": "t", "format": "%Y-%m-%d %H:%M:%S"}, True),
        (HALF[:49], {"column": "t"}, False),  # too few to tell
        ([*HALF, "2024-01-01 00:10:00"], {"column": "t"}, False),
        ([*HALF, "2024-01-01 13:10:00"], {"column": "t"}, False),
        ([time for time in HALF if " 12:" not in time], {"column": "t"}, False),
        ([f"{time} AM" for time in HALF], {"column": "t", "format": "%Y-%m-%d %I:%M:%S %p"}, False),
    ],
)
def test_hours_of_half_a_day_are_pointed_out(bench: Bench, times: list[str], keys: dict[str, Any], asked: bool) -> None:
    found = [note for note in notes(bench, times, event_time=keys) if "without AM and PM" in note]
    assert bool(found) is asked


def test_accounts_that_are_opened_after_their_events_are_counted(bench: Bench) -> None:
    ahead = [-DAY, 0, 30_000, 2 * DAY, 5 * DAY, None]
    rows = "".join(f"{T0},u{n},{'' if late is None else T0 + late}\n" for n, late in enumerate(ahead))
    bench.run(bench.csv(f"t,who,since\n{rows}"), keys={"account_created_at": {"column": "since", "unit": "ms"}})
    assert bench.report is not None
    assert bench.report.warnings == (
        "column 'since': 2 accounts opened after the row's event, by up to 5 days; check its column, format and time zone",
    )
