"""How a value becomes a column of a row, f4, in compiled functions. Each returns where the next column is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.kernel.compiled import compiled

Row = NDArray[np.float32]


@compiled
def put(row: Row, at: int, value: Any) -> int:
    """Write the value itself; a flag is 0 or 1."""
    row[at] = value
    return at + 1


@compiled
def put_log(row: Row, at: int, value: float) -> int:
    """Write ln(1 + value); 0 for what is below 0."""
    # most are 0, and a logarithm is what a column costs
    row[at] = 0.0 if value <= 0.0 else math.log1p(value)
    return at + 1


@compiled
def put_signed_log(row: Row, at: int, value: float) -> int:
    """Write ln(1 + |value|) with the value's sign."""
    row[at] = math.copysign(math.log1p(abs(value)), value)
    return at + 1


@compiled
def amount_or_0(amount: float) -> float:
    """Return the amount; 0 where none is given."""
    return 0.0 if math.isnan(amount) else amount


@compiled
def log_ratio(own_log: float, level: float) -> float:
    """Return ln(1 + own) - ln(1 + level); 0 where the level is not above 0."""
    return own_log - math.log1p(level) if level > 0.0 else 0.0
