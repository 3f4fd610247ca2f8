"""What rules, lists and a model in shadow cost an event, in one process and in CPU time, on rows of simulated
events.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from domain.decisions.effects import Effects
from domain.decisions.policy import PolicySettings
from domain.events.event import Event
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.features.event_row import EventRow
from domain.graph import GraphSettings
from domain.rules.conditions import ACTIVE, Rule
from domain.rules.entity_lists import EntityLists, ListRecord
from domain.rules.language import rule_of
from domain.rules.names import RuleNames
from domain.rules.rule_set import RuleSet
from flink_job.bench.rig import Chosen
from gnn.artifact.artifact import load_scorer
from gnn.history.replay import Replay
from gnn.scoring.decider import Decider
from gnn.scoring.drift_tally import DriftTally
from gnn.scoring.drift_texts import DriftReference
from gnn.scoring.scorer import Scorer
from gnn.scoring.shadow import ShadowSwitch
from ops.secrets import pseudonyms

ENTRIES, RULES, CONDITIONS = 1_000_000, (0, 20, 200), 20
USUAL, WORST = "usual", "worst"
"""Kinds of rules: as analysts write them, and such of which every condition is asked and none fires."""
_EVENTS, _PASSES = 2_000, 7


@dataclass(frozen=True)
class RulesCost:
    """Of so many rules."""

    kind: str
    rules: int
    us: float
    """CPU per event."""
    compile_ms: float
    """From records to what is evaluated."""


@dataclass(frozen=True)
class ListCost:
    """Of one list."""

    entries: int
    build_ms: float
    mib: float
    miss_us: float
    """CPU per event of which no entity is on the list."""
    hit_us: float


@dataclass(frozen=True)
class ControlCost:
    """Of rules, of a list, and of the row of features where nobody else has computed it; CPU per event."""

    rules: tuple[RulesCost, ...]
    list: ListCost
    row_us: float
    shadow_us: float
    """Of the model once more, in shadow; without early approval, which a shadow rules out."""
    drift_us: float
    """Of counting score and inputs for drift."""


def measure(chosen: Chosen, events: Path) -> ControlCost:
    """Return the costs on the last of the file's first events; the earlier ones fill the state."""
    settings = chosen.settings()
    names = pseudonyms(settings.identity)
    replay = Replay(settings.graph, EventParser(settings.graph, names, currency=settings.currency))
    taken = list(islice(replay.run([events]), 5 * _EVENTS))[-_EVENTS:]
    bench = _Bench(settings.graph, names, taken)
    rules = tuple(bench.rules(kind, count) for kind in (USUAL, WORST) for count in RULES)
    scorer = load_scorer(Path(settings.model), settings.graph)
    return ControlCost(rules, bench.listed(), bench.row_us(), bench.shadow_us(scorer, settings.policy), bench.drift_us(scorer))


def usual_rule(graph: GraphSettings, number: int) -> dict[str, Any]:
    """Return a rule as analysts write them: one in four looks at amounts, lists, the time or the type."""
    kind = graph.entities[number % len(graph.entities)]
    parts: list[dict[str, Any]] = [{"feature": f"{kind}.events_6h", "at_least": 20 + number}]
    match number % 4:
        case 0:
            parts.append({"field": "amount", "at_least": 2_000 + number, "currency": "EUR"})
        case 1:
            parts.append({"entity": kind, "in_list": "mules"})
        case 2:
            parts.append({"time_of_day": {"from": "22:00", "to": "06:00", "zone": "Europe/Berlin"}})
        case _:
            parts.append({"field": "event_type", "in": ["signup", "order"]})
    parts.append({"feature": f"{kind}.fraud_rate_7d", "at_least": 0.9})
    return {"when": {"all": parts}, "decision": "investigate", "text": "usual"}


