"""Moments along an axis: where a person would put a tick, and what is written below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from domain.times import DAY_MS, HOUR_MS

Fits = Callable[[datetime], bool]
_MINUTE_MS = HOUR_MS // 60
_LONG_DAYS = 300
"""Beyond it a day and a month do not tell which year it is."""
_LATEST_MS = 253_402_300_799_000


def _minutes(step: int) -> Fits:
    return lambda moment: moment.second == 0 and (moment.hour * 60 + moment.minute) % step == 0


def _days(step: int) -> Fits:
    return lambda moment: moment.hour == moment.minute == 0 and (moment.toordinal() - 1) % step == 0


def _months(step: int) -> Fits:
    return lambda moment: moment.day == 1 and moment.hour == 0 and (moment.month - 1) % step == 0


def _years(step: int) -> Fits:
    return lambda moment: moment.month == moment.day == 1 and moment.year % step == 0


_STEPS: tuple[Fits, ...] = (
    *map(_minutes, (1, 5, 15, 30, 60, 120, 180, 360, 720)),
    *map(_days, (1, 2, 7, 14)),
    *map(_months, (1, 3, 6)),
    *map(_years, (1, 2, 5, 10)),
)
"""From the finest to the coarsest; weeks begin on Mondays."""


def time_ticks(moments: Sequence[int], most: int) -> dict[int, str]:
    """Return the columns to label, at most `most`: round times, the finest that have room."""
    if not moments:
        return {}
    days = [_day(ms) for ms in moments]
    for fits in _STEPS:
        found = [column for column, day in enumerate(days) if fits(day)]
        if 1 < len(found) <= most:
            return _labelled(days, found)
    every = -(-len(moments) // max(1, most))
    return _labelled(days, list(range(0, len(moments), every)))


def moment_name(moments: Sequence[int], column: int) -> str:
    """Return the whole name of a column: the day, with the time where columns are shorter than a day."""
    day = _day(moments[column])
    name = f"{day.day} {day:%B %Y}"
    return name if _is_daily(moments) else f"{name}, {day:%H:%M}"


def _labelled(days: Sequence[datetime], columns: Sequence[int]) -> dict[int, str]:
    """Return the labels: times of day, with the date where it changes; days; months, of a long time."""
    labels: dict[int, str] = {}
    is_long = (days[-1] - days[0]).days > _LONG_DAYS
    has_times = any(days[column].hour or days[column].minute for column in columns)
    before: datetime | None = None
    for column in columns:
        day = days[column]
        if has_times:
            is_same = before is not None and before.date() == day.date()
            labels[column] = f"{day:%H:%M}" if is_same else f"{day.day} {day:%b}"
        else:
            labels[column] = f"{day:%b %Y}" if is_long else f"{day.day} {day:%b}"
        before = day
    return labels


def _is_daily(moments: Sequence[int]) -> bool:
    return all(ms % DAY_MS == 0 for ms in moments)


def _day(ms: int) -> datetime:
    return datetime.fromtimestamp(min(max(ms, 0), _LATEST_MS) / 1000, UTC)
