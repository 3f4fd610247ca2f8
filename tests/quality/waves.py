"""Waves in the simulated shop: how soon each kind is found, and how many are found in weeks without one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from domain.incidents.incident import Incident
from domain.incidents.settings import IncidentSettings
from domain.incidents.waves.counts import BUCKET_MS, units_of
from domain.incidents.waves.watch import WaveWatch
from domain.json_text import as_unicode_json
from domain.memory.crowd import NO_CROWD
from domain.memory.trail import crowd
from domain.simulator import WAVE_KINDS, Sale, SimulatedWave, SimulatorSettings, simulate
from domain.simulator.settings import DEFAULT_START_MS
from domain.times import DAY_MS, HOUR_MS
from gnn.history.replay import Replay
from tests.quality.splits import KEY

LAG_MS = 10_001
SALE = Sale(DEFAULT_START_MS + 14 * DAY_MS + 9 * HOUR_MS, hours=36, factor=4.0)
CLASS_OF = {"refund_wave": "refund_request", "signup_wave": "signup", "card_testing_wave": "small_payment"}
FIRST_DAY, APART_DAYS = 8.0, 1.4


def measure(shops: Sequence[tuple[int, float]], sizes: Sequence[int], seeds: Sequence[int]) -> dict[str, Any]:
    """Per shop (events, days): what is found without a wave, with and without a sale, and when each wave is.

    Each shop with waves has one of each kind and size, three hours long, at any hour of the day.
    """
    found: dict[str, Any] = {}
    for events, days in shops:
        quiet = [revisions(SimulatorSettings(events, seed, days=days, sales=sales)) for seed in seeds for sales in ((), (SALE,))]
        told: dict[str, dict[str, list[float | None]]] = {kind: {str(size): [] for size in sizes} for kind in WAVE_KINDS}
        for seed in seeds:
            waves = planned(sizes, seed)
            opened = _opened(revisions(SimulatorSettings(events, seed, days=days, waves=waves)))
            for wave in waves:
                told[wave.kind][str(wave.events)].append(hours_to(wave, opened))
        found[f"{events / days:,.0f}"] = {"weeks": len(quiet) * days / 7, "false": sum(map(len, map(_opened, quiet))), "hours": told}
    return found


def planned(sizes: Sequence[int], seed: int) -> tuple[SimulatedWave, ...]:
    """Return a wave of each kind and size, a day and more apart."""
    rng, waves = np.random.default_rng(1000 + seed), []
    for number, (size, kind) in enumerate((size, kind) for size in sizes for kind in WAVE_KINDS):
        day = DEFAULT_START_MS + int((FIRST_DAY + APART_DAYS * number) // 1) * DAY_MS
        waves.append(SimulatedWave(kind, day + int(rng.integers(DAY_MS)), 3.0, size))
    return tuple(waves)


def revisions(settings: SimulatorSettings) -> list[Incident]:
    """Return what the watch publishes in a simulated shop."""
    graph, watch, found, clock_ms = GraphSettings(), WaveWatch(IncidentSettings()), [], 0
    replay = Replay(graph, EventParser(graph, Pseudonyms(KEY)))
    for document in simulate(settings).documents():
        taken = replay.take(as_unicode_json(document).encode())
        if taken is None:
            continue
        event, of = taken[0], crowd(taken[1])
        if of != NO_CROWD:
            watch.take([(event.time_ms // BUCKET_MS, of, event.currency, 1, units_of(event.amount), event.time_ms, event.time_ms)])
        clock_ms = max(clock_ms, event.time_ms - LAG_MS)
        found += watch.advance(clock_ms)
    return [*found, *watch.advance(1 << 62)]


def hours_to(wave: SimulatedWave, opened: Sequence[Incident]) -> float | None:
    """Return the hours from a wave's beginning to the first revision of its class, None if there is none."""
    until = wave.start + (wave.hours + 1) * HOUR_MS
    own = [one for one in opened if CLASS_OF[wave.kind] in one.ring and wave.start < one.told_at <= until]
    return min(((one.told_at - wave.start) / HOUR_MS for one in own), default=None)


def _opened(found: Sequence[Incident]) -> list[Incident]:
    return [one for one in found if one.status == "opened"]
