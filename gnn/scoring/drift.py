"""Drift: how far the scores and inputs of new events have moved from those of the training period."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.features.extractor import FeatureExtractor
from domain.graph import GraphSettings
from gnn.card.card import TrainingData
from gnn.card.training_reference import MOST_ROWS, ColumnHistogram, TrainingReference
from gnn.scoring.scorer import Scorer

LEAST_SHARE = 1e-4  # of an empty bin: the logarithm of zero would drown everything
LEAST_SCORE = 1e-3
"""Scores below it are one bin: no decision is taken there, and their tenths are the noise of the fit."""
AS_BEFORE = 12
"""So many events, one per bin, are counted as if they had come as in training: a bin that is empty because
few events have come says little.
"""
SOME, MUCH = 0.1, 0.25
"""Below the first nothing has changed, above the second look at the model (Siddiqi 2006)."""
SCORE = "score"
_Z95 = 1.645


@dataclass(frozen=True)
class Drift:
    """The drift of one column."""

    name: str
    psi: float
    """Population stability index, with AS_BEFORE events more."""
    noise: float
    """So far the index of so few events comes 19 times in 20 when nothing has changed."""
    edges: tuple[float, ...]
    training: tuple[float, ...]
    """Shares of the bins, in training and now."""
    now: tuple[float, ...]

    @property
    def verdict(self) -> str:
        """`none`, `some` or `much`, of what is above the noise."""
        above = self.psi - self.noise
        return "much" if above > MUCH else "some" if above > SOME else "none"

    def document(self) -> dict[str, Any]:
        """Return the drift as it is written to a file."""
        return {
            "name": self.name,
            "psi": round(self.psi, 6),
            "noise": round(self.noise, 6),
            "verdict": self.verdict,
            "edges": self.edges,
            "training": [round(share, 6) for share in self.training],
            "now": [round(share, 6) for share in self.now],
        }


def stability_index(training: NDArray[np.float64], now: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the population stability index of shares [..., bins] (Siddiqi, Credit Risk Scorecards, 2006).

    psi = sum over bins of (now - training) x ln(now / training)
    """
    old, new = np.maximum(training, LEAST_SHARE), np.maximum(now, LEAST_SHARE)
    index: NDArray[np.float64] = np.sum((new - old) * np.log(new / old), axis=-1)
    return index


def index_noise(bins: int, training: float, now: float) -> float:
    """Return the 95% quantile of the index of `now` events against `training` events of one distribution.

    The index is then about (1 / now + 1 / training) x chi-square with bins - 1 degrees of freedom (Yurdakul
    and Naranjo 2020); the quantile is Wilson and Hilferty's (1931).
    """
    freedom = bins - 1
    if freedom < 1 or not now or not training:
        return 0.0
    spread = 2.0 / (9.0 * freedom)
    quantile: float = freedom * (1.0 - spread + _Z95 * math.sqrt(spread)) ** 3
    return quantile * (1.0 / now + 1.0 / training)


class DriftWatch:
    """Counts of scores and inputs, batch by batch, against the training period of a scorer's model."""

    def __init__(self, scorer: Scorer, graph: GraphSettings) -> None:
        self.events = 0
        self._reference: TrainingReference = scorer.reference
        self._validated, self._trained = counted_in_training(scorer.card.data)
        self._names = [feature.name for feature in FeatureExtractor(graph).flat_features]
        self._inputs = np.zeros(self._reference.inputs.share.shape, np.int64)
        self._scores = np.zeros(self._reference.scores.share.shape, np.int64)

    def take(self, scores: NDArray[np.float64], flat: NDArray[np.float32]) -> None:
        """Count the scores f8[B] and the rows of `FeatureBatch.flat` f4[B, F] of B events."""
        self.events += len(scores)
        self._scores += self._reference.scores.counts(scores[:, None].astype(np.float32))
        self._inputs += self._reference.inputs.counts(flat)

    def score(self) -> Drift:
        """Return the drift of the score."""
        return score_drift(self._reference.scores, self._scores, self.events, self._validated)

    def features(self) -> list[Drift]:
        """Return the drift of every column of `FeatureBatch.flat`, most drifted first."""
        return most_drifted_first(drifts(self._names, self._reference.inputs, self._inputs, self.events, self._trained))

    def document(self, model: str) -> dict[str, Any]:
        """Return the drift of everything as it is written to a file."""
        return {
            "model": model,
            "events": self.events,
            "score": self.score().document(),
            "features": [drift.document() for drift in self.features()],
        }


def drifts(names: Sequence[str], histogram: ColumnHistogram, counts: NDArray[np.int64], events: int, trained: int) -> list[Drift]:
    """Return the drift of C columns: `counts` i8[C, bins] of `events` against those of `trained` events."""
    now = counts / events if events else histogram.share
    held = ((histogram.share > 0) | (counts > 0)).sum(axis=1).tolist()
    smoothed = (counts + AS_BEFORE * histogram.share) / (events + AS_BEFORE)
    rows = zip(names, held, stability_index(histogram.share, smoothed).tolist(), histogram.edges, histogram.share, now, strict=True)
    return [
        Drift(name, psi, index_noise(bins, trained, events), *(tuple(part.tolist()) for part in parts)) for name, bins, psi, *parts in rows
    ]


def score_drift(histogram: ColumnHistogram, counts: NDArray[np.int64], events: int, validated: int) -> Drift:
    """Return the drift of the score: `counts` i8[1, bins] of `events` against those of `validated` events."""
    return drifts([SCORE], *_with_one_low_bin(histogram, counts), events, validated)[0]


def most_drifted_first(found: Sequence[Drift]) -> list[Drift]:
    """Return the drifts by their index, those of the same by name."""
    return sorted(found, key=lambda one: (-one.psi, one.name))


def counted_in_training(data: TrainingData) -> tuple[int, int]:
    """Return how many events the histograms of a model's scores and inputs are of."""
    return data.validation_events, min(data.train_events + data.validation_events, MOST_ROWS)


def _with_one_low_bin(scores: ColumnHistogram, counts: NDArray[np.int64]) -> tuple[ColumnHistogram, NDArray[np.int64]]:
    """Return the histogram and counts of the scores without the edges below LEAST_SCORE."""
    low = int((scores.edges[0] < LEAST_SCORE).sum())

    def merged(bins: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate([bins[:, : low + 1].sum(axis=1, keepdims=True), bins[:, low + 1 :]], axis=1)

    return ColumnHistogram(scores.edges[:, low:], merged(scores.share)), merged(counts)
