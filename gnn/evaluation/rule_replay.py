"""Events through the one step and rules that are tried, beside what was decided or the model decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path

from domain.decisions.rule_reasons import RuleReasons
from domain.events.event import Event
from domain.events.identity import Pseudonyms, as_text
from domain.events.parser import EventParser
from domain.features.event_row import EventRow
from domain.graph import GraphSettings
from domain.rules.conditions import Rule
from domain.rules.entity_lists import EntityLists
from domain.rules.rule_set import Holds, RuleSet
from domain.times import now_ms
from gnn.evaluation.decisions import read_decisions
from gnn.evaluation.errors import EvaluationError
from gnn.evaluation.event_truth import EventTruth
from gnn.evaluation.rule_trial import Known, RuleTrial
from gnn.history.replay import Replay
from gnn.scoring.decider import Decider

BATCH = 1024
Decide = Callable[[Sequence[tuple[Event, bytes]]], list[str]]
"""Outcomes of events with their trails."""


def made_decisions(path: Path) -> Decide:
    """Return what looks up the decisions of a file or folder. Raises `EvaluationError`."""
    made: dict[tuple[str, str | None], str] = {}
    for document in read_decisions(path):
        made[document["event_id"], (document.get("entities") or {}).get("account")] = document["decision"]

    def decide(events: Sequence[tuple[Event, bytes]]) -> list[str]:
        return [_found(made, event, path) for event, _ in events]

    return decide


def _found(made: dict[tuple[str, str | None], str], event: Event, path: Path) -> str:
    found = made.get((event.event_id, as_text(event.entities[0]))) or made.get((event.event_id, None))
    if found is None:
        raise EvaluationError(
            f"{path} does not decide event {event.event_id!r}: name the decisions on these events, made under the same "
            "pseudonym key, or leave --decisions out"
        )
    return found


def model_decisions(decider: Decider) -> Decide:
    """Return what lets a model decide."""

    def decide(events: Sequence[tuple[Event, bytes]]) -> list[str]:
        return [decision.outcome for decision in decider.decide([trail for _, trail in events], now_ms)]

    return decide


class RuleReplay:
    """One run of rules over a history."""

    def __init__(
        self, graph: GraphSettings, parser: EventParser, rules: Sequence[Rule], pseudonyms: Pseudonyms, truth: EventTruth, decide: Decide
    ) -> None:
        self.known = Known()
        self.trials = [RuleTrial(rule) for rule in rules]
        self._replay, self._row = Replay(graph, parser), EventRow(graph)
        self._truth, self._decide = truth, decide
        self._trials = {trial.rule.id: trial for trial in self.trials}
        self._reasons = RuleReasons(graph)
        self._rules = RuleSet(graph, rules, EntityLists(graph), pseudonyms, self._told_once)

    def _told_once(self, rule: Rule, event: Event, row: Sequence[float], holds: Holds) -> str:
        """Return the reason for the first event; it takes longer than all the rest."""
        return "" if self._trials[rule.id].text else self._reasons(rule, event, row, holds)

    def run(self, files: Iterable[Path], progress: Callable[[int], None] = lambda _: None) -> None:
        """Replay files. `progress` is shown the number of lines so far."""
        scored = self._replay.run(files)
        while batch := list(islice(scored, BATCH)):
            for (event, trail), before in zip(batch, self._decide(batch), strict=True):
                is_fraud = self._truth(event)
                self.known.take(is_fraud, before)
                for rule, text in self._rules.fired(event, self._row.write(trail)):
                    self._trials[rule.id].take(event, text, is_fraud, before)
            progress(self._replay.counts.lines)
