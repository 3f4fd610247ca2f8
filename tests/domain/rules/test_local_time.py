"""Local times, over midnight and in the nights in which clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.rules.local_time import LocalTime, UnknownZone, clock_text


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("at", "clock", "weekday"),
    [
        ("2026-03-29T00:59:59.999+00:00", "01:59", 6),  # the last moment of winter time
        ("2026-03-29T01:00:00+00:00", "03:00", 6),
        ("2026-10-25T00:30:00+00:00", "02:30", 6),  # twice in that night
        ("2026-10-25T01:30:00+00:00", "02:30", 6),
        ("2026-10-25T22:59:59.999+00:00", "23:59", 6),
        ("2026-10-25T23:00:00+00:00", "00:00", 0),
    ],
)
def test_berlin(at: str, clock: str, weekday: int) -> None:
    berlin = LocalTime("Europe/Berlin")
    assert (clock_text(berlin.minute(ms(at))), berlin.weekday(ms(at))) == (clock, weekday)


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"])
def test_a_year_of_quarters_is_that_of_the_calendar(zone: str) -> None:
    clock, at = LocalTime(zone), datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(0, 366 * 24 * 4, 7):
        local = at.astimezone(ZoneInfo(zone))
        at_ms = round(at.timestamp() * 1000)
        assert (clock.minute(at_ms), clock.weekday(at_ms)) == (60 * local.hour + local.minute, local.weekday())
        at += timedelta(minutes=105)


def test_many_quarters_are_not_all_remembered() -> None:
    clock = LocalTime("Europe/Berlin")
    for quarter in range(10_000):
        clock.minute(1_700_000_000_000 + quarter * 900_000)
    assert len(clock._offsets) <= 4096


@pytest.mark.parametrize("zone", ["Europe", "", "Europe/Berlim", "/etc/passwd", "..", "a\0b", "localtime", "right/UTC"])
def test_no_zone(zone: str) -> None:
    with pytest.raises(UnknownZone):
        LocalTime(zone)