class _Bench:
    """Events with their rows, and what is measured on them."""

    def __init__(self, graph: GraphSettings, names: Pseudonyms, taken: Sequence[tuple[Event, bytes]]) -> None:
        self._graph, self._pseudonyms, self._names = graph, names, RuleNames.of(graph)
        self._taken, self._row = taken, EventRow(graph)
        self._rows = [(event, np.array(self._row.write(trail)).data) for event, trail in taken]

    def rules(self, kind: str, count: int) -> RulesCost:
        """Measure so many rules of a kind."""
        made: Callable[[int], dict[str, Any]] = partial(usual_rule, self._graph) if kind == USUAL else self._worst
        records = [{**made(number), "id": f"R{number}", "version": 1, "by": "bench", "reason": "bench"} for number in range(count)]
        began = time.process_time()
        rules: list[Rule] = [rule_of(record, self._names) for record in records]
        found = RuleSet(self._graph, rules, EntityLists(self._graph), self._pseudonyms)
        compile_ms = 1000 * (time.process_time() - began)

        def evaluate() -> None:
            fired = found.fired
            for event, row in self._rows:
                fired(event, row)

        return RulesCost(kind, count, self._us(evaluate), compile_ms)

    def _worst(self, number: int) -> dict[str, Any]:
        """Return a rule of which every condition but the last holds."""
        names = [name for name, feature in self._names.features.items() if feature.scale == "log" and feature.unit != "currency"]
        held = [{"feature": names[(number + at) % len(names)], "at_least": 0} for at in range(CONDITIONS - 1)]
        return {"when": {"all": [*held, {"feature": names[number % len(names)], "below": 0}]}, "decision": "block", "text": "worst"}

    def listed(self) -> ListCost:
        """Measure a list of a million entries, of which one is the device of every hit."""
        kind = self._graph.entities[-1]
        stage = self._graph.stages.index(kind)
        keys = np.random.default_rng(7).integers(1, 2**63, ENTRIES, dtype=np.uint64)
        lists = EntityLists(self._graph)
        lists.put(_record("warm", kind), keys[:10_000])  # it grows: all that is needed is compiled
        lists.remove("warm")
        began = time.process_time()
        lists.put(_record("bench", kind), keys)
        build_ms = 1000 * (time.process_time() - began)
        events = [event for event, _ in self._rows]
        hits = [self._moved(event, stage, int(keys[at])) for at, event in enumerate(events)]
        miss_us, hit_us = self._us(lambda: _ask(lists, events)), self._us(lambda: _ask(lists, hits))
        return ListCost(lists.entries, build_ms, lists.bytes / 2**20, miss_us, hit_us)

    @staticmethod
    def _moved(event: Event, stage: int, key: int) -> Event:
        entities = (*event.entities[:stage], key, *event.entities[stage + 1 :])
        return Event(event.event_id, event.type_code, event.time_ms, entities, event.id_hash, places=event.places)

    def row_us(self) -> float:
        """Measure the row of features of one event."""

        def write() -> None:
            for _, trail in self._taken:
                self._row.write(trail)

        return self._us(write)

    def shadow_us(self, scorer: Scorer, policy: PolicySettings) -> float:
        """Measure what a model in shadow adds, which is of the same kind as the one that decides."""
        trails, effects = [trail for _, trail in self._taken], [Effects(1, shadow="shadow")] * len(self._taken)
        decider = Decider(self._graph, scorer, policy, self._pseudonyms)
        decided, shadow = decider.decide_and_join(trails, lambda: 0, effects), ShadowSwitch(lambda name: decider)
        return self._us(lambda: shadow.beside(decided, trails, effects))

    def drift_us(self, scorer: Scorer) -> float:
        """Measure the counting of one event, and its share of the texts that go on."""
        tally, rows = DriftTally(DriftReference.of(scorer)), [np.frombuffer(row, np.float32) for _, row in self._rows]
        places = [(row.ctypes.data, event.time_ms) for row, (event, _) in zip(rows, self._rows, strict=True)]

        def count() -> None:
            take, delta = tally.take, tally.delta
            for row_at, time_ms in places:
                take(0.01, row_at, time_ms)
                delta(0.0)

        return self._us(count)

    def _us(self, work: Callable[[], object]) -> float:
        """Return the CPU per event of the fastest pass: what else runs on the machine only adds to it."""
        work()
        took = []
        for _ in range(_PASSES):
            began = time.process_time()
            work()
            took.append(time.process_time() - began)
        return 1e6 * min(took) / len(self._rows)


def _ask(lists: EntityLists, events: Sequence[Event]) -> None:
    hits = lists.hits
    for event in events:
        hits(event)


def _record(id: str, kind: str) -> ListRecord:
    return ListRecord(id, 1, ACTIVE, "block", kind, None, "bench", "bench")
