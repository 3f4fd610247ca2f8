"""The week of a digest as charts, and the days beside its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.wording import counted
from ops.desk.charts.figure import Figure, Series, Timed
from ops.desk.view.amounts import money
from ops.digest.day import IN_UTC, day_of
from ops.digest.figures import TrendDay

_FIRST = "2000-01-01"


class Beside(NamedTuple):
    """The days before and after; None where there is no digest."""

    before: str | None
    after: str | None
    last: str
    """The newest day that has begun."""


def days_beside(day: str, now: int, zone: ZoneInfo = IN_UTC) -> Beside:
    """Return the days to go to from one."""
    last, own = day_of("today", now, zone).name, date.fromisoformat(day)
    before = (own - timedelta(days=1)).isoformat() if day > _FIRST else None
    return Beside(before, (own + timedelta(days=1)).isoformat() if day < last else None, last)


def alerts_figure(week: Sequence[TrendDay]) -> Figure:
    """Return alerts by day; a day that is not known has no bar."""
    values = tuple(None if one.alerts is None else float(one.alerts) for one in week)
    said = f"{counted(sum(one.alerts or 0 for one in week), 'alert')} in the week{_unknown(week)}."
    return Figure("Alerts of the week", said, _columns(week), (Series("alerts", values),), "alerts", is_whole=True)


def blocked_figure(week: Sequence[TrendDay]) -> Figure | None:
    """Return blocked money by day, in the currency of which most was blocked; None without any."""
    sums = Counter[str]()
    for one in week:
        sums.update(one.blocked or {})
    if not sums:
        return None
    [(currency, total)] = sums.most_common(1)
    values = tuple(None if one.blocked is None else one.blocked.get(currency, 0.0) for one in week)
    said = f"{money(total)} {currency} blocked in the week{_unknown(week)}."
    return Figure("Blocked money of the week", said, _columns(week), (Series("blocked", values, "bad"),), currency)


def _columns(week: Sequence[TrendDay]) -> Timed:
    return Timed(tuple(day_of(one.day, _END).start for one in week))


def _unknown(week: Sequence[TrendDay]) -> str:
    count = sum(one.alerts is None for one in week)
    return f", {counted(count, 'day')} of it unknown" if count else ""


_END = 253_402_300_799_999
"""After every day that a digest can be of."""
