"""What needs no further look: events that policy approves by their score. Decided one at a time, where they
have just been read.
"""

from __future__ import annotations

from typing import Any

from domain.decisions.policy import APPROVE, Policy, PolicySettings, document
from domain.events.event import Event
from domain.events.identity import Pseudonyms
from domain.features.extractor import FeatureExtractor
from domain.graph import GraphSettings
from gnn.compiled.event_scorer import EventScorer
from gnn.compiled.model import PackedModel


class EarlyApproval:
    """Decides as `Decider` does, by the same score and the same policy, and tells only of what is approved."""

    def __init__(self, graph: GraphSettings, model: PackedModel, policy: PolicySettings, pseudonyms: Pseudonyms) -> None:
        self._graph = graph
        self._model_id = model.model_id
        self._scorer = EventScorer(graph, model.logit)
        features, thresholds = FeatureExtractor(graph).flat_features, model.thresholds
        self._policy = Policy(policy, graph, features, thresholds.investigate, thresholds.block, pseudonyms)

    def document(self, event: Event, trail: bytes, now_ms: int) -> dict[str, Any] | None:
        """The decision document of an event, `trail` being its encoded trail; None if it is not approved, or
        not without a reason.
        """
        score = self._scorer.score(trail)
        decision, reasons = self._policy.decide(score, event.entities, self._scorer.inputs)
        if decision != APPROVE or reasons:
            return None
        return document(event, self._graph, decision, score, (), None, self._model_id, self._policy.name, now_ms)
