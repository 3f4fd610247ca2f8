"""Waves of abuse: many accounts that share nothing do the same within hours, each once or twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from domain.simulator.crew import RING_CATEGORY_SHARES
from domain.simulator.layout import ORDER, PAYMENT, REFUND_REQUEST, SIGNUP, Ints, Numbers, Rows, blank, stamp, wait
from domain.simulator.occasions import WAVE_KINDS, SimulatedWave
from domain.simulator.places import basket
from domain.simulator.population import DISPOSABLE, Population
from domain.simulator.traffic import prices
from domain.times import DAY_MS, HOUR_MS

THROW_AWAY = 0.75  # of the accounts that were opened for the wave


def wave_events(waves: Sequence[SimulatedWave], population: Population, rng: np.random.Generator, numbers: Numbers, first: int) -> Rows:
    """Return the events of the waves; the n-th has the ring number `first` + n, though it is no ring."""
    parts = [blank(0)]
    for number, wave in enumerate(waves, start=first):
        for rows in _ACTS[wave.kind](_actors(wave, population, rng, numbers), rng):
            rows["ring"] = number
            parts.append(rows)
    return np.concatenate(parts)


def _actors(wave: SimulatedWave, population: Population, rng: np.random.Generator, numbers: Numbers) -> Rows:
    """Return a row per event: another account each, with a device, line, card and address of its own."""
    count = wave.events
    rows = blank(count)
    for field in ("account", "device", "ip", "payment", "address"):
        rows[field] = numbers.take(count)
    rows["email"] = 2 * numbers.take(count) + DISPOSABLE * (rng.random(count) < THROW_AWAY)
    rows["time"] = wave.start + (wave.hours * HOUR_MS * np.sort(rng.random(count))).astype(np.int64)
    rows["created"] = rows["time"] - (rng.uniform(1, 20, count) * HOUR_MS).astype(np.int64)
    rows["amount"] = prices(rng, 60 * rng.lognormal(0, 0.5, count))
    basket(rng, rows, population.merchants, RING_CATEGORY_SHARES)
    return rows


def _refunds(actors: Rows, rng: np.random.Generator) -> list[Rows]:
    """Return accounts that were opened within the last day, ordered at once and now want their money back."""
    opened = actors.copy()
    opened["time"] = actors["created"]
    ordered = stamp(opened, ORDER, wait(rng, len(opened), median_s=300))
    return [stamp(opened, SIGNUP), ordered, stamp(ordered, PAYMENT, wait(rng, len(opened), median_s=40)), stamp(actors, REFUND_REQUEST)]


def _signups(actors: Rows, rng: np.random.Generator) -> list[Rows]:
    """Return accounts that are opened now, and do nothing yet."""
    actors["created"] = actors["time"]
    return [stamp(actors, SIGNUP)]


def _card_tests(actors: Rows, rng: np.random.Generator) -> list[Rows]:
    """Return one tiny payment an account; two in five of the accounts are old ones."""
    count = len(actors)
    aged = rng.random(count) < 0.4
    actors["created"] = np.where(aged, actors["time"] - (rng.uniform(40, 900, count) * DAY_MS).astype(np.int64), actors["created"])
    actors["amount"] = prices(rng, rng.uniform(0.5, 4.0, count))
    return [stamp(actors, PAYMENT)]


_ACTS: dict[str, Callable[[Rows, np.random.Generator], list[Rows]]] = dict(zip(WAVE_KINDS, (_refunds, _signups, _card_tests), strict=True))


def wave_kinds(waves: Sequence[SimulatedWave], first: int) -> Ints:
    """Return for each wave the number of its kind; those of waves begin at `first`."""
    return np.array([first + WAVE_KINDS.index(wave.kind) for wave in waves], dtype=np.int64)
