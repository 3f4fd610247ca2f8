"""An entity's habit: the amounts and the time of day that are usual for it, compiled.

Mean and variance are exponentially weighted and updated event by event (T. Finch, Incremental calculation of
weighted mean and variance, 2009, eq. 124-143). With the rate a of one event and the difference d = x - mean:

    mean <- mean + a d        variance <- (1 - a) (variance + a d^2)        a = max(1 / HABIT_MEMORY, 1 / n)

The time of day is the mean of the events' points on the circle: its length tells how regular they are.
"""

from __future__ import annotations

import math
from typing import Any

from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import f64
from domain.times import DAY_MS

HABIT_MEMORY = 100
"""Events over which the habit averages: slow enough that a burst of fraud does not become the habit."""
HABIT_KNOWN = 3
"""Amounts before the habit means anything."""
HABIT_CLIP = 3.0
"""Deviations beyond which an amount is clipped before it enters the habit."""
RELATIVE_SLACK = 0.05
"""Share of the mean added to the deviation: who always pays the same has none, and 5% more is no fraud."""
LEAST_SLACK = 0.01
"""The smallest coin, added too: there is always something to divide by."""
MOST_DEVIATIONS = 20.0
"""Beyond this all amounts are alike."""
UNUSUAL_Z = 3.0
"""Deviations from which on an amount is unusual, and explains a fraud wholly by the account."""
USUAL_Z = 1.5
"""Deviations up to which a fraud's amount explains nothing."""

_HOUR_ANGLE = 2.0 * math.pi / DAY_MS


@compiled
def deviation(mean: float, root: float) -> float:
    """Return the amount that counts as one deviation; `root` is the square root of the variance."""
    return root + RELATIVE_SLACK * mean + LEAST_SLACK


@compiled
def deviations(amount: float, mean: float, root: float) -> float:
    """Return how many deviations lie between an amount and the mean, from -20 to 20."""
    return max(-MOST_DEVIATIONS, min(MOST_DEVIATIONS, (amount - mean) / deviation(mean, root)))


@compiled
def unusualness(z: float) -> float:
    """Return how unusual an amount of `z` deviations is: 0 (usual, or no habit known) to 1."""
    return min(1.0, max(0.0, (z - USUAL_Z) / (UNUSUAL_Z - USUAL_Z)))


@compiled
def adopt_habit(head: Any, amount: float, time_ms: int) -> None:
    """Learn an event's time of day and its amount in the reference currency, NaN for none."""
    angle = (time_ms % DAY_MS) * _HOUR_ANGLE
    rate = max(1.0 / HABIT_MEMORY, 1.0 / (head["events"] + 1))
    cos, sin = f64(head["hour_cos"]), f64(head["hour_sin"])
    head["hour_cos"], head["hour_sin"] = cos + rate * (math.cos(angle) - cos), sin + rate * (math.sin(angle) - sin)
    if math.isnan(amount):
        return
    n = f64(head["habit_n"])
    head["habit_n"] = n + 1.0
    head["habit_mean"], head["habit_var"] = averaged(amount, n, f64(head["habit_mean"]), f64(head["habit_var"]))


@compiled
def averaged(amount: float, n: float, mean: float, variance: float) -> tuple[float, float]:
    """Return mean and variance of `n` amounts with one more, clipped so that an outlier or a fraud moves them
    little.
    """
    if n >= HABIT_KNOWN:
        amount = min(amount, mean + HABIT_CLIP * deviation(mean, math.sqrt(variance)))
    rate = max(1.0 / HABIT_MEMORY, 1.0 / (n + 1.0))
    delta = amount - mean
    return mean + rate * delta, (1.0 - rate) * (variance + rate * delta * delta)
