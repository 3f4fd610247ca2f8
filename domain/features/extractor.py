"""From trails to feature matrices: a pure function of what each entity was just before the event.

`row_writer.write_columns` computes the columns, for one event and for many alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.features.feature import CATEGORY_BUCKETS, RECENCY_DAYS, Feature
from domain.features.node_columns import LABEL_SPAN_S
from domain.features.row_cells import Row
from domain.features.row_layout import FeatureRow
from domain.features.row_writer import write_columns
from domain.features.sharing_columns import WINDOWS_S
from domain.graph import GraphSettings
from domain.kernel.compiled import compiled_entry
from domain.kernel.raw_bytes import Bytes, array_at

__all__ = [
    "CATEGORY_BUCKETS", "FEATURE_VERSION", "LABEL_SPAN_S", "RECENCY_DAYS", "WINDOWS_S",
    "EntityBatch", "Feature", "FeatureBatch", "FeatureExtractor",
]  # fmt: skip

FEATURE_VERSION = 3


@dataclass(frozen=True)
class EntityBatch:
    """One entity kind for B events.

    Shapes: `node` f4[B, Fn]; `links` f4[B, K, Fl], newest last; `mask` bool[B, K], true for real links.
    """

    node: NDArray[np.float32]
    links: NDArray[np.float32]
    mask: NDArray[np.bool_]

    def __getitem__(self, rows: slice | NDArray) -> EntityBatch:
        return EntityBatch(self.node[rows], self.links[rows], self.mask[rows])


@dataclass(frozen=True)
class FeatureBatch:
    """Inputs of a model for B events: `event` f4[B, Fe], and an `EntityBatch` per kind of the graph."""

    event: NDArray[np.float32]
    entities: tuple[EntityBatch, ...]

    def __len__(self) -> int:
        return len(self.event)

    def __getitem__(self, rows: slice | NDArray) -> FeatureBatch:
        return FeatureBatch(self.event[rows], tuple(entity[rows] for entity in self.entities))

    def flat(self) -> NDArray[np.float32]:
        """Return event and node columns side by side, f4[B, Fe + sum of Fn]: what a tree model reads."""
        return np.concatenate([self.event, *(entity.node for entity in self.entities)], axis=1)


class FeatureExtractor:
    """Maker of the feature matrices of one graph, with their column names."""

    def __init__(self, graph: GraphSettings) -> None:
        """Raise SettingError if two columns would have one name."""
        self.graph = graph
        self.row = FeatureRow(graph)
        self.codec = self.row.codec
        self.event_features = self.row.event_features
        self.node_features = self.row.node_features
        self.link_features = self.row.link_features
        self._places = np.arange(graph.links)

    @property
    def flat_features(self) -> tuple[Feature, ...]:
        """Return the columns of `FeatureBatch.flat`."""
        return self.row.flat_features

    def extract(self, trails: Sequence[bytes]) -> FeatureBatch:
        """Return the feature matrices of B encoded trails, none of them a label's.

        Raise ValueError for a trail that was cut short.
        """
        row, data = self.row, np.frombuffer(b"".join(trails), np.uint8)
        sizes = np.fromiter(map(len, trails), np.int64, len(trails))
        rows, counts = np.empty((len(trails), row.width), np.float32), np.empty((len(trails), len(row.node_widths)), np.int64)
        _write_rows(data, sizes, row.shape, row.stages, rows, counts)
        return self._batch(rows, counts)

    def _batch(self, rows: NDArray[np.float32], counts: NDArray[np.int64]) -> FeatureBatch:
        row, entities = self.row, []
        masks = self._places < counts[:, :, None]
        for position, (node_at, link_at) in enumerate(zip(row.node_at, row.link_at, strict=True)):
            node = _cut(rows, node_at, row.node_widths[position])
            links = _cut(rows, link_at, self.graph.links * row.link_widths[position])
            shape = (len(rows), self.graph.links, row.link_widths[position])
            entities.append(EntityBatch(node, links.reshape(shape), np.ascontiguousarray(masks[:, position])))
        return FeatureBatch(_cut(rows, 0, row.event_width), tuple(entities))


def _cut(rows: NDArray[np.float32], at: int, columns: int) -> NDArray[np.float32]:
    return np.ascontiguousarray(rows[:, at : at + columns])


@compiled_entry
def _write_rows(data: Bytes, sizes: NDArray[np.int64], shape: NDArray, stages: NDArray, rows: Row, counts: NDArray[np.int64]) -> None:
    """Write B trails, laid end to end in `data`, as `rows` f4[B, width] and `counts` i8[B, N] of their
    links.

    `sizes` i8[B] are the trails' bytes.
    """
    at = 0
    for index in range(len(sizes)):
        write_columns(array_at(data, at, sizes[index], np.uint8), shape[0], stages, rows[index], counts[index])
        at += sizes[index]
