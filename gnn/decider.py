"""From trails to decision documents: features, score, policy, reasons. The job and `ringwatch score` both end here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.features import Batch, Feature, FeatureExtractor
from domain.graph import GraphSettings
from domain.identity import Pseudonyms, as_text
from domain.policy import APPROVE, Policy, PolicySettings, Reason, document
from domain.ring import labels_of
from gnn.scorer import Scorer

SCORE_DIGITS = 8  # float32 sums differ in the eighth digit between batches; more digits would only show that


class Decider:
    """Decides batches of trails. Holds no state, so that a decision depends on its own trail only."""

    def __init__(self, graph: GraphSettings, scorer: Scorer, policy: PolicySettings, pseudonyms: Pseudonyms) -> None:
        self._graph = graph
        self._scorer = scorer
        self._extractor = FeatureExtractor(graph)
        self._features = self._extractor.flat_features
        self._policy = Policy(policy, graph, self._features, scorer.card.thresholds.investigate, scorer.card.thresholds.block, pseudonyms)
        self._reasons = policy.reasons
        self._columns_of = {
            group: [index for index, feature in enumerate(self._features) if feature.group == group] for group in scorer.groups
        }

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
        events = [self._extractor.codec.decode(trail) for trail in trails]
        decided = [
            self._policy.decide(float(score), trail.event.entities, row) for score, trail, row in zip(scores, events, flat, strict=True)
        ]
        flagged = np.flatnonzero([decision != APPROVE for decision, _ in decided])
        explained = dict(zip(flagged.tolist(), self._explain(batch, flat, flagged), strict=True))
        documents = []
        for index, (trail, (decision, reasons)) in enumerate(zip(events, decided, strict=True)):
            labels: list[str] = []
            if decision != APPROVE:
                reasons = (reasons + explained[index])[: self._reasons]
                labels = [as_text(label) for label in labels_of(trail)]
            decided_document = document(
                trail.event, self._graph, decision, float(scores[index]), reasons, labels[0] if labels else None,
                self._scorer.card.model_id, self._policy.name, now_ms,
            )  # fmt: skip
            documents.append((decided_document, labels[1:]))
        return documents

    def _explain(self, batch: Batch, flat: NDArray[np.float32], rows: NDArray[np.intp]) -> list[list[Reason]]:
        """Per flagged row the feature groups that raised the score most, strongest first."""
        if not len(rows):
            return []
        drops = self._scorer.explain(batch[rows])
        found = []
        for row, drop in zip(rows, drops, strict=True):
            order = np.argsort(-drop, kind="stable")
            strongest = [index for index in order if drop[index] > 0.0][: self._reasons]
            found.append([self._reason(self._scorer.groups[index], float(drop[index]), flat[row]) for index in strongest])
        return found

    def _reason(self, group: str, weight: float, row: NDArray[np.float32]) -> Reason:
        columns = self._columns_of[group]
        kind = group.partition(".")[0]
        code = group.upper().replace(".", "_")
        if not columns:
            return Reason(code, f"the last events of the {kind.removesuffix('_link')} raise the score", weight)
        usual, deviation = self._scorer.reference
        leading = max(columns, key=lambda index: abs(float(row[index] - usual[index])) / float(deviation[index]))
        return Reason(code, _words(self._features[leading], float(row[leading]), float(usual[leading])), weight)


def _words(feature: Feature, value: float, usual: float) -> str:
    if feature.unit in ("cosine", "sine"):
        return f"{feature.text} is unlike the usual"
    if feature.unit == "flag":
        return feature.text if value > 0.5 else f"not: {feature.text}"
    return f"{feature.text}: {feature.shown(value):.4g} (usual {feature.shown(usual):.4g})"
