"""A history through the shipped step, model, policy and incidents, in the order of arrival."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from domain.decisions.decision import Decision
from domain.decisions.policy import PolicySettings
from domain.events.event import Event, Rejected
from domain.events.identity import Pseudonyms
from domain.events.marks import LABELS
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from domain.incidents.settings import IncidentSettings
from domain.json_text import as_unicode_json
from domain.memory.trail import TrailCodec, crowd
from domain.simulator.adversary import Arrival, History
from gnn.artifact.artifact import load_scorer
from gnn.history.replay import Replay
from gnn.scoring.decider import Decider
from gnn.scoring.incident_replay import IncidentReplay
from gnn.scoring.offline_score import BATCH

MODEL = Path("gnn/pretrained/default")
KEY = b"measuring attacks"


@dataclass
class Run:
    """What became of a history; times are those of arrival, in ms since 1970."""

    decided: list[tuple[Arrival, Decision]] = field(default_factory=list)
    revisions: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    """Those published before the last line."""
    after: list[dict[str, Any]] = field(default_factory=list)
    """Those that are published when no more lines come."""
    rejected: list[bytes] = field(default_factory=list)


class _Door(EventParser):
    """A parser with the clock of arrival; `apart`, it takes labels from the shop's source alone."""

    def __init__(self, graph: GraphSettings, apart: bool) -> None:
        super().__init__(graph, Pseudonyms(KEY), now_ms=lambda: self.now_ms, labels_from=() if apart else None)
        self.now_ms, self.by_shop = 0, True

    def parse(self, line: bytes, form: str = "") -> Event:
        return super().parse(line, LABELS + self._form if self.by_shop else form)


class Shop:
    """The shipped model in its shop, with the default settings."""

    def __init__(self, labels_apart: bool = False) -> None:
        self._graph, self._apart = GraphSettings(), labels_apart
        self._decider = Decider(self._graph, load_scorer(MODEL, self._graph), PolicySettings(), Pseudonyms(KEY))

    def run(self, history: History) -> Run:
        """Return what becomes of a history."""
        run, incidents, codec = Run(), IncidentReplay(IncidentSettings()), TrailCodec(self._graph)
        scored = self._scored(history, run)
        while taken := list(islice(scored, BATCH)):
            decided = self._decider.decide_and_join([trail for _, trail in taken], lambda: 0)
            for (arrival, trail), (decision, joins) in zip(taken, decided, strict=True):
                run.decided.append((arrival, decision))
                run.revisions += [(arrival.at_ms, told) for told in incidents.take(decision, joins, crowd(trail), codec.clock_ms(trail))]
        run.after = list(incidents.finish())
        return run

    def _scored(self, history: History, run: Run) -> Iterator[tuple[Arrival, bytes]]:
        """Yield what is to be decided, with its trail."""
        door = _Door(self._graph, self._apart)

        def rejected(line: bytes, why: Rejected) -> None:
            run.rejected.append(line)

        replay = Replay(self._graph, door, on_rejected=rejected)
        for arrival in history.arrivals:
            door.now_ms, door.by_shop = arrival.at_ms, arrival.by_shop
            taken = replay.take(as_unicode_json(arrival.document).encode())
            if taken is not None:
                yield arrival, taken[1]
