"""The row of features of one event at a time, without a score."""

from __future__ import annotations

import numpy as np

from domain.features.row_layout import SHAPE, FeatureRow
from domain.features.row_writer import write_columns
from domain.graph import GraphSettings
from domain.kernel.compiled import compiled_entry
from domain.kernel.raw_bytes import bytes_at, items_at
from domain.memory.stage_table import STAGE

_PLAN = np.dtype([(name, "i8") for name in ("trail_at", "row_at", "width", "counts_at", "kinds", "shape_at", "stages_at")])


class EventRow:
    """Writer of the row of `FeatureBatch.flat` of one event; only addresses go in, see `compiled_entry`."""

    def __init__(self, graph: GraphSettings) -> None:
        layout = self._layout = FeatureRow(graph)
        self._row, self._counts = np.zeros(layout.width, np.float32), np.zeros(len(layout.node_widths), np.int64)
        self._flat = self._row[: layout.flat_width].data
        self._plan = np.zeros(1, _PLAN)
        self._plan["width"], self._plan["kinds"] = layout.width, len(layout.node_widths)
        for name, array in (("row", self._row), ("counts", self._counts), ("shape", layout.shape), ("stages", layout.stages)):
            self._plan[f"{name}_at"] = array.ctypes.data
        self._plan_at = int(self._plan.ctypes.data)
        self._make_room(4096)

    def write(self, trail: bytes) -> memoryview:
        """Return the row f4[F] of an event's encoded trail, valid until the next write.

        Raise ValueError for a damaged one.
        """
        size = len(trail)
        if size > len(self._trail_view):
            self._make_room(2 * size)
        self._trail_view[:size] = trail
        write_row(self._plan_at, size)
        return self._flat

    def _make_room(self, size: int) -> None:
        self._trail = np.zeros(size, np.uint8)
        self._trail_view = self._trail.data
        self._plan["trail_at"] = self._trail.ctypes.data


@compiled_entry
def write_row(plan_at: int, size: int) -> None:
    """Write the whole row of the trail u1[size] that lies where the plan says."""
    plan = items_at(plan_at, 1, _PLAN)[0]
    kinds = plan["kinds"]
    row, counts = items_at(plan["row_at"], plan["width"], np.float32), items_at(plan["counts_at"], kinds, np.int64)
    shape, stages = items_at(plan["shape_at"], 1, SHAPE)[0], items_at(plan["stages_at"], kinds, STAGE)
    write_columns(bytes_at(plan["trail_at"], size), shape, stages, row, counts)
