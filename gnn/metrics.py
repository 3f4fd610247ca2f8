"""Weighted detection metrics of scores against labels, and their values on a validation set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.bool_]
CALIBRATION_BINS = 15


@dataclass(frozen=True)
class Metrics:
    """Quality of calibrated scores; all lie in [0, 1]."""

    auc: float
    average_precision: float
    recall_at_1pct_fpr: float
    calibration_error: float


def measure(score: Floats, fraud: Labels, weight: Floats) -> Metrics:
    return Metrics(
        auc(score, fraud, weight),
        average_precision(score, fraud, weight),
        recall_at(score, fraud, weight, 0.01),
        calibration_error(score, fraud, weight),
    )


def _curve(score: Floats, fraud: Labels, weight: Floats) -> tuple[Floats, Floats]:
    """(true positives, false positives) by weight at each distinct score taken as threshold, highest first, from (0, 0)."""
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(order) - 1)
    true = np.cumsum(np.where(fraud, weight, 0.0)[order])[ends]
    false = np.cumsum(np.where(fraud, 0.0, weight)[order])[ends]
    return np.append(0.0, true), np.append(0.0, false)


def auc(score: Floats, fraud: Labels, weight: Floats) -> float:
    """Area under the receiver operating characteristic: the chance that a fraud scores above a legitimate event."""
    true, false = _curve(score, fraud, weight)
    return float(np.trapezoid(true, false) / (true[-1] * false[-1]))


def average_precision(score: Floats, fraud: Labels, weight: Floats) -> float:
    """Sum over thresholds of (gain in recall) x precision."""
    true, false = _curve(score, fraud, weight)
    return float(np.sum(np.diff(true) * true[1:] / (true[1:] + false[1:])) / true[-1])


def recall_at(score: Floats, fraud: Labels, weight: Floats, false_positive_rate: float) -> float:
    """Largest recall with at most that share of the legitimate events at or above the threshold."""
    true, false = _curve(score, fraud, weight)
    return float(true[false <= false_positive_rate * false[-1]].max() / true[-1])


def calibration_error(score: Floats, fraud: Labels, weight: Floats) -> float:
    """Expected calibration error: mean over events of |mean score - share of fraud| within bins of equally many events."""
    order = np.argsort(score, kind="stable")
    total = 0.0
    for rows in np.array_split(order, CALIBRATION_BINS):
        total += abs(float(np.sum(weight[rows] * (score[rows] - fraud[rows]))))
    return total / float(weight.sum())
