"""What is usual at each hour of the week, learnt while events come.

Of each series the mean of the hour of the week is kept, with weights that halve in about 2.4 weeks. Where
few weeks are known it is drawn towards the series' mean level times the shop's rhythm of the day. How far
counts scatter around that is learnt as well, from the hours as they were expected before they came.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from domain.incidents.waves.classes import CLASSES, SERIES
from domain.times import HOUR_MS

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_WEEK = 168
_WEEK_KEPT = 0.75  # of a hour's weight, a week later
_DRAWN = 2.0  # weeks that the level and the rhythm of the day count as
_LEVEL_KEPT = 0.5 ** (1 / (2 * _WEEK))
_DAY_KEPT = 0.9
_SCATTER_KEPT = 0.5 ** (1 / _WEEK)
_SCATTER, _SCATTER_WEIGHT, _LEAST_SCATTER, _MOST_SCATTER = 0.15, 30.0, 0.02, 3.0
_SCATTER_FROM = 24  # hours known: before, the rhythm is not
_ALIKE = 2.0
_FIELDS = ("sums", "weeks", "level", "level_weight", "day", "day_weight", "excess", "squares", "known")


class Usual:
    """Means and scatter of `SERIES` series of counts per hour. Bounded: 150 kB, whatever comes."""

    def __init__(self) -> None:
        self.sums = np.zeros((_WEEK, SERIES))
        self.weeks = np.zeros((_WEEK, SERIES))
        self.level, self.level_weight = np.zeros(SERIES), np.zeros(SERIES)
        self.day, self.day_weight = np.zeros(24), np.zeros(24)
        self.excess, self.squares = np.zeros(SERIES), np.zeros(SERIES)
        self.known = np.zeros(1)

    @property
    def hours(self) -> float:
        """Return how many hours have been learnt."""
        return float(self.known[0])

    def mean(self, hour: int) -> Floats:
        """Return the usual count [SERIES] of an hour since 1970."""
        sums, weeks = self.sums[hour % _WEEK], self.weeks[hour % _WEEK]
        level = self.level / np.maximum(self.level_weight, 1e-9)
        mean: Floats = (sums + _DRAWN * self._rhythm(hour % 24) * level) / (weeks + _DRAWN)
        return mean

    def scatter(self) -> Floats:
        """Return the dispersion [SERIES]: variance = mean + dispersion * mean^2.

        It is bounded: a rare class that grows would teach a scatter that excuses anything.
        """
        learnt = (self.excess + _SCATTER * _SCATTER_WEIGHT) / (self.squares + _SCATTER_WEIGHT)
        scatter: Floats = np.clip(learnt, _LEAST_SCATTER, _MOST_SCATTER)
        return scatter

    def scatter_of(self, series: int) -> float:
        """Return `scatter()[series]`, of one series in a tenth of the time."""
        learnt = (float(self.excess[series]) + _SCATTER * _SCATTER_WEIGHT) / (float(self.squares[series]) + _SCATTER_WEIGHT)
        return min(max(learnt, _LEAST_SCATTER), _MOST_SCATTER)

    def learn(self, hour: int, counts: Floats, growth: float, kept_out: Bools) -> None:
        """Learn the counts [SERIES] of an hour.

        `growth` is by how much everything grew in it; `kept_out` are series in a wave, which teach nothing.
        What is far above the usual teaches no more than a bound, a wide one in the first week.
        """
        mean, taught = self.mean(hour), ~kept_out
        expected = mean * growth
        deviation = np.sqrt(expected + self.scatter() * expected**2)
        if self.hours >= _SCATTER_FROM:
            residual = np.minimum(counts, expected + 4 * deviation + 1) - expected
            self.squares = np.where(taught, _SCATTER_KEPT * self.squares + expected**2, self.squares)
            excess = np.where(taught, _SCATTER_KEPT * self.excess + residual**2 - expected, self.excess)
            self.excess = np.minimum(excess, _MOST_SCATTER * (self.squares + _SCATTER_WEIGHT))
        bound = mean + 2 * np.sqrt(mean + self.scatter() * mean**2) + 1 if self.hours >= _WEEK else 10 * mean + 20
        counts = np.minimum(counts, bound)
        of_week = hour % _WEEK
        self.sums[of_week] = np.where(taught, _WEEK_KEPT * self.sums[of_week] + counts, self.sums[of_week])
        self.weeks[of_week] = np.where(taught, _WEEK_KEPT * self.weeks[of_week] + 1, self.weeks[of_week])
        self.level = np.where(taught, _LEVEL_KEPT * self.level + counts, self.level)
        self.level_weight = np.where(taught, _LEVEL_KEPT * self.level_weight + 1, self.level_weight)
        self.day[hour % 24] = _DAY_KEPT * self.day[hour % 24] + float(np.where(taught, counts, mean)[::2].sum())
        self.day_weight[hour % 24] = _DAY_KEPT * self.day_weight[hour % 24] + 1
        self.known += 1

    def _rhythm(self, of_day: int) -> float:
        """Return how busy an hour of the day is, 1 on average; drawn towards 1 by one day."""
        seen = self.day_weight > 0
        if not seen.any():
            return 1.0
        mean = float((self.day[seen] / self.day_weight[seen]).mean())
        return (float(self.day[of_day]) / mean + 1.0) / (float(self.day_weight[of_day]) + 1.0) if mean > 0 else 1.0

    def to_bytes(self) -> bytes:
        """Return everything learnt, f8 little-endian."""
        return b"".join(getattr(self, name).astype("<f8").tobytes() for name in _FIELDS)

    @classmethod
    def from_bytes(cls, data: bytes) -> Usual:
        """Read what `to_bytes` returned. Raise ValueError if it has another size."""
        usual, at = cls(), 0
        for name in _FIELDS:
            shape = getattr(usual, name).shape
            size = 8 * int(np.prod(shape))
            setattr(usual, name, np.frombuffer(data[at : at + size], "<f8").reshape(shape).copy())
            at += size
        if at != len(data):
            raise ValueError(f"what is usual of {len(data)} bytes cannot be read, it has {at}")
        return usual


USUAL_BYTES = len(Usual().to_bytes())


def growth_of(counts: Floats, usual: Floats, without: int = -1) -> float:
    """Return by how much the classes grew alike: sum of counts / sum of usual, of those that did.

    `counts` and `usual` are [CLASSES], all their events. One class is left out: the one that is in question.
    The others are compared with the median of counts / usual, weighted by the usual, and left out beyond
    twice or half of it: a flood in classes that are less than half of the usual traffic hardly moves it.
    """
    taken = usual > 0
    if 0 <= without < len(CLASSES):
        taken[without] = False
    if not taken.any():
        return 1.0
    ratios, weights = counts[taken] / usual[taken], usual[taken]
    order = np.argsort(ratios, kind="stable")
    passed = np.cumsum(weights[order])
    median = float(ratios[order][np.searchsorted(passed, passed[-1] / 2)])
    alike = (ratios >= median / _ALIKE) & (ratios <= median * _ALIKE)
    return float((ratios * weights)[alike].sum() / weights[alike].sum())


def hour_of(time_ms: int) -> int:
    """Return the hour since 1970."""
    return time_ms // HOUR_MS
