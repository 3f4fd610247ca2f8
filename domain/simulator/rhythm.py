"""When a shop is busy: the hours of the day and the days of the week."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from domain.simulator.layout import Bools, Floats, Ints
from domain.simulator.occasions import Sale
from domain.times import DAY_MS, HOUR_MS

# Relative traffic by hour of day: asleep, a lunch peak, an evening peak.
BY_HOUR = np.array([3, 2, 1, 1, 1, 2, 4, 7, 9, 10, 11, 12, 14, 12, 11, 11, 12, 14, 17, 20, 21, 18, 12, 6], float)
BY_WEEKDAY = np.array([1.0, 0.95, 0.95, 1.0, 1.05, 1.15, 1.2])  # Monday first
EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday


def weekday(times: Ints) -> Ints:
    """Return the day of the week, Monday = 0."""
    return (times // DAY_MS + EPOCH_WEEKDAY) % 7


def at_work(times: Ints) -> Bools:
    """Return whether it is an office hour (UTC) of a working day."""
    hour = times % DAY_MS // HOUR_MS
    return (weekday(times) < 5) & (hour >= 8) & (hour < 18)


class Rhythm:
    """Rhythm of the traffic: draws times in [start, end) by the inverse of the cumulative traffic."""

    def __init__(self, start: int, end: int, sales: Sequence[Sale] = (), level: bool = False) -> None:
        """Draw times of a shop that is busy at some hours, or with `level` at all hours alike."""
        self.start, self.end = start, end
        self._grid = np.append(np.arange(start, end, HOUR_MS), end)
        hours = self._grid[:-1]
        rate = np.ones(len(hours)) if level else BY_HOUR[hours % DAY_MS // HOUR_MS] * BY_WEEKDAY[weekday(hours)]
        for sale in sales:
            rate = np.where((hours >= sale.start) & (hours < sale.start + sale.hours * HOUR_MS), rate * sale.factor, rate)
        self._traffic = np.concatenate([[0.0], np.cumsum(rate * np.diff(self._grid))])

    def times(self, rng: np.random.Generator, low: Ints, high: Ints) -> Ints:
        """Return one time (ms) in each window [low, high); busier hours are likelier."""
        first, last = self._at(low), self._at(high)
        drawn = np.interp(first + (last - first) * rng.random(len(low)), self._traffic, self._grid)
        return np.clip(drawn.astype(np.int64), low, np.maximum(low, high - 1))

    def _at(self, times: Ints) -> Floats:
        return np.interp(times, self._grid, self._traffic)
