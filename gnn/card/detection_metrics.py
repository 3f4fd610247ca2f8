"""Weighted detection metrics of scores against labels, and their values on a validation set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.bool_]
CALIBRATION_BINS = 15
_TINY = np.finfo(np.float64).tiny


@dataclass(frozen=True)
class Metrics:
    """Quality of calibrated scores; all lie in [0, 1]."""

    auc: float
    average_precision: float
    recall_at_1pct_fpr: float
    recall_at_01pct_fpr: float
    """Recall with at most 0.1% of the legitimate events at or above the threshold."""
    calibration_error: float


def measure(score: Floats, fraud: Labels, weight: Floats) -> Metrics:
    """Return the figures of N scored events f8[N], each with its label and weight."""
    curve = Ranking(score, fraud).curve(weight)
    return Metrics(
        curve.auc(), curve.average_precision(), curve.recall_at(0.01), curve.recall_at(0.001), calibration_error(score, fraud, weight)
    )


@dataclass(frozen=True)
class Curve:
    """The weight of frauds (`true`) and legitimate events (`false`) at or above each distinct score.

    The highest score comes first; both begin with 0.

    Figures are NaN where one of the two has no weight at all.
    """

    true: Floats
    false: Floats

    @property
    def defined(self) -> bool:
        """Return whether both frauds and legitimate events have weight."""
        return bool(self.true[-1] > 0 and self.false[-1] > 0)

    def precision(self) -> Floats:
        """Return the share of fraud at each threshold but the first, which takes nothing."""
        precision: Floats = self.true[1:] / np.maximum(self.true[1:] + self.false[1:], _TINY)
        return precision

    def auc(self) -> float:
        """Return the area under the ROC curve: the chance that a fraud scores above a legitimate event."""
        return float(np.trapezoid(self.true, self.false) / (self.true[-1] * self.false[-1])) if self.defined else float("nan")

    def average_precision(self) -> float:
        """Return the sum over thresholds of (gain in recall) x precision."""
        return float(np.sum(np.diff(self.true) * self.precision()) / self.true[-1]) if self.defined else float("nan")

    def recall_at(self, false_positive_rate: float) -> float:
        """Return the largest recall with at most that share of the legitimate events flagged."""
        if not self.defined:
            return float("nan")
        # both sums rise, so the last threshold within the rate has the largest recall
        last = int(np.searchsorted(self.false, false_positive_rate * self.false[-1], side="right")) - 1
        return float(self.true[last] / self.true[-1])


class Ranking:
    """N scored events, sorted once: each curve is then two cumulative sums, whatever the events weigh.

    A resample is a weighting.
    """

    def __init__(self, score: Floats, fraud: Labels) -> None:
        self._order = np.argsort(-score, kind="stable")
        self._fraud = fraud[self._order]
        self._ends = np.append(np.flatnonzero(np.diff(score[self._order])), len(score) - 1)

    def curve(self, weight: Floats) -> Curve:
        """Return the curve of the events with these weights, f8[N]."""
        ordered = weight[self._order]
        true = np.cumsum(np.where(self._fraud, ordered, 0.0))[self._ends]
        false = np.cumsum(np.where(self._fraud, 0.0, ordered))[self._ends]
        return Curve(np.append(0.0, true), np.append(0.0, false))


def auc(score: Floats, fraud: Labels, weight: Floats) -> float:
    """Return `Curve.auc`."""
    return Ranking(score, fraud).curve(weight).auc()


def average_precision(score: Floats, fraud: Labels, weight: Floats) -> float:
    """Return `Curve.average_precision`."""
    return Ranking(score, fraud).curve(weight).average_precision()


def recall_at(score: Floats, fraud: Labels, weight: Floats, false_positive_rate: float) -> float:
    """Return `Curve.recall_at`."""
    return Ranking(score, fraud).curve(weight).recall_at(false_positive_rate)


def calibration_error(score: Floats, fraud: Labels, weight: Floats) -> float:
    """Return the expected calibration error.

    The weighted mean over bins of equally many events of |mean score - share of fraud|.
    """
    order = np.argsort(score, kind="stable")
    total = 0.0
    for rows in np.array_split(order, CALIBRATION_BINS):
        total += abs(float(np.sum(weight[rows] * (score[rows] - fraud[rows]))))
    return total / float(weight.sum())
