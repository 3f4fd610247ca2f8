"""The day that a digest is of, in a time zone: 23 to 25 hours long where clocks are changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.times import utc_ms

YESTERDAY, TODAY = "yesterday", "today"
WEEK = 7
IN_UTC = ZoneInfo("UTC")


class DayError(ValueError):
    """A day of which there can be no digest; the text says which days there are."""


@dataclass(frozen=True)
class Day:
    """A day of a time zone."""

    name: str
    """As `2026-03-02`."""
    start: int
    """Its first millisecond."""
    before: int
    """The first millisecond of the next day."""
    zone: ZoneInfo = IN_UTC

    @property
    def in_utc(self) -> tuple[date, date]:
        """The first and the last day in UTC that it has a part of."""
        first, last = (datetime.fromtimestamp(ms / 1000, UTC).date() for ms in (self.start, self.before - 1))
        return first, last

    @property
    def week(self) -> tuple[Day, ...]:
        """The seven days that end with this one."""
        return tuple(_of(date.fromisoformat(self.name) - timedelta(days=back), self.zone) for back in range(WEEK - 1, -1, -1))

    def is_over(self, now: int) -> bool:
        """Return whether nothing more of it can come, but for what is late."""
        return now >= self.before


def day_of(text: str, now: int, zone: ZoneInfo = IN_UTC) -> Day:
    """Return the day of a zone that `2026-03-02`, `yesterday` or `today` names. Raises DayError."""
    today = datetime.fromtimestamp(now / 1000, zone).date()
    named = {TODAY: today, YESTERDAY: today - timedelta(days=1)}
    try:
        found = named.get(text) or date.fromisoformat(text)
    except ValueError:
        raise DayError(f"{text[:40]!r} is no day: write one such as {today - timedelta(days=1)}, or {YESTERDAY}") from None
    if found > today:
        raise DayError(f"{found} has not begun: it is {today} in {zone.key}")
    if found.year < 2000:
        raise DayError(f"{found} is before 2000: no event is so old")
    return _of(found, zone)


def day_before(day: Day) -> Day:
    """Return the day before a day."""
    return day.week[-2]


def _of(found: date, zone: ZoneInfo) -> Day:
    start, before = (utc_ms(datetime(day.year, day.month, day.day, tzinfo=zone)) for day in (found, found + timedelta(days=1)))
    return Day(found.isoformat(), start, before, zone)
