"""How the cost of an event grows with the state and with the degree of its entities, and what training
takes.

In one process without an engine, in CPU time: parsing and step (`Replay`), then features and score, in
batches. Reasons are left out: shared devices look like rings, and what a flagged event costs on top would
hide the rest.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from domain.events.parser import EventParser
from domain.features.extractor import FeatureExtractor
from flink_job.bench import replay_part
from flink_job.bench.histories import simulated
from flink_job.bench.plan import Plan
from flink_job.bench.replay_part import ReplayRun
from flink_job.bench.rig import Chosen
from flink_job.settings.settings import Settings
from gnn.artifact.artifact import load_scorer
from gnn.history.replay import Replay
from gnn.scoring.offline_score import BATCH
from gnn.training.training import train
from ops.secrets import pseudonyms

START_MS, STEP_MS = 1_735_689_600_000, 20  # all within some hours of one day: nothing expires
HUB_ACCOUNTS = 3_000
"""Accounts of a measurement by degree, on as many devices and at as many addresses as the degree asks for."""

Triple = tuple[int, int, int]
"""Numbers of the account, the device and the address of an event."""


@dataclass(frozen=True)
class Cost:
    """us of CPU per event."""

    size: int
    """Entities in the state, or distinct accounts of each device and address."""
    entities: int
    record_bytes: float
    """Mean of a state record."""
    step_us: float
    """Parsing and step."""
    score_us: float
    """Features and model."""


@dataclass(frozen=True)
class Growth:
    by_entities: tuple[Cost, ...]
    by_degree: tuple[Cost, ...]
    train_events: int
    train_s: float
    train_cpu_s: float
    long_replay: ReplayRun | None


def measure(chosen: Chosen, plan: Plan) -> Growth:
    settings = chosen.settings()
    bench = _Costs(settings, plan)
    history = simulated(plan.train_events, plan.seed, chosen.scratch)
    by_entities = tuple(bench.with_entities(entities) for entities in plan.entities)
    by_degree = tuple(bench.with_degree(degree) for degree in plan.degrees)
    train_s, train_cpu_s = _train(settings, history, chosen.scratch / "model")
    long = None
    if plan.long_replay_events:
        long = replay_part.measure(chosen, simulated(plan.long_replay_events, plan.seed, chosen.scratch))
    return Growth(by_entities, by_degree, plan.train_events, train_s, train_cpu_s, long)


class _Costs:
    """Costs with states of different make."""

    def __init__(self, settings: Settings, plan: Plan) -> None:
        self._graph, self._events, self._seed = settings.graph, plan.growth_events, plan.seed
        self._parser = EventParser(settings.graph, pseudonyms(settings.identity), currency=settings.currency)
        self._extractor, self._scorer = FeatureExtractor(settings.graph), load_scorer(Path(settings.model), settings.graph)

    def with_entities(self, entities: int) -> Cost:
        """Measure on a state of so many entities, a third of them accounts.

        The events are of accounts drawn from all of them.
        """
        count = entities // 3
        chance = random.Random(self._seed)
        drawn = (chance.randrange(count) for _ in range(self._events))
        return self._cost(entities, ((n, n, n) for n in range(count)), ((n, n, n) for n in drawn))

    def with_degree(self, degree: int) -> Cost:
        """Measure where each device and each address is shared by so many accounts."""
        count = max(HUB_ACCOUNTS, degree)
        chance = random.Random(self._seed)
        drawn = (chance.randrange(count) for _ in range(self._events))
        return self._cost(degree, ((n, n // degree, n // degree) for n in range(count)), ((n, n // degree, n // degree) for n in drawn))

    def _cost(self, size: int, before: Iterable[Triple], measured: Iterable[Triple]) -> Cost:
        replay, number = Replay(self._graph, self._parser), 0
        for number, triple in enumerate(before, 1):
            replay.take(line(number, triple))
        lines = [line(number + index, triple) for index, triple in enumerate(measured, 1)]
        self._take(replay, lines[:BATCH])
        step_s, score_s = self._take(replay, lines[BATCH:])
        events, records = len(lines) - BATCH, [len(record) for state in replay.states for record in state.values()]
        return Cost(size, len(records), sum(records) / len(records), 1e6 * step_s / events, 1e6 * score_s / events)

    def _take(self, replay: Replay, lines: list[bytes]) -> tuple[float, float]:
        """Return the CPU seconds of parsing and step, and those of features and scores."""
        step_s = score_s = 0.0
        for start in range(0, len(lines), BATCH):
            batch = lines[start : start + BATCH]
            began = time.process_time()
            trails = [scored[1] for one in batch if (scored := replay.take(one)) is not None]
            between = time.process_time()
            self._scorer.score(self._extractor.extract(trails))
            step_s, score_s = step_s + between - began, score_s + time.process_time() - between
        return step_s, score_s


def line(number: int, triple: Triple) -> bytes:
    """Write an order as a line."""
    account, device, address = triple
    document = {
        "event_id": f"growth-{number}",
        "event_type": "order",
        "event_time": START_MS + number * STEP_MS,
        "account_id": f"account-{account}",
        "device_fingerprint": f"device-{device}",
        "address": f"{address} Main Street; Springfield",
        "amount": 20.0 + number % 50,
        "currency": "EUR",
    }
    return json.dumps(document).encode()


def _train(settings: Settings, history: Path, out: Path) -> tuple[float, float]:
    """Train a model; return its seconds of wall time and of CPU."""
    began, cpu = time.perf_counter(), time.process_time()
    train(settings.train, settings.graph, [history], out, EventParser(settings.graph, pseudonyms(settings.identity)), lambda *_: None)
    return time.perf_counter() - began, time.process_time() - cpu
