"""How sure a share is: its 95% interval in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

Z = 1.959964
"""Of a 95% interval."""


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
    share, z2 = hits / of, Z * Z
    centre = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = Z / (1 + z2 / of) * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return Interval(max(0.0, centre - half) if hits else 0.0, min(1.0, centre + half) if hits < of else 1.0)


def share_document(hits: int, of: int) -> dict[str, Any] | None:
    """Return a share and its interval as a document holds them; None where there is nothing to share."""
    if not of:
        return None
    sure = share_interval(hits, of)
    return {"value": round(hits / of, 6), "low": round(sure.low, 6), "high": round(sure.high, 6), "of": of}
