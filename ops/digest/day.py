"""The day that a digest is of: a day in UTC, as the lake's partitions and the store's days are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from domain.times import DAY_MS, utc_ms

YESTERDAY, TODAY = "yesterday", "today"
WEEK = 7


class DayError(ValueError):
    """A day of which there can be no digest; the text says which days there are."""


@dataclass(frozen=True)
class Day:
    """A day in UTC."""

    name: str
    """As `2026-03-02`."""
    start: int
    """Its first millisecond."""

    @property
    def before(self) -> int:
        """The first millisecond of the next day."""
        return self.start + DAY_MS

    @property
    def week(self) -> tuple[Day, ...]:
        """The seven days that end with this one."""
        return tuple(_of(date.fromisoformat(self.name) - timedelta(days=back)) for back in range(WEEK - 1, -1, -1))

    def is_over(self, now: int) -> bool:
        """Return whether nothing more of it can come, but for what is late."""
        return now >= self.before


def day_of(text: str, now: int) -> Day:
    """Return the day that `2026-03-02`, `yesterday` or `today` names. Raises DayError."""
    today = datetime.fromtimestamp(now / 1000, UTC).date()
    named = {TODAY: today, YESTERDAY: today - timedelta(days=1)}
    try:
        found = named.get(text) or date.fromisoformat(text)
    except ValueError:
        raise DayError(f"{text[:40]!r} is no day: write one such as {today - timedelta(days=1)}, or {YESTERDAY}") from None
    if found > today:
        raise DayError(f"{found} has not begun: it is {today} in UTC")
    if found.year < 2000:
        raise DayError(f"{found} is before 2000: no event is so old")
    return _of(found)


def day_before(day: Day) -> Day:
    """Return the day before a day."""
    return day.week[-2]


def _of(found: date) -> Day:
    return Day(found.isoformat(), utc_ms(datetime(found.year, found.month, found.day)))
