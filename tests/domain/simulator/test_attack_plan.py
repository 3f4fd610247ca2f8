"""Which attacks begin when: for ever, all kinds in turn, at the mean that was asked for."""

from __future__ import annotations

from collections import Counter
from itertools import islice, pairwise

import numpy as np
import pytest

from domain.simulator import RING_KINDS, WAVE_KINDS
from domain.simulator.attack_plan import LEAST_GAP, LONGEST_GAP, Attack, attacks

START = 1_800_000_000_000


def first(count: int, seed: int = 3, every_min: float = 10.0) -> list[Attack]:
    return list(islice(attacks(seed, START, every_min), count))


def test_the_same_seed_gives_the_same_attacks() -> None:
    assert first(50) == first(50)
    assert first(50) != first(50, seed=4)


def test_all_kinds_come_before_one_comes_again() -> None:
    rings = [attack for attack in first(300) if not attack.is_wave]
    for at in range(0, len(rings) - len(RING_KINDS), len(RING_KINDS)):
        assert len({attack.name for attack in rings[at : at + len(RING_KINDS)]}) == len(RING_KINDS)
    waves = Counter(attack.name for attack in first(300) if attack.is_wave)
    assert set(waves) == set(WAVE_KINDS)
    assert sum(waves.values()) == 60, "one in five"


@pytest.mark.parametrize("every_min", [0.5, 10.0, 90.0])
def test_the_mean_gap_is_what_was_asked_for(every_min: float) -> None:
    plan = first(4000, every_min=every_min)
    gaps = np.diff([attack.start for attack in plan]) / 60_000
    assert plan[0].start == START
    assert gaps.mean() == pytest.approx(every_min, rel=0.05)
    assert gaps.max() / gaps.min() <= LONGEST_GAP / LEAST_GAP * 1.01
    assert all(before.start <= after.start for before, after in pairwise(plan))


def test_attacks_take_minutes_and_slow_ones_some_hours() -> None:
    minutes = {slow: [(one.end - one.start) / 60_000 for one in first(500) if one.slow is slow] for slow in (False, True)}
    assert min(minutes[False]) > 10 and max(minutes[False]) <= 55
    assert max(minutes[True]) > 60
