"""A shop whose events happen now: some hours of history, then the same under attack, for ever."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count

from domain.simulator.attack_plan import Attack, attacks
from domain.simulator.documents import EventDocument
from domain.simulator.season import Season, simulate_season
from domain.times import DAY_MS, HOUR_MS


@dataclass(frozen=True)
class LiveShop:
    """A shop that is opened at `now` (ms since 1970); equal settings give equal events.

    Raises:
        ValueError: a setting is out of range; the text names it.
    """

    now: int
    seed: int = 0
    events_per_s: float = 1.0
    """Of customers, by day and night alike. Attacks come on top."""
    attack_every_min: float = 10.0
    """Mean time from the begin of an attack to that of the next one."""
    quiet_h: int = 6
    """Hours of customers alone, in which the job learns what is usual."""
    attacked_h: int = 2
    """Hours after these, before now, with attacks as from now on."""

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ValueError(f"seed is {self.seed}; give 0 or more")
        if not 0.1 <= self.events_per_s <= 50:
            raise ValueError(f"events_per_s is {self.events_per_s:g}; give a rate from 0.1 to 50")
        if not 0.5 <= self.attack_every_min <= 1440:
            raise ValueError(f"attack_every_min is {self.attack_every_min:g}; give from half a minute to a day")

    @property
    def hours(self) -> int:
        """How many hours of it are over when it is opened."""
        return self.quiet_h + self.attacked_h

    @property
    def start(self) -> int:
        """When the first event happens."""
        return self.now - self.hours * HOUR_MS

    @property
    def attacked_from(self) -> int:
        """When the first attack begins."""
        return self.now - self.attacked_h * HOUR_MS

    def attacks(self) -> Iterator[Attack]:
        """Yield the attacks by their start, for ever."""
        return attacks(self.seed, self.attacked_from, self.attack_every_min)

    def documents(self) -> Iterator[EventDocument]:
        """Yield events and labels in time order, for ever; each day the customers are others."""
        plan = self.attacks()
        left: Iterator[EventDocument] = iter(())
        start = self.start
        for number in count():
            end = self.now + (number + 1) * DAY_MS
            coming, plan = _before(plan, end)
            merged = heapq.merge(left, simulate_season(Season(self.seed + number, start, end, self.events_per_s), coming), key=_time)
            for document in merged:
                if _time(document) >= end:  # refunds, and labels, of what happened in this season
                    left = chain([document], merged)
                    break
                yield document
            start = end


def _before(plan: Iterator[Attack], end: int) -> tuple[list[Attack], Iterator[Attack]]:
    """Return the attacks that begin before `end`, and the others."""
    coming: list[Attack] = []
    for attack in plan:
        if attack.start >= end:
            return coming, chain([attack], plan)
        coming.append(attack)
    return coming, iter(())


def _time(document: EventDocument) -> int:
    return int(document["event_time"])
