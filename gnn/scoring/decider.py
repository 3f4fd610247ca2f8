"""From trails to decisions: features, score, policy, reasons, for the job and `ringwatch score`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from domain.decisions.decision import APPROVE, BLOCK, INVESTIGATE, Decision, Reason
from domain.decisions.decision_maker import DecisionMaker
from domain.decisions.effects import Effects
from domain.decisions.exploration import Exploration
from domain.decisions.policy import Policy, PolicySettings
from domain.events.event import Event
from domain.events.identity import Pseudonyms, as_text
from domain.features.extractor import FeatureExtractor
from domain.graph import GraphSettings
from domain.memory.ring_labels import labels_of, ring_name
from gnn.compiled.event_scorer import EventScorer
from gnn.compiled.model import published
from gnn.scoring.drift import DriftWatch
from gnn.scoring.drift_tally import DriftTally
from gnn.scoring.explainer import Explainer
from gnn.scoring.scorer import Scorer


class Decider:
    """Decider of batches of trails. It holds no state, so that a decision depends on its own trail only."""

    def __init__(
        self,
        graph: GraphSettings,
        scorer: Scorer,
        policy: PolicySettings,
        pseudonyms: Pseudonyms,
        watch: DriftWatch | None = None,
        tally: DriftTally | None = None,
    ) -> None:
        """Take what decides; `watch` and `tally` are shown the scores and inputs of every batch."""
        self.model = scorer.card.model_id
        self._scorer = scorer
        self._extractor = FeatureExtractor(graph)
        compiled = scorer.compiled()
        self._one_by_one = None if compiled is None else EventScorer(graph, compiled.logit)
        thresholds = scorer.card.thresholds
        self._policy = Policy(policy, graph, self._extractor.flat_features, thresholds.investigate, thresholds.block, pseudonyms)
        self._explores = Exploration(policy.explore, pseudonyms)
        self._reasons = policy.reasons
        self._maker = DecisionMaker(graph, scorer.card.model_id, policy.name)
        self._explainer = Explainer(scorer, self._extractor, policy.reasons)
        self._watch, self._tally = watch, tally

    def decide(self, trails: Sequence[bytes], clock: Callable[[], int], effects: Sequence[Effects | None] | None = None) -> list[Decision]:
        """Return one decision per trail, in order."""
        return [decision for decision, _ in self.decide_and_join(trails, clock, effects)]

    def decide_and_join(
        self, trails: Sequence[bytes], clock: Callable[[], int], effects: Sequence[Effects | None] | None = None
    ) -> list[tuple[Decision, list[str]]]:
        """Return one decision per trail, in order; with a flagged one the other ring labels that it met.

        `clock` gives the time of the decisions in ms since 1970. It is read once the model has had its say.
        `effects` are those of control records, one per trail; None where there is no control stream.
        """
        if not trails:
            return []
        effects = effects or (None,) * len(trails)
        scores, flat = self._scored(trails)
        if self._watch is not None:
            self._watch.take(scores, flat)
        events = [self._extractor.codec.event(trail) for trail in trails]
        if self._tally is not None:
            self._tally.take_all(scores, flat, [event.time_ms for event in events])
        judged = self._judged(scores, flat, events, effects)
        flagged = np.flatnonzero([outcome != APPROVE for outcome, _ in judged])
        explained = dict(zip(flagged.tolist(), self._explained([trails[row] for row in flagged]), strict=True))
        decided, now_ms = [], clock()
        for index, (event, (outcome, reasons)) in enumerate(zip(events, judged, strict=True)):
            labels: list[str] = []
            explored = 0.0
            if outcome == BLOCK and self._is_explored(event, flat[index], effects[index]):
                outcome, reasons, explored = INVESTIGATE, [self._explores.reason, *reasons], self._explores.share
            if outcome != APPROVE:
                reasons = (reasons + explained[index])[: self._reasons]
                labels = [ring_name(as_text(label)) for label in labels_of(self._extractor.codec.rings(trails[index]), event.entities[0])]
            ring = labels[0] if labels else None
            decision = self._maker.make(event, float(scores[index]), outcome, now_ms, reasons, ring, effects[index], explored)
            decided.append((decision, labels[1:]))
        return decided

    def outcomes(self, trails: Sequence[bytes], effects: Sequence[Effects | None]) -> list[tuple[float, str]]:
        """Return score and outcome of each trail, in order; nothing is explained or counted."""
        events = [self._extractor.codec.event(trail) for trail in trails]
        if self._one_by_one is None:
            scores, flat = self._scored(trails)
            judged = self._judged(scores, flat, events, effects)
            return [(float(score), outcome) for score, (outcome, _) in zip(scores, judged, strict=True)]
        score, inputs, decide, found = self._one_by_one.score, self._one_by_one.inputs, self._policy.decide, []
        for event, trail, effect in zip(events, trails, effects, strict=True):
            scored = score(trail)
            found.append((scored, decide(scored, event.entities, inputs, effect)[0]))
        return found

    def health(self, now_s: float) -> str | None:
        """Return what is new in the tally as `DriftTally.delta` does; None without a tally."""
        return None if self._tally is None else self._tally.delta(now_s)

    def _judged(
        self, scores: NDArray[np.float64], flat: NDArray[np.float32], events: Sequence[Event], effects: Sequence[Effects | None]
    ) -> list[tuple[str, list[Reason]]]:
        return [
            self._policy.decide(float(score), event.entities, row, effect)
            for score, event, row, effect in zip(scores, events, flat, effects, strict=True)
        ]

    def _is_explored(self, event: Event, row: Sequence[float], effects: Effects | None) -> bool:
        """Return whether a blocked event is reviewed instead: drawn, and blocked by its score alone."""
        return self._explores.takes(event) and not self._policy.blocks_unscored(event.entities, row, effects)

    def _scored(self, trails: Sequence[bytes]) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Return the published scores f8[B] and the rows of `FeatureBatch.flat` f4[B, F].

        They come from the scorer of `EarlyApproval`, where the model has a compiled form.
        """
        if self._one_by_one is None:
            batch = self._extractor.extract(trails)
            return published(self._scorer.score(batch)), batch.flat()
        scores, flat = np.empty(len(trails)), np.empty((len(trails), len(self._extractor.flat_features)), np.float32)
        for row, trail in enumerate(trails):
            scores[row], flat[row] = self._one_by_one.score(trail), self._one_by_one.inputs
        return scores, flat

    def _explained(self, trails: Sequence[bytes]) -> list[list[Reason]]:
        return self._explainer.reasons(self._extractor.extract(trails)) if trails else []
