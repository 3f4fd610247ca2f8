"""Events that policy approves by their score, decided one at a time where they have just been read."""

from __future__ import annotations

from collections.abc import Sequence

from domain.decisions.decision import APPROVE, Decision
from domain.decisions.decision_maker import DecisionMaker
from domain.decisions.effects import Effects
from domain.decisions.policy import Policy, PolicySettings
from domain.events.event import Event
from domain.events.identity import Pseudonyms
from domain.features.extractor import FeatureExtractor
from domain.graph import GraphSettings
from gnn.compiled.event_scorer import EventScorer
from gnn.compiled.model import CompiledModel
from gnn.scoring.drift_tally import DriftTally
from gnn.scoring.drift_texts import DriftReference


class EarlyApproval:
    """Decider of what is approved, by the score and the policy of `Decider`; the rest goes on."""

    def __init__(
        self,
        graph: GraphSettings,
        model: CompiledModel,
        policy: PolicySettings,
        pseudonyms: Pseudonyms,
        reference: DriftReference | None = None,
    ) -> None:
        """Take what decides; what is approved is counted for drift against the model's `reference`."""
        self._maker = DecisionMaker(graph, model.model_id, policy.name)
        self._scorer = EventScorer(graph, model.logit)
        features, thresholds = FeatureExtractor(graph).flat_features, model.thresholds
        self._policy = Policy(policy, graph, features, thresholds.investigate, thresholds.block, pseudonyms)
        self._tally = None if reference is None else DriftTally(reference)

    @property
    def inputs(self) -> Sequence[float]:
        """Return the row of `FeatureBatch.flat` of the event that was scored last."""
        return self._scorer.inputs

    def score(self, trail: bytes) -> float:
        """Return the published score of an encoded trail; `inputs` are then its row."""
        return self._scorer.score(trail)

    def decide(self, event: Event, trail: bytes, now_ms: int) -> Decision | None:
        """Return the decision on an event whose encoded trail is `trail`; None if it is not approved, or if
        its approval needs a reason.
        """
        return self.decide_scored(event, self._scorer.score(trail), now_ms)

    def decide_scored(self, event: Event, score: float, now_ms: int, effects: Effects | None = None) -> Decision | None:
        """Return what `decide` does of the event scored last, under the effects of control records."""
        outcome, reasons = self._policy.decide(score, event.entities, self._scorer.inputs, effects)
        if outcome != APPROVE or reasons:
            return None
        if self._tally is not None:
            self._tally.take(score, self._scorer.inputs_at, event.time_ms)
        return self._maker.make(event, score, outcome, now_ms, effects=effects)

    def health(self, now_s: float) -> str | None:
        """Return what is new in the counts of drift as `DriftTally.delta` does; None without a reference."""
        return None if self._tally is None else self._tally.delta(now_s)
