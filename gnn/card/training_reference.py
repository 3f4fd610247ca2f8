"""Inputs and scores in training: what reasons call usual, and what drift is measured against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.decisions.reason_words import conditions
from domain.features.extractor import Feature
from gnn.history.column_moments import ColumnMoments
from gnn.history.dataset import Dataset

LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Quantiles between the bins: tenths, and finer at the top, where fraud is."""
_MEDIAN = LEVELS.index(0.5)
MOST_ROWS = 50_000  # evenly spaced: quantiles of so many are exact to a tenth of a percent
_COUNTED_ROWS = 512


@dataclass(frozen=True)
class ColumnHistogram:
    """Bins of C columns: `edges` f4[C, E] rising, `share` f8[C, E + 1] of the training events in each bin.

    A value belongs to the first bin whose upper edge it does not pass, so that a value which many events
    share is never split.
    """

    edges: NDArray[np.float32]
    share: NDArray[np.float64]

    def counts(self, values: NDArray[np.floating]) -> NDArray[np.int64]:
        """Count how many of the rows of [B, C] lie in each bin: i8[C, E + 1]."""
        columns, bins = self.share.shape
        counts = np.zeros(columns * bins, np.int64)
        for start in range(0, len(values), _COUNTED_ROWS):
            of_row = (values[start : start + _COUNTED_ROWS, :, None] > self.edges).sum(axis=2) + bins * np.arange(columns)
            counts += np.bincount(of_row.ravel(), minlength=len(counts))
        return counts.reshape(columns, bins)


@dataclass(frozen=True)
class TrainingReference:
    """What the training period looked like; columns are those of `FeatureBatch.flat`, F."""

    moments: ColumnMoments
    inputs: ColumnHistogram
    usual: NDArray[np.float32]
    """f4[F]: median of the events for which a column's number means something (see `conditions`)."""
    scores: ColumnHistogram
    """Of the scores of the validation part, one column.

    They are those of the model that is kept: another model of the same data spreads its low scores
    otherwise, which would be taken for drift.
    """

    @property
    def middle(self) -> tuple[NDArray[np.float32], ...]:
        """f4[F] per table of `ColumnMoments`: what is put in the place of an input that is taken away.

        The median of the event's and the nodes' columns: the mean of a count that is mostly 0 is a value
        that no event has, and a tree may take it for one of the rare others. Of the links' columns, which no
        tree reads, the mean.
        """
        widths = np.cumsum([len(mean) for mean in self.moments.mean])
        tables = np.searchsorted(widths, len(self.usual)) + 1
        medians = np.split(self.inputs.edges[:, _MEDIAN], widths[: tables - 1])
        return (*medians, *self.moments.mean[tables:])

    @property
    def mean(self) -> NDArray[np.float32]:
        """f4[F]"""
        return np.concatenate(self.moments.mean)[: len(self.usual)]


def reference_of(dataset: Dataset, features: Sequence[Feature], moments: ColumnMoments, scores: NDArray[np.float64]) -> TrainingReference:
    """Return the reference of the features of `FeatureBatch.flat` and the validation scores f8[V]."""
    rows = dataset.every
    rows = rows[:: -(-len(rows) // MOST_ROWS)]
    values, weight = dataset.graphs.flat(rows), dataset.weight[rows]
    inputs = column_histogram(values, weight)
    of_scores = column_histogram(scores[:, None].astype(np.float32), dataset.weight[dataset.validation])
    return TrainingReference(moments, inputs, _usual(values, weight, features, inputs.edges[:, _MEDIAN]), of_scores)


def _usual(
    values: NDArray[np.float32], weight: NDArray[np.float64], features: Sequence[Feature], medians: NDArray[np.float32]
) -> NDArray[np.float32]:
    column = {feature.name: index for index, feature in enumerate(features)}
    usual = medians.copy()
    for index, feature in enumerate(features):
        flags = [column[name] for name in conditions(feature) if name in column and column[name] != index]
        held = (values[:, flags] != 0).all(axis=1)
        if held.any() and not held.all():
            usual[index] = _quantiles(values[held, index], weight[held], (0.5,))[0][0]
    return usual


def column_histogram(values: NDArray[np.float32], weight: NDArray[np.float64]) -> ColumnHistogram:
    """Return bins by weighted quantiles of the columns of `values` [N, C]."""
    edges = np.empty((values.shape[1], len(LEVELS)), np.float32)
    share = np.empty((values.shape[1], len(LEVELS) + 1))
    for index, column in enumerate(values.T):
        edges[index], below = _quantiles(column, weight, LEVELS)
        share[index] = np.diff(below, prepend=0.0, append=1.0)
    return ColumnHistogram(edges, share)


def _quantiles(
    column: NDArray[np.float32], weight: NDArray[np.float64], levels: tuple[float, ...]
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return the weighted quantiles, and the share of the weight up to each."""
    order = np.argsort(column, kind="stable")
    ordered, passed = column[order], np.cumsum(weight[order])
    at = np.searchsorted(passed, np.array(levels) * passed[-1])
    quantiles = ordered[np.minimum(at, len(ordered) - 1)]
    return quantiles, passed[np.searchsorted(ordered, quantiles, side="right") - 1] / passed[-1]
