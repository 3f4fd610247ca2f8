"""From trails to decision documents: features, score, policy, reasons. The job and `ringwatch score` both end here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from domain.features import FeatureExtractor
from domain.graph import GraphSettings
from domain.identity import Pseudonyms, as_text
from domain.policy import APPROVE, Policy, PolicySettings, document
from domain.ring import labels_of
from gnn.drift import DriftWatch
from gnn.reasons import Explainer
from gnn.scorer import Scorer

SCORE_DIGITS = 8  # float32 sums differ in the eighth digit between batches; more digits would only show that


class Decider:
    """Decides batches of trails. Holds no state, so that a decision depends on its own trail only."""

    def __init__(
        self, graph: GraphSettings, scorer: Scorer, policy: PolicySettings, pseudonyms: Pseudonyms, watch: DriftWatch | None = None
    ) -> None:
        """`watch` is shown the scores and inputs of every batch."""
        self._graph = graph
        self._scorer = scorer
        self._extractor = FeatureExtractor(graph)
        thresholds = scorer.card.thresholds
        self._policy = Policy(policy, graph, self._extractor.flat_features, thresholds.investigate, thresholds.block, pseudonyms)
        self._reasons = policy.reasons
        self._explainer = Explainer(scorer, self._extractor, policy.reasons)
        self._watch = watch

    def decide(self, trails: Sequence[bytes], now_ms: int) -> list[dict[str, Any]]:
        """One decision document per trail, in order."""
        return [document for document, _ in self.decide_and_join(trails, now_ms)]

    def decide_and_join(self, trails: Sequence[bytes], now_ms: int) -> list[tuple[dict[str, Any], list[str]]]:
        """One decision document per trail, in order, and for a flagged event the other ring labels that it met (`RingBook`)."""
        if not trails:
            return []
        batch = self._extractor.extract(trails)
        scores = np.clip(np.round(self._scorer.score(batch), SCORE_DIGITS), 0.0, 1.0)
        flat = batch.flat()
        if self._watch is not None:
            self._watch.take(scores, flat)
        events = [self._extractor.codec.event(trail) for trail in trails]
        decided = [self._policy.decide(float(score), event.entities, row) for score, event, row in zip(scores, events, flat, strict=True)]
        flagged = np.flatnonzero([decision != APPROVE for decision, _ in decided])
        explained = dict(zip(flagged.tolist(), self._explainer.reasons(batch[flagged]), strict=True)) if len(flagged) else {}
        documents = []
        for index, (event, (decision, reasons)) in enumerate(zip(events, decided, strict=True)):
            labels: list[str] = []
            if decision != APPROVE:
                reasons = (reasons + explained[index])[: self._reasons]
                labels = [as_text(label) for label in labels_of(self._extractor.codec.rings(trails[index]), event.entities[0])]
            decided_document = document(
                event, self._graph, decision, float(scores[index]), reasons, labels[0] if labels else None,
                self._scorer.card.model_id, self._policy.name, now_ms,
            )  # fmt: skip
            documents.append((decided_document, labels[1:]))
        return documents
