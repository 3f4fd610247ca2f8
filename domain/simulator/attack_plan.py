"""Which attacks on a shop begin when, for ever: rings of minutes, not of days, and now and then a wave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from domain.simulator.occasions import WAVE_KINDS
from domain.simulator.ring_kinds import RING_KINDS
from domain.times import MINUTE_S

MINUTES = (12.0, 55.0)  # how long a ring is at it; a wave takes the longest
SLOW = 0.2  # of the rings take longer
SLOWER = 3.0
LEAST_GAP, LONGEST_GAP = 0.3, 2.0  # of the mean: nobody waits in vain, and few come at once
RINGS_A_WAVE = 4


@dataclass(frozen=True)
class Attack:
    """One attack, from `start` to `end` in ms; `kind` indexes `RING_KINDS`, and after them `WAVE_KINDS`."""

    kind: int
    start: int
    end: int
    slow: bool = False

    @property
    def name(self) -> str:
        """Return the name of its kind."""
        return (*(kind.name for kind in RING_KINDS), *WAVE_KINDS)[self.kind]

    @property
    def is_wave(self) -> bool:
        """Return whether its accounts share nothing."""
        return self.kind >= len(RING_KINDS)


def attacks(seed: int, start: int, every_min: float) -> Iterator[Attack]:
    """Yield attacks by their start, for ever: one in `every_min` minutes on average, the first at `start`.

    All kinds of rings come before one comes again, and a wave follows four rings. The same arguments give the
    same attacks.
    """
    rng = np.random.default_rng(np.random.SeedSequence((seed, _PURPOSE)))
    at = float(start)
    for kind in _kinds(rng):
        slow = bool(rng.random() < SLOW) and kind < len(RING_KINDS)
        minutes = rng.uniform(*MINUTES) * (SLOWER if slow else 1.0) if kind < len(RING_KINDS) else MINUTES[1]
        yield Attack(kind, round(at), round(at + minutes * MINUTE_S * 1000), slow)
        at += every_min * MINUTE_S * 1000 * float(np.clip(rng.exponential(), LEAST_GAP, LONGEST_GAP)) / _MEAN_GAP


def _kinds(rng: np.random.Generator) -> Iterator[int]:
    rings, waves = _in_turn(rng, range(len(RING_KINDS))), _in_turn(rng, range(len(RING_KINDS), len(RING_KINDS) + len(WAVE_KINDS)))
    while True:
        for _ in range(RINGS_A_WAVE):
            yield next(rings)
        yield next(waves)


def _in_turn(rng: np.random.Generator, kinds: range) -> Iterator[int]:
    """Yield all in some order, then all in another one."""
    while True:
        yield from rng.permutation(kinds).tolist()


_PURPOSE = 23  # of this draw, so that the shop of the same seed draws otherwise
# the mean of an exponential draw of mean 1 that is clipped so
_MEAN_GAP = LEAST_GAP + float(np.exp(-LEAST_GAP) - np.exp(-LONGEST_GAP))
