"""Places for the nodes of a connected graph: on paper as far apart as in the graph.

Stress is the sum over all pairs of ((distance on paper - distance in the graph) / distance in the graph)^2.
It is lowered by majorization (Gansner, Koren and North, 2004): x <- V^+ B(x) x, which never raises it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_STEPS = 45
_STILL = 1e-4
"""It is done when a step lowers the stress by less than this share."""
_GOLDEN = np.pi * (3 - np.sqrt(5))


def hops(neighbours: Sequence[Iterable[int]]) -> Floats:
    """Return f8[N, N]: the links between each two nodes, infinite where no way leads.

    What a node reaches is a number with a bit a node: whole steps of all nodes are few operations, and none
    of them waits for other threads as a product of matrices does.
    """
    count, width = len(neighbours), (len(neighbours) + 7) // 8
    reached, far = [1 << at for at in range(count)], np.zeros((count, count))
    while True:
        rows = np.frombuffer(b"".join(mask.to_bytes(width, "little") for mask in reached), dtype=np.uint8).reshape(count, width)
        away = np.unpackbits(rows, axis=1, count=count, bitorder="little") == 0
        grown = [reduce(or_, (reached[other] for other in neighbours[at]), mask) for at, mask in enumerate(reached)]
        if grown == reached:
            return np.where(away, np.inf, far)
        far += away
        reached = grown


def least_stress(distances: Floats) -> Floats:
    """Return f8[N, 2] for finite f8[N, N], 0 on the diagonal alone; the same for the same distances."""
    count = len(distances)
    places = _spiral(distances)
    if count < 3:
        return places
    weights = 1 / np.where(distances > 0, distances, np.inf) ** 2
    inverse = np.linalg.inv(np.diag(weights.sum(axis=1)) - weights + 1 / count)
    pull, before = weights * distances, np.inf
    for _ in range(_STEPS):
        apart = _apart(places)
        stress = float((weights * (apart - distances) ** 2).sum())
        if before - stress < _STILL * stress:
            break
        before = stress
        ratio = pull / np.where(apart > 0, apart, np.inf)
        places = inverse @ (ratio.sum(axis=1)[:, None] * places - ratio @ places)
    centred: Floats = places - places.mean(axis=0)
    return centred


def _spiral(distances: Floats) -> Floats:
    """Return a start: the most central node in the middle, the others around it, the near ones first."""
    middle = int(np.argmin(distances.sum(axis=1)))
    order = np.argsort(distances[middle], kind="stable")
    angle, radius = np.empty(len(order)), distances[middle]
    angle[order] = np.arange(len(order)) * _GOLDEN
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _apart(places: Floats) -> Floats:
    square = (places**2).sum(axis=1)
    apart: Floats = np.sqrt(np.maximum(square[:, None] + square[None, :] - 2 * places @ places.T, 0.0))
    return apart
