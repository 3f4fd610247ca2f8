"""The sum of many small trees for a batch of events: a quarter of XGBoost's time for a micro-batch, and the
same to the last bit.

QuickScorer (Lucchese et al., SIGIR 2015) with the events in the innermost loop. Leaves are numbered from the
left, and each has a bit. A node that sends an event to the right clears the bits of the leaves on its
left, in any order of the nodes; of the bits that are left the lowest is the leaf of the event. No step hangs
on the one before, and none is a jump.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.kernel.compiled import compiled, compiled_entry

LEAVES = 32  # of a tree at most: a bit each
ROWS = 64  # events at once: their columns stay in the processor's nearest cache
ALL = np.uint32(0xFFFFFFFF)
ONE = np.uint32(1)
DE_BRUIJN, SHIFT = np.uint32(0x077CB531), np.uint32(27)
"""The five highest bits of this number times 1, 2, 4 .. 2^31 are 32 different numbers."""

Floats = NDArray[np.float32]


class CompiledTrees:
    """The trees of a fitted booster.

    No column of a table may be NaN: XGBoost would take it for a missing one.
    """

    def __init__(self, trees: Sequence[Mapping[str, Any]], base: float) -> None:
        """Take `trees` as XGBoost writes them: arrays over a tree's nodes.

        `base` is the margin before the first tree.
        """
        nodes = [list(_nodes(tree)) for tree in trees]
        columns, thresholds, kept = zip(*(node for some in nodes for node in some), strict=True) if any(nodes) else ((), (), ())
        self._nodes = np.array(columns, np.int64), np.array(thresholds, np.float32), np.array(kept, np.uint32)
        self._starts = np.cumsum([0, *map(len, nodes)])
        self.leaves = np.zeros((len(trees), LEAVES), np.float32)
        for values, tree in zip(self.leaves, trees, strict=True):
            leaves = [tree["split_conditions"][leaf] for leaf in _leaves(tree, 0)]
            if len(leaves) > LEAVES:
                raise ValueError(f"a tree has {len(leaves)} leaves, at most {LEAVES} are allowed: lower its depth")
            values[(DE_BRUIJN << np.arange(len(leaves), dtype=np.uint32)) >> SHIFT] = leaves
        self.base = np.float32(base)

    @classmethod
    def of(cls, booster: Any) -> CompiledTrees:
        """Return the trees of an `xgboost.Booster` for a logistic loss."""
        learner = json.loads(booster.save_raw("json"))["learner"]
        share = np.float32(learner["learner_model_param"]["base_score"].strip("[]"))
        return cls(learner["gradient_booster"]["model"]["trees"], -np.log(np.float32(1.0) / share - np.float32(1.0)))

    def margins(self, table: Floats) -> Floats:
        """Return the margins f4[B] of the rows f4[B, F]."""
        return _sums(np.ascontiguousarray(table), *self._nodes, self._starts, self.leaves, self.base)

    def by_column(self) -> ByColumn:
        """Return the nodes as `trees_margin` takes them."""
        columns, thresholds, kept = self._nodes
        order = np.lexsort((thresholds, columns))
        first = np.searchsorted(columns[order], np.arange(columns.max(initial=-1) + 2))
        tree = np.repeat(np.arange(len(self.leaves)), np.diff(self._starts))
        return ByColumn(first, thresholds[order], kept[order], tree[order].astype(np.int32))


class ByColumn(NamedTuple):
    """The inner nodes of all trees; column c has `first[c]` to `first[c + 1]`, rising by threshold."""

    first: NDArray[np.int64]
    threshold: Floats
    kept: NDArray[np.uint32]
    tree: NDArray[np.int32]


@compiled
def trees_margin(row: Any, nodes: ByColumn, leaves: Floats, base: np.float32, alive: NDArray[np.uint32]) -> np.float32:
    """Return the margin of one event, `row` f4[>= F], with `leaves` f4[T x LEAVES].

    As in the paper, only the nodes of a column that send the event to the right are looked at, and one more.
    `alive` u4[T] is written over.
    """
    alive[:] = ALL
    for column in range(len(nodes.first) - 1):
        value = row[column]
        for node in range(nodes.first[column], nodes.first[column + 1]):
            if value < nodes.threshold[node]:
                break
            alive[nodes.tree[node]] &= nodes.kept[node]
    margin = base
    for at in range(len(alive)):
        lowest = alive[at] & (~alive[at] + ONE)
        margin += leaves[at * LEAVES + np.int64(np.uint32(lowest * DE_BRUIJN) >> SHIFT)]
    return margin


@compiled_entry
def _sums(
    table: Floats,
    column: NDArray[np.int64],
    threshold: Floats,
    kept: NDArray[np.uint32],
    starts: NDArray[np.int64],
    leaves: Floats,
    base: np.float32,
) -> Floats:
    """Return the margins f4[B].

    Tree t has the nodes `starts[t]` to `starts[t + 1]`; `kept` leaves stay where a column is not below.
    """
    sums = np.full(len(table), base, np.float32)
    columns = np.zeros((table.shape[1], ROWS), np.float32)
    alive = np.empty(ROWS, np.uint32)
    for first in range(0, len(table), ROWS):
        rows = min(ROWS, len(table) - first)
        for row in range(rows):
            columns[:, row] = table[first + row]
        for tree in range(len(leaves)):
            alive[:] = ALL
            for node in range(starts[tree], starts[tree + 1]):
                values, limit, stay = columns[column[node]], threshold[node], kept[node]
                # all of them, whatever `rows`: a fixed number becomes vector instructions
                for row in range(ROWS):
                    alive[row] &= ALL if values[row] < limit else stay
            for row in range(rows):
                lowest = alive[row] & (~alive[row] + ONE)
                sums[first + row] += leaves[tree, np.uint32(lowest * DE_BRUIJN) >> SHIFT]
    return sums


def _leaves(tree: Mapping[str, Any], node: int) -> list[int]:
    """Return the leaves below a node, from the left."""
    if tree["left_children"][node] < 0:
        return [node]
    return [*_leaves(tree, tree["left_children"][node]), *_leaves(tree, tree["right_children"][node])]


def _nodes(tree: Mapping[str, Any], node: int = 0, before: int = 0) -> Iterator[tuple[int, float, int]]:
    """Yield (column, threshold, leaves that stay) of every inner node below `node`.

    That has `before` leaves on its left.
    """
    left = tree["left_children"][node]
    if left < 0:
        return
    there = len(_leaves(tree, left))
    yield tree["split_indices"][node], tree["split_conditions"][node], int(ALL) & ~(((1 << there) - 1) << before)
    yield from _nodes(tree, left, before)
    yield from _nodes(tree, tree["right_children"][node], before + there)
