"""Weighted mean and standard deviation of every input column over the training rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gnn.history.dataset import Dataset
from gnn.history.ego_graphs import EgoGraphs

CHUNK_ROWS = 8192
CONSTANT = 1e-6  # a column that deviates less in training says nothing


@dataclass(frozen=True)
class ColumnMoments:
    """Mean and standard deviation f4[F] per table: the event, the nodes of each kind, the links of each
    kind.
    """

    mean: tuple[NDArray[np.float32], ...]
    deviation: tuple[NDArray[np.float32], ...]


def chunks(rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Yield the rows in pieces small enough to hold in memory."""
    for start in range(0, len(rows), CHUNK_ROWS):
        yield rows[start : start + CHUNK_ROWS]


def column_moments(dataset: Dataset) -> ColumnMoments:
    """Return the moments of the training rows. A link weighs as much as its event.

    Two passes, the mean and then the squared distance to it, are exact where E[x²] - E[x]² would cancel.
    """
    means = _weighted_means(dataset, None)
    deviations = [np.sqrt(square) for square in _weighted_means(dataset, means)]
    return ColumnMoments(tuple(m.astype(np.float32) for m in means), tuple(d.astype(np.float32) for d in deviations))


def _weighted_means(dataset: Dataset, centre: list[NDArray[np.float64]] | None) -> list[NDArray[np.float64]]:
    """Return f8[F] per table: the mean of its columns, or with `centre` the mean squared distance to it.

    A table without rows has zeros.
    """
    sums: list[NDArray[np.float64]] = []
    totals: list[float] = []
    for rows in chunks(dataset.train):
        for index, (values, weight) in enumerate(_tables(dataset.graphs[rows], dataset.weight[rows])):
            if index == len(sums):
                sums.append(np.zeros(values.shape[1]))
                totals.append(0.0)
            wide = values.astype(np.float64)
            sums[index] += weight @ (wide if centre is None else (wide - centre[index]) ** 2)
            totals[index] += float(weight.sum())
    return [column / (total or 1.0) for column, total in zip(sums, totals, strict=True)]


def _tables(graphs: EgoGraphs, weight: NDArray[np.float64]) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float64]]]:
    yield graphs.event, weight
    for node in graphs.nodes:
        yield node, weight
    for links in graphs.links:
        yield links.values, weight[links.owner]
