"""How sure a share or a saving is: 95% intervals in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_Z = 1.959964  # of a 95% interval


@dataclass(frozen=True)
class Interval:
    """An interval of 95% confidence."""

    low: float
    high: float


def share_interval(hits: int, of: int) -> Interval:
    """Return Wilson's score interval of the share `hits / of`: [0, 1] where `of` is 0.

    It stays within [0, 1] and is right for few events too (Brown, Cai and DasGupta 2001).
    """
    if not of:
        return Interval(0.0, 1.0)
    share, z2 = hits / of, _Z * _Z
    centre = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z / (1 + z2 / of) * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return Interval(max(0.0, centre - half) if hits else 0.0, min(1.0, centre + half) if hits < of else 1.0)


def sum_interval(value: NDArray[np.float64], group: NDArray[np.int64] | None = None) -> Interval:
    """Return the interval of the sum of N values, those of one group (an account) counted as one draw."""
    drawn = value if group is None else np.bincount(group, value).astype(np.float64)
    total, half = float(drawn.sum()), _Z * math.sqrt(len(drawn)) * float(drawn.std())
    return Interval(total - half, total + half)
