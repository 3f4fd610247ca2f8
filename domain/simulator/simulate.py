"""One simulated shop under attack: its events with the labels merged in, and the truth about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TextIO

import numpy as np

from domain.graph import EVENT_TYPES
from domain.json_text import as_unicode_json
from domain.simulator.bust_outs import NAME as BUST_OUT
from domain.simulator.bust_outs import bust_outs
from domain.simulator.documents import DocumentWriter, EventDocument
from domain.simulator.labels import NEVER_LABELLED, find_strangers, label_times, with_noise
from domain.simulator.layout import SEGMENTS, Bools, Ints, Numbers, Rows, segments
from domain.simulator.occasions import WAVE_KINDS
from domain.simulator.population import populate
from domain.simulator.rhythm import Rhythm
from domain.simulator.ring_kinds import RING_KINDS
from domain.simulator.rings import ring_events
from domain.simulator.settings import SimulatorSettings
from domain.simulator.traffic import honest_events, open_accounts
from domain.simulator.waves import wave_events, wave_kinds

# Documents built at a time: enough for numpy to pay off, little enough to stay in the cache.
CHUNK = 8192

KINDS = (*(kind.name for kind in RING_KINDS), *WAVE_KINDS, BUST_OUT)
"""What a ring number may be: a ring, a wave or a bust-out."""


@dataclass(frozen=True)
class Simulation:
    """Everything that happened, as numbers; documents and truth are made when asked for.

    `rows` has shape [settings.events] of `EVENT`, in time order, and more for waves, evasive rings and
    bust-outs; `label_times` (ms, `NEVER_LABELLED` where none), `label_sources` and `label_says` go with it
    row by row; `ring_kinds[ring]` indexes `KINDS`.
    """

    settings: SimulatorSettings
    rows: Rows
    label_times: Ints
    label_sources: Ints
    label_says: Bools
    ring_kinds: Ints

    def documents(self, until: int | None = None) -> Iterator[EventDocument]:
        """Return events and labels in time order, without the labels that come at `until` (ms) or later;
        None: after the span's end.
        """
        count, writer = len(self.rows), DocumentWriter(self.settings.seed)
        comes = (self.label_times != NEVER_LABELLED) & (self.label_times < (self.settings.end if until is None else until))
        labelled = np.flatnonzero(comes)
        times = np.concatenate([self.rows["time"], self.label_times[labelled]])
        order = np.argsort(times, kind="stable")
        for at in range(0, len(order), CHUNK):
            chunk = order[at : at + CHUNK]
            happened, learnt = chunk[chunk < count], labelled[chunk[chunk >= count] - count]
            events = iter(writer.events(self.rows[happened], happened))
            known = self.label_times[learnt], self.label_sources[learnt], self.label_says[learnt]
            labels = iter(writer.labels(self.rows[learnt], learnt, *known, count + learnt))
            for number in chunk.tolist():
                yield next(events) if number < count else next(labels)

    def truth(self) -> dict[str, list[Any]]:
        """Return columns of equal length, one entry per event, in the order of `documents`; labels have
        none.

        `event_id, event_time, event_type, account_id, is_fraud, ring_id, ring_kind, member, label_time,
        segment`. The ring's columns and `segment` are None where they do not apply: honest events have a
        segment, fraud has a ring. `member` is 1 for the ring's account that was seen first. `label_time` is
        in ms, None if the shop never learns the truth, and may lie after the end of the span.
        """
        rows, writer = self.rows, DocumentWriter(self.settings.seed)
        fraud = (rows["ring"] >= 0).tolist()
        rings = rows["ring"].tolist()
        kinds = [KINDS[kind] for kind in self.ring_kinds.tolist()]
        return {
            "event_id": writer.event_ids(np.arange(len(rows))),
            "event_time": rows["time"].tolist(),
            "event_type": [EVENT_TYPES[code] for code in rows["event_type"].tolist()],
            "account_id": writer.account_ids(rows),
            "is_fraud": fraud,
            "ring_id": [f"ring-{ring + 1:04d}" if ring >= 0 else None for ring in rings],
            "ring_kind": [kinds[ring] if ring >= 0 else None for ring in rings],
            "member": [member or None for member in _members(rows).tolist()],
            "label_time": [None if time == NEVER_LABELLED else time for time in self.label_times.tolist()],
            "segment": [None if bad else SEGMENTS[code] for bad, code in zip(fraud, segments(rows).tolist(), strict=True)],
        }


def simulate(settings: SimulatorSettings) -> Simulation:
    """Simulate a shop under attack; equal settings give equal events."""
    draws = [np.random.default_rng(seed) for seed in np.random.SeedSequence(settings.seed).spawn(10)]
    numbers = Numbers()
    rhythm = Rhythm(settings.start, settings.end, settings.sales)
    population = populate(settings, draws[0], numbers)
    open_accounts(population, rhythm, draws[0])
    tricks = settings.evasive, draws[5], settings.diluted, draws[8], settings.aged, draws[9]
    rings, ring_kinds = ring_events(settings.fraud_events, population, rhythm, draws[1], numbers, *tricks)
    honest = honest_events(settings.events - min(settings.fraud_events, len(rings)), population, rhythm, draws[2], numbers)
    waves = wave_events(settings.waves, population, draws[4], numbers, first=len(ring_kinds))
    ring_kinds = np.concatenate([ring_kinds, wave_kinds(settings.waves, first=len(RING_KINDS))])
    seasoned, crews = bust_outs(settings.bust_out_events, population, rhythm, draws[7], numbers, first=len(ring_kinds))
    ring_kinds = np.concatenate([ring_kinds, np.full(crews, KINDS.index(BUST_OUT))])
    rows = np.concatenate([honest, rings, waves[(waves["time"] >= settings.start) & (waves["time"] < settings.end)], seasoned])
    del honest
    rows = rows[np.argsort(rows["time"], kind="stable")]
    times, sources = label_times(rows, ring_kinds, draws[3])
    times, says = with_noise(rows, find_strangers(rows, times, draws[6]), settings.label_noise, draws[6])
    return Simulation(settings, rows, times, sources, says, ring_kinds)


def write_events(simulation: Simulation, file: TextIO) -> int:
    """Write the documents as JSON lines; return how many lines."""
    lines = 0
    for document in simulation.documents():
        file.write(as_unicode_json(document) + "\n")
        lines += 1
    return lines


def _members(rows: Rows) -> Ints:
    """Return for each fraud event the place of its account among the ring's accounts, from 1.

    Accounts are in the order in which they appeared.
    """
    members = np.zeros(len(rows), np.int64)
    fraud = np.flatnonzero(rows["ring"] >= 0)
    ring = rows["ring"][fraud].astype(np.int64)
    pairs, first, inverse = np.unique(ring << 32 | rows["account"][fraud], return_index=True, return_inverse=True)
    order = np.lexsort((first, pairs >> 32))
    begins = np.searchsorted((pairs >> 32)[order], (pairs >> 32)[order])
    place = np.empty(len(pairs), np.int64)
    place[order] = np.arange(len(pairs)) - begins + 1
    members[fraud] = place[inverse]
    return members
