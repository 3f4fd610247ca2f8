"""What a rule would have done: by day the events and the money that it would have caught, harmed or held
without anybody knowing yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.wording import counted
from ops.desk.charts.figure import Figure, Series, Timed


@dataclass(frozen=True, slots=True)
class Amount:
    """Events and their money in one currency."""

    events: int = 0
    money: float = 0.0


@dataclass(frozen=True, slots=True)
class DayOfRule:
    """What the rule would have met on a day."""

    day: int
    """Its beginning, in ms since 1970."""
    caught: Amount
    """Known frauds."""
    harmed: Amount
    """Known to be legitimate."""
    unknown: Amount
    """Without a label."""


def dry_run_figures(days: Sequence[DayOfRule], currency: str) -> tuple[Figure, Figure]:
    """Return the histograms of events and of money, to be drawn with `stacked`."""
    events = _figure(days, "Events by day", "events", lambda amount: float(amount.events), is_whole=True)
    return events, _figure(days, "Money by day", currency, lambda amount: amount.money, is_whole=False)


def _figure(days: Sequence[DayOfRule], title: str, unit: str, value: Callable[[Amount], float], *, is_whole: bool) -> Figure:
    series = (
        Series("caught", tuple(value(day.caught) for day in days), "good"),
        Series("harmed", tuple(value(day.harmed) for day in days), "bad", "half"),
        Series("unknown", tuple(value(day.unknown) for day in days), "neutral", "hollow"),
    )
    sums = ", ".join(f"{sum(filter(None, one.values)):,.0f} {one.name}" for one in series)
    said = f"In {counted(len(days), 'day')} {sums} ({unit})."
    return Figure(title, said, Timed(tuple(day.day for day in days)), series, unit, is_whole)
