"""Events through the one step and rules that are tried, beside what was decided or the model decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from domain.decisions.effects import Effects
from domain.decisions.rule_reasons import RuleReasons
from domain.events.event import Event
from domain.events.identity import Pseudonyms, as_text
from domain.events.parser import EventParser
from domain.features.event_row import EventRow
from domain.graph import GraphSettings
from domain.rules.conditions import Rule
from domain.rules.entity_lists import EntityLists
from domain.rules.rule_set import Fired, Holds, RuleSet
from domain.times import now_ms
from gnn.evaluation.decisions import read_decisions
from gnn.evaluation.errors import EvaluationError
from gnn.evaluation.event_truth import EventTruth
from gnn.evaluation.rule_trial import Known, RuleTrial
from gnn.history.replay import Replay
from gnn.scoring.offline_control import OfflineControl
from gnn.scoring.offline_score import Decides

BATCH = 1024
Decide = Callable[[Sequence["Judged"]], list[str]]
"""Outcomes of events."""


class Judged(NamedTuple):
    """An event on its way to a decision."""

    event: Event
    trail: bytes
    effects: Effects | None
    """Of control records; None where there are none."""
    fired: list[Fired]
    """The rules that are tried."""


def made_decisions(path: Path, otherwise: str | None = None) -> Decide:
    """Return what looks up the decisions of a file or folder. Raises `EvaluationError`.

    `otherwise`: the outcome of events that it does not decide; None: there must be none.
    """
    made: dict[tuple[str, str | None], str] = {}
    for document in read_decisions(path):
        made[document["event_id"], (document.get("entities") or {}).get("account")] = document["decision"]

    def decide(events: Sequence[Judged]) -> list[str]:
        return [_found(made, one.event, path, otherwise) for one in events]

    return decide


def _found(made: dict[tuple[str, str | None], str], event: Event, path: Path, otherwise: str | None) -> str:
    found = made.get((event.event_id, as_text(event.entities[0]))) or made.get((event.event_id, None)) or otherwise
    if found is None:
        raise EvaluationError(
            f"{path} does not decide event {event.event_id!r}: name the decisions on these events, made under the same "
            "pseudonym key, or leave --decisions out"
        )
    return found


def model_decisions(decider: Decides) -> Decide:
    """Return what lets a model decide, under the effects of control records."""

    def decide(events: Sequence[Judged]) -> list[str]:
        made = decider.decide_and_join([one.trail for one in events], now_ms, [one.effects for one in events])
        return [decision.outcome for decision, _ in made]

    return decide


class RuleReplay:
    """One run of rules over a history."""

    def __init__(
        self,
        graph: GraphSettings,
        parser: EventParser,
        rules: Sequence[Rule],
        pseudonyms: Pseudonyms,
        truth: EventTruth,
        decide: Decide,
        control: OfflineControl | None = None,
    ) -> None:
        """Take what is replayed and what decides. `control` has the lists that the rules name."""
        self.known = Known()
        self.trials = [RuleTrial(rule) for rule in rules]
        self._replay, self._row = Replay(graph, parser, on_parsed=control.compare if control else None), EventRow(graph)
        self._truth, self._decide, self._control = truth, decide, control
        self._trials = {trial.rule.id: trial for trial in self.trials}
        self._reasons, self._told = RuleReasons(graph), set[str]()
        self._rules = RuleSet(graph, rules, EntityLists(graph) if control is None else control.lists, pseudonyms, self._told_once)

    def _judged(self, event: Event, trail: bytes) -> Judged:
        """Evaluate the rules with the lists of this very event."""
        effects = None
        if self._control is not None:
            trail, effects = self._control.judged(event, trail)
        return Judged(event, trail, effects, self._rules.fired(event, self._row.write(trail)))

    def _told_once(self, rule: Rule, event: Event, row: Sequence[float], holds: Holds) -> str:
        """Return the reason for the first event; it takes longer than all the rest."""
        if rule.id in self._told:
            return ""
        self._told.add(rule.id)
        return self._reasons(rule, event, row, holds)

    def run(self, files: Iterable[Path], progress: Callable[[int], None] = lambda _: None) -> None:
        """Replay files. `progress` is shown the number of lines so far."""
        scored = self._replay.run(files)
        while batch := [self._judged(event, trail) for event, trail in islice(scored, BATCH)]:
            for one, before in zip(batch, self._decide(batch), strict=True):
                is_fraud = self._truth(one.event)
                self.known.take(is_fraud, before)
                for rule, text in one.fired:
                    self._trials[rule.id].take(one.event, text, is_fraud, before)
            progress(self._replay.counts.lines)
