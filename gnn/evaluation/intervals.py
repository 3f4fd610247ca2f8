"""How sure a share or a saving is: 95% intervals in closed form."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from domain.health.intervals import Interval, Z, share_interval

__all__ = ["Interval", "share_interval", "sum_interval"]


def sum_interval(value: NDArray[np.float64], group: NDArray[np.int64] | None = None) -> Interval:
    """Return the interval of the sum of N values, those of one group (an account) counted as one draw."""
    drawn = value if group is None else np.bincount(group, value).astype(np.float64)
    total, half = float(drawn.sum()), Z * math.sqrt(len(drawn)) * float(drawn.std())
    return Interval(total - half, total + half)
