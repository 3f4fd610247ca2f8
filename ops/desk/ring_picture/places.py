"""Where a node is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Middle and radius of a node."""

    x: float
    y: float
    radius: float
