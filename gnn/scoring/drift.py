"""Drift: how far the scores and inputs of new events have moved from those of the training period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.features.extractor import FeatureExtractor
from domain.graph import GraphSettings
from gnn.card.training_reference import ColumnHistogram, TrainingReference

LEAST_SHARE = 1e-4  # of an empty bin: the logarithm of zero would drown everything
SCORE = "score"


@dataclass(frozen=True)
class Drift:
    """Of one column: the population stability index and the shares in the bins, in training and now."""

    name: str
    psi: float
    edges: tuple[float, ...]
    training: tuple[float, ...]
    now: tuple[float, ...]

    def document(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "psi": round(self.psi, 6),
            "edges": self.edges,
            "training": [round(share, 6) for share in self.training],
            "now": [round(share, 6) for share in self.now],
        }


def stability_index(training: NDArray[np.float64], now: NDArray[np.float64]) -> NDArray[np.float64]:
    """Population stability index of shares [..., bins]: sum of (now - training) x ln(now / training).

    By custom below 0.1 nothing has changed, above 0.25 the model wants a look (Siddiqi, Credit Risk
    Scorecards, 2006). Of n events that have not drifted at all about (bins - 1) / n remain.
    """
    old, new = np.maximum(training, LEAST_SHARE), np.maximum(now, LEAST_SHARE)
    index: NDArray[np.float64] = np.sum((new - old) * np.log(new / old), axis=-1)
    return index


class DriftWatch:
    """Counts scores and inputs batch by batch."""

    def __init__(self, reference: TrainingReference, graph: GraphSettings) -> None:
        self.events = 0
        self._reference = reference
        self._names = [feature.name for feature in FeatureExtractor(graph).flat_features]
        self._inputs = np.zeros(reference.inputs.share.shape, np.int64)
        self._scores = np.zeros(reference.scores.share.shape, np.int64)

    def take(self, scores: NDArray[np.float64], flat: NDArray[np.float32]) -> None:
        """Scores f8[B] and `FeatureBatch.flat` f4[B, F] of B events."""
        self.events += len(scores)
        self._scores += self._reference.scores.counts(scores[:, None].astype(np.float32))
        self._inputs += self._reference.inputs.counts(flat)

    def score(self) -> Drift:
        return self._of([SCORE], self._reference.scores, self._scores)[0]

    def features(self) -> list[Drift]:
        """Of every column of `FeatureBatch.flat`, most drifted first."""
        return sorted(self._of(self._names, self._reference.inputs, self._inputs), key=lambda drift: (-drift.psi, drift.name))

    def document(self, model: str) -> dict[str, Any]:
        return {
            "model": model,
            "events": self.events,
            "score": self.score().document(),
            "features": [drift.document() for drift in self.features()],
        }

    def _of(self, names: Sequence[str], histogram: ColumnHistogram, counts: NDArray[np.int64]) -> list[Drift]:
        if not self.events:
            return [Drift(name, 0.0, tuple(edges), tuple(old), tuple(old)) for name, edges, old in _rows(names, histogram)]
        now = counts / self.events
        psi = stability_index(histogram.share, now)
        rows = zip(_rows(names, histogram), psi.tolist(), now.tolist(), strict=True)
        return [Drift(name, index, tuple(edges), tuple(old), tuple(new)) for (name, edges, old), index, new in rows]


def _rows(names: Sequence[str], histogram: ColumnHistogram) -> list[tuple[str, list[float], list[float]]]:
    return list(zip(names, histogram.edges.tolist(), histogram.share.tolist(), strict=True))
