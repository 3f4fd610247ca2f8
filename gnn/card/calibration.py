"""From a model's margin to a probability that means what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.bool_]
LEAST_SLOPE = 1e-3  # the order of the margins is kept even where validation would turn it round
STEPS = 100
ROUNDS, SETTLED, TINY = 200, 1e-6, 1e-12


@dataclass(frozen=True)
class Calibration:
    """Platt scaling: probability = 1 / (1 + exp(-(slope x margin + intercept))).

    Smooth, so that rounding in the margin stays rounding in the score, and strictly rising, so that ranking
    is kept.
    """

    slope: float
    intercept: float

    def logit(self, margin: Floats) -> Floats:
        """Return slope x margin + intercept."""
        return self.slope * margin + self.intercept

    def probability(self, margin: Floats) -> Floats:
        """Return the calibrated probability of fraud of each margin."""
        probability: Floats = sigmoid(self.logit(margin))
        return probability


def calibrate(margin: Floats, fraud: Labels, weight: Floats) -> Calibration:
    """Fit a weighted logistic regression of the label on the margin f8[N], by Newton's method.

    It minimises the sum of weight x log loss over slope and intercept; margins are standardised meanwhile.
    """
    return _calibrated(margin, fraud.astype(np.float64), weight)


def fraud_chance(margin: Floats, fraud: Labels, weight: Floats, known: Floats) -> Floats:
    """Return the probability that each event is fraud, also without a label: f8[N], 1 where it is labelled.

    `known` f8[N] is the chance that a fraud in the place of each event would be labelled by now. By Bayes'
    rule what has no label is fraud in p (1 - known) of 1 - p known cases, where p is the calibrated
    probability of fraud; that in turn is fitted to these chances (expectation maximisation). It supposes
    that labels go missing whatever the margin (Elkan and Noto, KDD 2008).
    """
    chance = fraud.astype(np.float64)
    for _ in range(ROUNDS if (known < 1.0).any() else 0):
        p = _calibrated(margin, chance, weight).probability(margin)
        before, chance = chance, np.where(fraud, 1.0, p * (1.0 - known) / np.maximum(1.0 - known * p, TINY))
        if np.abs(chance - before).max() < SETTLED:
            break
    return chance


def _calibrated(margin: Floats, chance: Floats, weight: Floats) -> Calibration:
    """Fit to chances f8[N] of fraud.

    Targets are drawn in from 0 and 1 (Platt 1999): perfectly separated data has a finite slope, too.
    """
    frauds, others = float(weight @ chance), float(weight @ (1.0 - chance))
    target = chance * (frauds + 1.0) / (frauds + 2.0) + (1.0 - chance) / (others + 2.0)
    centre = float(np.average(margin, weights=weight))
    spread = float(np.sqrt(np.average((margin - centre) ** 2, weights=weight))) or 1.0
    x = (margin - centre) / spread
    slope, intercept = _regress(x, target, weight)
    if slope / spread < LEAST_SLOPE:
        slope = LEAST_SLOPE * spread
        intercept = _regress(x, target, weight, slope)[1]
    return Calibration(slope / spread, intercept - slope * centre / spread)


def _regress(x: Floats, target: Floats, weight: Floats, fixed_slope: float | None = None) -> tuple[float, float]:
    """Return (slope, intercept); with `fixed_slope` fit only the intercept."""
    beta = np.array([0.0 if fixed_slope is None else fixed_slope, 0.0])
    base = float(np.average(target, weights=weight))
    beta[1] = np.log(base / (1.0 - base)) if fixed_slope is None else 0.0
    design = np.stack([x, np.ones_like(x)])
    free = slice(0, 2) if fixed_slope is None else slice(1, 2)
    loss = _loss(beta, design, target, weight)
    for _ in range(STEPS):
        p = sigmoid(beta @ design)
        gradient = (design * (weight * (p - target))).sum(axis=1)[free]
        curvature = (design * (weight * p * (1 - p))) @ design.T + 1e-9 * np.eye(2) * weight.sum()
        step = np.linalg.solve(curvature[free, free], gradient)
        size = 1.0
        while size > 1e-6:
            trial = beta.copy()
            trial[free] -= size * step
            if (trial_loss := _loss(trial, design, target, weight)) <= loss:
                break
            size /= 2
        else:
            break
        beta, gained, loss = trial, loss - trial_loss, trial_loss
        if gained <= 1e-12 * abs(loss):
            break
    return float(beta[0]), float(beta[1])


def _loss(beta: Floats, design: Floats, target: Floats, weight: Floats) -> float:
    z = beta @ design
    return float(np.sum(weight * (np.logaddexp(0.0, z) - target * z)))


def sigmoid(z: Any) -> Any:
    """Return the probability of a logit: a number, or arrays of them."""
    return 0.5 * (1.0 + np.tanh(0.5 * z))
