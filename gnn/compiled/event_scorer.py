"""The score of one event at a time, by compiled code from the trail's bytes to the calibrated probability.

It needs neither torch nor XGBoost, and only addresses go in (see `compiled_entry`): Flink's TaskManager may
call it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.features.row_layout import SHAPE, FeatureRow
from domain.features.row_writer import write_columns
from domain.graph import GraphSettings
from domain.kernel.compiled import compiled, compiled_entry
from domain.kernel.raw_bytes import bytes_at, items_at
from domain.memory.stage_table import STAGE
from gnn.compiled.model import CompiledMargin, compiled_mixed, compiled_published, compiled_sigmoid
from gnn.compiled.trees import LEAVES, ByColumn, trees_margin
from gnn.network.compiled_forward import GraphColumns, Room, network_logit
from gnn.network.compiled_network import KIND, Network

PLAN = np.dtype([
    *((name, "i8") for name in (
        "trail_at", "row_at", "width", "counts_at", "kinds", "shape_at", "stages_at",
        "kinds_at", "weights_at", "weights", "head", "hidden", "heads", "wide",
        "links_at", "vectors_at", "sources_at", "sources", "scratch_at",
        "first_at", "columns", "threshold_at", "kept_at", "tree_at", "nodes", "leaves_at", "alive_at", "trees",
    )),
    *((name, "f8") for name in ("base", "network_share", "trees_share", "intercept")),
])  # fmt: skip
"""Where everything lies (`*_at` are addresses), and how many there are of each."""


class EventScorer:
    """Scorer of one event at a time, by one model for one graph."""

    def __init__(self, graph: GraphSettings, logit: CompiledMargin) -> None:
        self._layout, self._links = FeatureRow(graph), graph.links
        layout = self._layout
        self._row = np.zeros(layout.width, np.float32)
        self.inputs = self._row[: layout.flat_width].data
        """f4[F]: the row of `FeatureBatch.flat` of the event that was scored last."""
        self.inputs_at: int = self._row.ctypes.data
        """Where they lie."""
        self._plan = np.zeros(1, PLAN)
        self._kept: list[NDArray] = []  # what the plan's addresses point to
        self._put("row", self._row)
        self._put("counts", np.zeros(len(layout.node_widths), np.int64))
        self._put("shape", layout.shape)
        self._put("stages", layout.stages)
        self._put("links", np.array(layout.link_at, np.int64))
        self._plan["width"], self._plan["kinds"] = layout.width, len(layout.node_widths)
        for name in ("network_share", "trees_share", "intercept"):
            self._plan[name] = getattr(logit, name)
        self._plan_network(logit)
        self._plan_trees(logit)
        self._plan_at = self._plan.ctypes.data
        self._make_room(4096)

    def score(self, trail: bytes) -> float:
        """Return the published score of an event's encoded trail; raise ValueError for a damaged one."""
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

    def _plan_network(self, logit: CompiledMargin) -> None:
        if logit.network is None:
            return
        layout = self._layout
        widths = tuple(zip(layout.node_widths, layout.link_widths, strict=True))
        if (logit.network.event, logit.network.kinds) != (layout.event_width, widths):
            raise ValueError("the network was made for other columns than this graph's")
        network = logit.network.network(self._links)
        self._put("weights", network.weights)
        self._put("kinds", network.kinds)
        for name, size in (("scratch", 4 * network.wide), ("vectors", (1 + len(network.kinds)) * network.hidden)):
            self._put(name, np.zeros(size))
        self._put("sources", np.zeros((len(network.kinds), self._links * network.hidden)))
        self._plan["weights"], self._plan["sources"] = len(network.weights), self._links * network.hidden
        for name in ("head", "hidden", "heads", "wide"):
            self._plan[name] = getattr(network, name)

    def _plan_trees(self, logit: CompiledMargin) -> None:
        if logit.trees is None:
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
    """Return the published score of the trail u1[size] that lies where the `PLAN` at `plan_at` says.

    The trail's columns stay in the row.
    """
    plan = items_at(plan_at, 1, PLAN)[0]
    kinds = plan["kinds"]
    row, counts = items_at(plan["row_at"], plan["width"], np.float32), items_at(plan["counts_at"], kinds, np.int64)
    shape, stages = items_at(plan["shape_at"], 1, SHAPE)[0], items_at(plan["stages_at"], kinds, STAGE)
    write_columns(bytes_at(plan["trail_at"], size), shape, stages, row, counts)
    network = _network_logit(plan, row, counts) if plan["network_share"] != 0.0 else 0.0
    trees = np.float64(_trees_margin(plan, row)) if plan["trees_share"] != 0.0 else 0.0
    logit = compiled_mixed(plan["intercept"], plan["network_share"], network, plan["trees_share"], trees)
    score: float = compiled_published(compiled_sigmoid(logit))
    return score


@compiled
def _network_logit(plan: Any, row: Any, counts: Any) -> float:
    kinds, hidden, wide = plan["kinds"], plan["hidden"], plan["wide"]
    weights, layers = items_at(plan["weights_at"], plan["weights"], np.float32), items_at(plan["kinds_at"], kinds, KIND)
    network = Network(weights, layers, plan["head"], hidden, plan["heads"], wide)
    sources = items_at(plan["sources_at"], kinds * plan["sources"], np.float64).reshape((kinds, plan["sources"]))
    vectors = items_at(plan["vectors_at"], (1 + kinds) * hidden, np.float64)
    room = Room(items_at(plan["scratch_at"], 4 * wide, np.float64), vectors, sources)
    return network_logit(GraphColumns(row, row, items_at(plan["links_at"], kinds, np.int64), counts), network, room)


@compiled
def _trees_margin(plan: Any, row: Any) -> np.float32:
    first = items_at(plan["first_at"], plan["columns"] + 1, np.int64)
    threshold = items_at(plan["threshold_at"], plan["nodes"], np.float32)
    kept, tree = items_at(plan["kept_at"], plan["nodes"], np.uint32), items_at(plan["tree_at"], plan["nodes"], np.int32)
    leaves = items_at(plan["leaves_at"], LEAVES * plan["trees"], np.float32)
    alive = items_at(plan["alive_at"], plan["trees"], np.uint32)
    return trees_margin(row, ByColumn(first, threshold, kept, tree), leaves, np.float32(plan["base"]), alive)
