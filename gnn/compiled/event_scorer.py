"""The score of one event at a time, by compiled code from the trail's bytes to the calibrated probability.

It needs neither torch nor XGBoost, and only addresses go in (see `compiled_entry`): Flink's TaskManager may
call it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from domain.features.row_layout import SHAPE, FeatureRow
from domain.features.row_writer import write_columns
from domain.graph import GraphSettings
from domain.kernel.compiled import compiled_entry
from domain.kernel.raw_bytes import bytes_at, items_at
from domain.memory.stage_table import STAGE
from gnn.compiled.model import PackedMargin
from gnn.compiled.trees import LEAVES, trees_margin
from gnn.network.event_forward import KIND, kinds_of, network_logit

SCORE_DIGITS = 8
"""Of a score as it is published: sums of XGBoost differ in the eighth digit between batches; more digits
would only show that.
"""
_UNIT = 10.0**SCORE_DIGITS

PLAN = np.dtype([
    *((name, "i8") for name in (
        "trail_at", "row_at", "width", "counts_at", "kinds", "shape_at", "stages_at",
        "kinds_at", "weights_at", "weights", "hidden", "heads", "scratch_at", "scratch", "wide",
        "first_at", "columns", "threshold_at", "kept_at", "tree_at", "nodes", "leaves_at", "alive_at", "trees",
    )),
    *((name, "f8") for name in ("base", "network_share", "trees_share", "intercept")),
])  # fmt: skip
"""Where everything lies, `*_at` being addresses, and how many there are of each."""


def published(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores f8[B] as they are published, in [0, 1]."""
    return np.clip(np.round(probability, SCORE_DIGITS), 0.0, 1.0)


class EventScorer:
    """Scores by one model for one graph; it has room for one event at a time."""

    def __init__(self, graph: GraphSettings, logit: PackedMargin) -> None:
        self._layout, self._links = FeatureRow(graph), graph.links
        layout = self._layout
        self._row = np.zeros(layout.width, np.float32)
        self._kinds = kinds_of(layout)
        self.inputs = self._row[: layout.flat_width].data
        """f4[F]: the row of `FeatureBatch.flat` of the event that was scored last."""
        self._plan = np.zeros(1, PLAN)
        self._kept: list[NDArray] = []  # what the plan's addresses point to
        self._put("row", self._row)
        self._put("counts", np.zeros(len(self._kinds), np.int64))
        self._put("shape", layout.shape)
        self._put("stages", layout.stages)
        self._put("kinds", self._kinds)
        self._plan["width"], self._plan["kinds"] = layout.width, len(self._kinds)
        for name in ("network_share", "trees_share", "intercept"):
            self._plan[name] = getattr(logit, name)
        self._plan_network(logit)
        self._plan_trees(logit)
        self._plan_at = self._plan.ctypes.data
        self._make_room(4096)

    def score(self, trail: bytes) -> float:
        """The published score of an encoded trail, not a label's; raises ValueError for a damaged one."""
        size = len(trail)
        if size > len(self._trail_view):
            self._make_room(2 * size)
        self._trail_view[:size] = trail
        score: float = score_trail(self._plan_at, size)
        return score

    def _make_room(self, size: int) -> None:
        self._trail = np.zeros(size, np.uint8)
        self._trail_view = self._trail.data
        self._plan["trail_at"] = self._trail.ctypes.data

    def _put(self, name: str, array: NDArray) -> None:
        self._kept.append(np.ascontiguousarray(array))
        self._plan[f"{name}_at"] = self._kept[-1].ctypes.data

    def _plan_network(self, logit: PackedMargin) -> None:
        if logit.network is None or not logit.network_share:
            self._plan["network_share"] = 0.0
            return
        network, layout = logit.network, self._layout
        if (network.event, network.kinds) != (layout.event_width, tuple(zip(layout.node_widths, layout.link_widths, strict=True))):
            raise ValueError("the network was made for other columns than this graph's")
        wide = network.wide(self._links)
        self._put("weights", network.weights)
        scratch = np.zeros(5 * wide + self._links * network.hidden)
        self._put("scratch", scratch)
        self._plan["weights"], self._plan["scratch"], self._plan["wide"] = len(network.weights), len(scratch), wide
        self._plan["hidden"], self._plan["heads"] = network.hidden, network.heads

    def _plan_trees(self, logit: PackedMargin) -> None:
        if logit.trees is None or not logit.trees_share:
            self._plan["trees_share"] = 0.0
            return
        nodes, leaves = logit.trees.by_column(), logit.trees.leaves
        if len(nodes.first) - 1 > self._layout.flat_width:
            raise ValueError("the trees were made for other columns than this graph's")
        for name, array in (*nodes._asdict().items(), ("leaves", leaves), ("alive", np.zeros(len(leaves), np.uint32))):
            self._put(name, array)
        self._plan["columns"], self._plan["nodes"], self._plan["trees"] = len(nodes.first) - 1, len(nodes.threshold), len(leaves)
        self._plan["base"] = logit.trees.base


@compiled_entry
def score_trail(plan_at: int, size: int) -> float:
    """The published score of the trail u1[size] that lies where the `PLAN` at `plan_at` says; its columns
    are left in the row.
    """
    plan = items_at(plan_at, 1, PLAN)[0]
    kinds, trees = plan["kinds"], plan["trees"]
    row, counts = items_at(plan["row_at"], plan["width"], np.float32), items_at(plan["counts_at"], kinds, np.int64)
    shape, stages = items_at(plan["shape_at"], 1, SHAPE)[0], items_at(plan["stages_at"], kinds, STAGE)
    write_columns(bytes_at(plan["trail_at"], size), shape, stages, row, counts)
    logit = plan["intercept"]
    if plan["network_share"] != 0.0:
        weights = items_at(plan["weights_at"], plan["weights"], np.float32)
        scratch = items_at(plan["scratch_at"], plan["scratch"], np.float64)
        layout = items_at(plan["kinds_at"], kinds, KIND)
        logit += plan["network_share"] * network_logit(row, counts, layout, weights, plan["hidden"], plan["heads"], scratch, plan["wide"])
    if plan["trees_share"] != 0.0:
        first = items_at(plan["first_at"], plan["columns"] + 1, np.int64)
        threshold = items_at(plan["threshold_at"], plan["nodes"], np.float32)
        kept, tree = items_at(plan["kept_at"], plan["nodes"], np.uint32), items_at(plan["tree_at"], plan["nodes"], np.int32)
        leaves, alive = items_at(plan["leaves_at"], LEAVES * trees, np.float32), items_at(plan["alive_at"], trees, np.uint32)
        margin = trees_margin(row, first, threshold, kept, tree, leaves, np.float32(plan["base"]), alive)
        logit += plan["trees_share"] * np.float64(margin)
    probability = 0.5 * (1.0 + math.tanh(0.5 * logit))
    score: float = min(max(np.rint(probability * _UNIT) / _UNIT, 0.0), 1.0)
    return score
