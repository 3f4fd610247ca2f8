"""Circles moved apart until none overlaps, and groups of them put beside each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ops.desk.ring_picture.stress import Floats

_PASSES = 80
_PUSH = 0.4
"""Share of an overlap by which each of two circles moves: half of it each would swing between neighbours."""
_ONE_PLACE = 1e-3


def without_overlap(places: Floats, radii: Floats) -> Floats:
    """Return the centres of circles, moved little by little until no two overlap."""
    room = radii[:, None] + radii[None, :]
    np.fill_diagonal(room, 0.0)
    limit, x, y = np.triu(room) ** 2, places[:, 0].copy(), places[:, 1].copy()
    for _ in range(_PASSES):
        one, other = np.nonzero(np.subtract.outer(x, x) ** 2 + np.subtract.outer(y, y) ** 2 < limit)
        if not len(one):
            break
        dx, dy = x[one] - x[other], y[one] - y[other]
        apart = np.maximum(np.hypot(dx, dy), 1e-6)
        push = _PUSH * (room[one, other] - apart) / apart + 1e-3
        for axis, way in ((x, dx * push), (y, dy * push)):
            axis += np.bincount(one, way, len(axis)) - np.bincount(other, way, len(axis))
    return _enlarged(np.stack([x, y], axis=1), room)


def _enlarged(places: Floats, room: Floats) -> Floats:
    """Return the places drawn larger by what still overlaps; those of one place are put in a row."""
    apart = np.hypot(np.subtract.outer(places[:, 0], places[:, 0]), np.subtract.outer(places[:, 1], places[:, 1]))
    np.fill_diagonal(apart, np.inf)
    if apart.min(initial=np.inf) < _ONE_PLACE:
        return np.stack([np.arange(len(places)) * float(room.max()), np.zeros(len(places))], axis=1)
    return places * max(1.0, float((room / apart).max(initial=1.0)))


def shelves(boxes: Sequence[tuple[float, float]], gap: float, shape: float) -> list[tuple[float, float]]:
    """Return the left upper corners of boxes (width, height) in rows, in their order, each in the middle of
    its row's height; all of it is about `shape` times as wide as high.
    """
    area = sum((width + gap) * (height + gap) for width, height in boxes)
    wide = max([(area * shape) ** 0.5, *(width for width, _ in boxes)], default=0.0)
    rows: list[list[tuple[float, float]]] = [[]]
    for box in boxes:
        if rows[-1] and sum(width + gap for width, _ in rows[-1]) + box[0] > wide * 1.001:
            rows.append([])
        rows[-1].append(box)
    corners, y = list[tuple[float, float]](), 0.0
    for row in rows:
        x, tall = 0.0, max((height for _, height in row), default=0.0)
        for width, height in row:
            corners.append((x, y + (tall - height) / 2))
            x += width + gap
        y += tall + gap
    return corners
