"""The shape and the sign of each kind of entity: what a node is can be told without its colour."""

from __future__ import annotations

import math
from collections.abc import Mapping

from markupsafe import Markup

from ops.desk.markup import coordinate, element

_SIDES: Mapping[str, tuple[int, float]] = {"ip": (6, 0.0), "merchant": (8, math.pi / 8), "email": (4, 0.0)}
"""Kind -> corners of its shape, and the angle of the first."""
_SIGNS: Mapping[str, str] = {
    "account": "M0-5.2a2.6 2.6 0 1 1 0 5.2a2.6 2.6 0 1 1 0-5.2zM-5 5.6c0-5.6 10-5.6 10 0z",
    "device": "M-3.2-5.5h6.4v11h-6.4zM-1 3.4h2",
    "address": "M-5.4-.4L0-5.4l5.4 5M-3.8-1.4v6.4h7.6v-6.4",
    "ip": "M0-5.2a5.2 5.2 0 1 1 0 10.4a5.2 5.2 0 1 1 0-10.4zM-5.2 0h10.4M0-5.2c-3.4 3-3.4 7.4 0 10.4c3.4-3 3.4-7.4 0-10.4",
    "payment": "M-5.6-3.8h11.2v7.6h-11.2zM-5.6-1h11.2",
    "email": "M-5.4-3.6h10.8v7.2h-10.8zM-5.4-3.4l5.4 4l5.4-4",
    "merchant": "M-4.6-1v5.6h9.2v-5.6M-5.6-4.6h11.2v2.2a1.9 1.9 0 0 1-3.7 0a1.9 1.9 0 0 1-3.8 0a1.9 1.9 0 0 1-3.7 0z",
}
_OTHER = "M-4-4h8v8h-8z"
_SIGN_REACH = 7.5


def shape(kind: str, radius: float) -> Markup:
    """Return the outline of a kind around 0, 0, within a circle of `radius`."""
    css: dict[str, object] = {"class": "ring-shape"}
    if kind == "account":
        return element("circle", {**css, "r": radius})
    if kind in _SIDES:
        return element("polygon", {**css, "points": _corners(*_SIDES[kind], radius)})
    if kind == "address":
        return element("polygon", {**css, "points": _corners(5, -math.pi / 2, radius)})
    wide, high = (0.92 * radius, 0.62 * radius) if kind == "payment" else (0.78 * radius, 0.78 * radius)
    return element("rect", {**css, "x": -wide, "y": -high, "width": 2 * wide, "height": 2 * high, "rx": radius * 0.22})


def sign(kind: str, radius: float) -> Markup:
    """Return the sign of a kind, to be drawn on its shape."""
    scale = f"{min(1.6, 0.62 * radius / _SIGN_REACH):.2f}"
    return element("path", {"class": "ring-sign", "d": _SIGNS.get(kind, _OTHER), "transform": f"scale({scale})"})


def _corners(count: int, first: float, radius: float) -> str:
    turns = [first + 2 * math.pi * number / count for number in range(count)]
    return " ".join(f"{coordinate(radius * math.cos(turn))},{coordinate(radius * math.sin(turn))}" for turn in turns)
