"""Which rings attack the shop, when, and how big they are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from domain.simulator.crew import Crew
from domain.simulator.evasion import evade, prepare
from domain.simulator.layout import Ints, Numbers, Rows, blank
from domain.simulator.population import Population
from domain.simulator.rhythm import Rhythm
from domain.simulator.ring_kinds import RING_KINDS
from domain.times import DAY_MS

SLOW = 0.2  # of the rings take their time
SLOWER = 3.0
# With fewer fraud events than this, full-size rings would leave no room for several of each kind.
FULL_SIZE_FROM = 1000


def ring_events(
    count: int,
    population: Population,
    rhythm: Rhythm,
    rng: np.random.Generator,
    numbers: Numbers,
    evasive: float,
    tricks: np.random.Generator,
    diluted: float,
    luck: np.random.Generator,
    aged: float,
    patience: np.random.Generator,
) -> tuple[Rows, Ints]:
    """Return `count` events of rings, and for each ring number the index of its kind in `RING_KINDS`.

    All kinds come before one comes again; the last ring is cut to its first events. A share `evasive` of the
    rings evades as `tricks` draws, and of the others a share `diluted` is diluted as `luck` draws, and of
    what is left a share `aged` ages what it uses as `patience` draws; what that adds comes on top.
    """
    parts, kinds, missing = [blank(0)], [], count
    scale = min(1.0, count / FULL_SIZE_FROM)
    for ring, kind in enumerate(_kinds(rng)):
        if missing <= 0:
            break
        events = np.concatenate(RING_KINDS[kind].act(_assemble(ring, kind, population, rhythm, rng, numbers, scale)))
        events = events[(events["time"] >= rhythm.start) & (events["time"] < rhythm.end)]
        events = events[np.argsort(events["time"], kind="stable")[:missing]]
        missing -= len(events)
        evaded = evade(events, evasive, tricks, numbers)
        parts.append(evaded if evaded is not events else prepare(events, diluted, luck, aged, patience, numbers))
        kinds.append(kind)
    rows = np.concatenate(parts)
    return rows[(rows["time"] >= rhythm.start) & (rows["time"] < rhythm.end)], np.array(kinds, dtype=np.int64)


def _kinds(rng: np.random.Generator) -> Iterator[int]:
    while True:
        yield from rng.permutation(len(RING_KINDS)).tolist()


def _assemble(
    ring: int,
    kind: int,
    population: Population,
    rhythm: Rhythm,
    rng: np.random.Generator,
    numbers: Numbers,
    scale: float,
) -> Crew:
    """Draw a ring's active time and temper."""
    slow = bool(rng.random() < SLOW)
    days = rng.uniform(*RING_KINDS[kind].days) * (SLOWER if slow else 1.0)
    length = min(round(days * DAY_MS), round((rhythm.end - rhythm.start) * 0.9))
    start = int(rng.integers(rhythm.start, rhythm.end - length))
    return Crew(ring, rng, numbers, population, rhythm, start, start + length, scale, slow)
