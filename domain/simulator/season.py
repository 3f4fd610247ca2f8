"""A season of a live shop: its customers, and the attacks of a plan on top of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from domain.simulator.attack_plan import Attack
from domain.simulator.crew import Crew
from domain.simulator.documents import EventDocument
from domain.simulator.labels import NEVER_LABELLED, label_times
from domain.simulator.layout import Ints, Numbers, Rows
from domain.simulator.occasions import SimulatedWave
from domain.simulator.population import NEVER, NEWCOMERS, Population, populate
from domain.simulator.rhythm import Rhythm
from domain.simulator.ring_kinds import RING_KINDS
from domain.simulator.settings import SimulatorSettings
from domain.simulator.simulate import Simulation
from domain.simulator.traffic import honest_events, open_accounts
from domain.simulator.waves import wave_events
from domain.times import DAY_MS, DAY_S, HOUR_MS

DAYS_A_VISITOR = 30 / 8
"""A customer leaves eight events in thirty days. With fewer customers, as many share too little."""
MOST_CUSTOMERS = 500_000
PATIENCE = 0.01  # of attackers: refunds within the hour, where they usually take days
LABEL_DELAY = 0.05  # of the usual one: chargebacks after some six hours, where they take days
WAVE_EVENTS = 60


@dataclass(frozen=True)
class Season:
    """A time, in ms since 1970, in which a shop has the same customers."""

    seed: int
    start: int
    end: int
    events_per_s: float


def simulate_season(season: Season, attacks: Sequence[Attack]) -> Iterator[EventDocument]:
    """Return events and labels in time order.

    What customers do ends with the season; what attackers still do, and labels, come after it, too.
    """
    return simulation_of(season, attacks).documents(until=NEVER)


def simulation_of(season: Season, attacks: Sequence[Attack]) -> Simulation:
    """Return all that happens in a season, with the truth about it."""
    events = round(season.events_per_s * (season.end - season.start) / 1000)
    days = (season.end - season.start) / DAY_MS
    settings = SimulatorSettings(events, season.seed, season.start, days=days)
    customers = min(MOST_CUSTOMERS, max(1000, round(season.events_per_s * DAY_S * DAYS_A_VISITOR)))
    draws = [np.random.default_rng(seed) for seed in np.random.SeedSequence(season.seed).spawn(4)]
    numbers = Numbers()
    rhythm = Rhythm(season.start, season.end, level=True)
    population = populate(settings, draws[0], numbers, customers, NEWCOMERS * days / 30)
    open_accounts(population, rhythm, draws[0])
    honest = honest_events(events, population, rhythm, draws[1], numbers)
    parts = [_attack(attack, ring, population, rhythm, draws[2], numbers) for ring, attack in enumerate(attacks)]
    rows = np.concatenate([honest, *parts])
    rows = rows[rows["time"] >= season.start]
    rows = rows[np.argsort(rows["time"], kind="stable")]
    kinds = np.array([attack.kind for attack in attacks], np.int64)
    times, sources = label_times(rows, kinds, draws[3])
    return Simulation(settings, rows, _sooner(rows["time"], times), sources, rows["ring"] >= 0, kinds)


def _attack(attack: Attack, ring: int, population: Population, rhythm: Rhythm, rng: np.random.Generator, numbers: Numbers) -> Rows:
    """Return the events of one attack."""
    if attack.is_wave:
        wave = SimulatedWave(attack.name, attack.start, (attack.end - attack.start) / HOUR_MS, WAVE_EVENTS)
        return wave_events([wave], population, rng, numbers, first=ring)
    crew = Crew(ring, rng, numbers, population, rhythm, attack.start, attack.end, 1.0, attack.slow, PATIENCE)
    return np.concatenate(RING_KINDS[attack.kind].act(crew))


def _sooner(times: Ints, labelled: Ints) -> Ints:
    """Return when labels come, so that who watches for an hour sees some."""
    return np.where(labelled == NEVER_LABELLED, NEVER_LABELLED, times + ((labelled - times) * LABEL_DELAY).astype(np.int64))
