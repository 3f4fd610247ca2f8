"""Places for the nodes of a connected graph: on paper as far apart as in the graph.

Stress is the sum over all pairs of ((distance on paper - distance in the graph) / distance in the graph)^2.
It is lowered by majorization (Gansner, Koren and North, 2004), which bounds it by a quadratic function.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_STEPS, _LOOK = 90, 5
"""Most steps, and after how many the stress is looked at."""
_SHARE = 0.9
"""Of a step of Jacobi: a whole one may swing between two states."""
_STILL = 1e-3
"""It is done when the stress has fallen by less than this share."""
_TINY = 1e-9
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
    """Return f8[N, 2] for finite f8[N, N], 0 on the diagonal alone; the same for the same distances.

    Each step is one of Jacobi towards the minimum of the bound on the stress. The solution itself needs an
    inverse, for which numpy's threads wait for each other on a machine that has other work.
    """
    x, y = _spiral(distances)
    weights = 1 / np.where(distances > 0, distances, np.inf) ** 2
    pull, scale, before = weights * distances, _SHARE / np.maximum(weights.sum(axis=1), 1e-12), np.inf
    for step in range(_STEPS):
        dx, dy = np.subtract.outer(x, x), np.subtract.outer(y, y)
        apart = np.sqrt(dx * dx + dy * dy)
        if step % _LOOK == 0:
            stress = float((weights * (apart - distances) ** 2).sum())
            if before - stress < _STILL * stress:
                break
            before = stress
        force = pull / np.maximum(apart, _TINY) - weights
        x, y = x + scale * (force * dx).sum(axis=1), y + scale * (force * dy).sum(axis=1)
    return np.stack([x - x.mean(), y - y.mean()], axis=1)


def _spiral(distances: Floats) -> tuple[Floats, Floats]:
    """Return a start: the most central node in the middle, the others around it, the near ones first."""
    middle = int(np.argmin(distances.sum(axis=1)))
    order = np.argsort(distances[middle], kind="stable")
    angle, radius = np.empty(len(order)), distances[middle]
    angle[order] = np.arange(len(order)) * _GOLDEN
    return radius * np.cos(angle), radius * np.sin(angle)
