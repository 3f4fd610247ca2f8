"""The overview's charts, from numbers of the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.decisions.decision import BLOCK, DECISIONS, INVESTIGATE
from domain.wording import counted
from ops.cases.pace import Minute
from ops.cases.queue_ages import QueueAge
from ops.cases.statistics import DayNumbers
from ops.desk.charts.figure import Figure, Filling, Named, Series, Timed, Tone
from ops.desk.view.amounts import money

AGES = ("under_1h", "under_1d", "under_1w", "older")
AGE_NAMES = ("under an hour", "under a day", "under a week", "older")
_LOOKS: dict[str, tuple[Tone, Filling]] = {
    "low": ("neutral", "hollow"),
    "medium": ("1", "half"),
    "high": ("2", "half"),
    "critical": ("bad", "solid"),
}


def pace_figure(minutes: Sequence[Minute]) -> Figure:
    """Return decisions per second, minute by minute."""
    rates = tuple(sum(one.counts) / 60 for one in minutes)
    said = f"{sum(rates) / max(1, len(rates)):,.1f} a second on average." if any(rates) else "No decision."
    return Figure("Decisions a second", said, Timed(tuple(one.minute for one in minutes)), (Series("decisions", rates),), "per second")


def flagged_share(minutes: Sequence[Minute]) -> float | None:
    """Return the share of decisions that are no approval; None without any."""
    total = sum(sum(one.counts) for one in minutes)
    flagged = sum(count for one in minutes for name, count in zip(DECISIONS, one.counts, strict=True) if name in (BLOCK, INVESTIGATE))
    return flagged / total if total else None


def alerts_figure(days: Sequence[DayNumbers]) -> Figure:
    """Return alerts by day and decision."""
    series = (
        Series("blocked", tuple(float(day.decisions.get(BLOCK, 0)) for day in days), "bad"),
        Series("to investigate", tuple(float(day.decisions.get(INVESTIGATE, 0)) for day in days), "1", "half"),
    )
    said = f"{counted(sum(day.alerts for day in days), 'alert')} on {counted(len(days), 'day')}."
    return Figure("Alerts by day", said, Timed(tuple(day.day for day in days)), series, "alerts", is_whole=True)


def blocked_figure(days: Sequence[DayNumbers], currency: str) -> Figure:
    """Return blocked money by day in a currency."""
    values = tuple(day.blocked.get(currency, 0.0) for day in days)
    return Figure("Blocked money by day", f"{money(sum(values))} {currency} blocked in all.", Timed(tuple(day.day for day in days)),
                  (Series("blocked", values, "bad"),), currency)  # fmt: skip


def ages_figure(ages: Sequence[QueueAge]) -> Figure:
    """Return open cases by how long they have been open, by severity."""
    series = tuple(Series(one.severity, tuple(float(getattr(one, age)) for age in AGES), *_LOOKS[one.severity]) for one in ages)
    said = f"{counted(sum(one.cases for one in ages), 'open case')}, {sum(one.overdue for one in ages):,} of them late."
    return Figure("Open cases by age", said, Named(AGE_NAMES), series, "cases", is_whole=True)


def summed(days: Sequence[DayNumbers]) -> dict[str, float]:
    """Return blocked money of all days by currency, the largest sum first."""
    sums: dict[str, float] = {}
    for day in days:
        for currency, amount in day.blocked.items():
            sums[currency] = sums.get(currency, 0.0) + amount
    return dict(sorted(sums.items(), key=lambda one: -one[1]))


def money_words(sums: Mapping[str, float], most: int = 4) -> list[str]:
    """Return sums as words, the largest first: 5,120 EUR, 80 USD."""
    shown = sorted(sums.items(), key=lambda one: -one[1])[:most]
    return [f"{money(amount)} {currency}" for currency, amount in shown] or ["nothing"]
