"""What is usual in a day, learnt over weeks and never fast: whoever grows by a little every day stands out.

The hours of `usual.py` follow what comes, so each day of a slow start looks like the last. Here the mean
of a day may rise by half a week, and, while a wave of the class is told, to four times: somebody has seen it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from domain.incidents.waves.classes import SERIES
from domain.incidents.waves.usual import Bools, Floats, Usual, growth_of

KNOWN_FROM = 7.0
"""Days that must be known before anything is held against them."""
LEAST = 1.0
"""Events a day of a class that was never seen."""
SCATTER = 0.5
"""Dispersion of a day: variance = mean + SCATTER * mean^2."""
_DAYS = 14.0  # that the mean weighs
_RISE, _TOLD_RISE = 1.5 ** (1 / 7), 4.0 ** (1 / 7)  # at most, a day
_RISE_FROM = 1.0  # events a day
_LEAST_HOURS = 12.0  # of a day that is learnt
_SHAPES = {"day": SERIES, "today": SERIES, "told": SERIES, "numbers": 3}


class SlowUsual:
    """Means of `SERIES` series of counts a day. Bounded: 1.4 kB."""

    def __init__(self) -> None:
        self.day, self.today, self.told = (np.zeros(SERIES) for _ in range(3))
        self.numbers = np.zeros(3)
        """Days known; the day, since 1970, of `today`; hours of it."""

    @property
    def is_known(self) -> bool:
        """Return whether enough days are known."""
        return bool(self.numbers[0] >= KNOWN_FROM)

    def learn(self, hour: int, counts: Floats, told: Bools) -> None:
        """Learn the counts [SERIES] of an hour since 1970; `told` [SERIES] are series in a wave."""
        if hour // 24 != self.numbers[1]:
            self._learn_day()
            self.numbers[1] = hour // 24
        self.today = self.today + counts
        self.told = np.maximum(self.told, told)
        self.numbers[2] += 1

    def _learn_day(self) -> None:
        known = self.numbers[0]
        if self.numbers[2] >= _LEAST_HOURS:
            growth = growth_of(self.today[::2], self.day[::2]) if known else 1.0
            mean = self.day + (self.today / max(growth, 1e-3) - self.day) / (min(known, _DAYS) + 1)
            rise = np.where(self.told > 0, _TOLD_RISE, _RISE)
            self.day = np.minimum(mean, rise * np.maximum(self.day, _RISE_FROM)) if known >= KNOWN_FROM else mean
            self.numbers[0] += 1
        self.today, self.told = np.zeros(SERIES), np.zeros(SERIES)
        self.numbers[2] = 0

    @classmethod
    def of_hours(cls, usual: Usual) -> SlowUsual:
        """Return what the hours say of a day: the beginning where a build before had no days."""
        slow = cls()
        slow.day = 24 * usual.level / np.maximum(usual.level_weight, 1e-9)
        slow.numbers[0] = min(_DAYS, usual.hours // 24)
        return slow

    def to_bytes(self) -> bytes:
        """Return everything learnt, f8 little-endian."""
        return b"".join(getattr(self, name).astype("<f8").tobytes() for name in _SHAPES)

    @classmethod
    def from_bytes(cls, data: bytes) -> SlowUsual:
        """Read what `to_bytes` returned. Raise ValueError if it has another size."""
        numbers: NDArray[np.float64] = np.frombuffer(data, "<f8")
        if len(numbers) != sum(_SHAPES.values()):
            raise ValueError(f"what is usual in a day has {len(data)} bytes, this build reads {8 * sum(_SHAPES.values())}")
        slow, at = cls(), 0
        for name, size in _SHAPES.items():
            setattr(slow, name, numbers[at : at + size].copy())
            at += size
        return slow


SLOW_BYTES = len(SlowUsual().to_bytes())
