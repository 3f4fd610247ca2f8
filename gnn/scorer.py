"""What the job sees of a model: calibrated scores of a batch, and which groups of inputs made them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from domain.features import Batch, Feature, FeatureExtractor
from gnn.card import ModelCard
from gnn.ego_graphs import EgoGraphs
from gnn.model import Model
from gnn.moments import CONSTANT, Moments

EXPLAIN_ROWS = 32  # events explained at once: each becomes as many rows as there are groups


class Scorer(Protocol):
    """A model ready to score. The score of an event does not depend on the others of its batch."""

    card: ModelCard
    groups: tuple[str, ...]
    """The feature groups (G) that `explain` weighs; those the model does not read are left out."""

    reference: tuple[NDArray[np.float32], NDArray[np.float32]]
    """Mean and deviation (never 0) in training of the columns of `Batch.flat`."""

    def score(self, batch: Batch) -> NDArray[np.float64]:
        """Calibrated probability of fraud, f8[B], for B events."""
        ...

    def explain(self, batch: Batch) -> NDArray[np.float64]:
        """f8[B, G]: how much the logit of the score drops when a group's columns are set to their training means."""
        ...


Table = tuple[str, int]
"""("event", 0), ("node", kind) or ("link", kind): one of a batch's arrays."""


class CalibratedScorer:
    """A `Scorer` of any `Model`."""

    def __init__(self, model: Model, card: ModelCard, extractor: FeatureExtractor, moments: Moments) -> None:
        self.card = card
        self._model = model
        tables = dict(zip(_tables(extractor), moments.mean, strict=True))
        flat = 1 + len(extractor.node_features)  # the links' moments come after those of the flat table
        spread = np.concatenate(moments.deviation[:flat])
        self.reference = np.concatenate(moments.mean[:flat]), np.where(spread > CONSTANT, spread, np.float32(1.0))
        self._groups: dict[str, list[tuple[Table, NDArray[np.intp], NDArray[np.float32]]]] = {}
        for table, features in _tables(extractor).items():
            if table[0] == "link" and not model.reads_links:
                continue
            for group in dict.fromkeys(feature.group for feature in features):
                columns = np.flatnonzero([feature.group == group for feature in features])
                self._groups.setdefault(group, []).append((table, columns, tables[table][columns]))
        self.groups = tuple(self._groups)

    def score(self, batch: Batch) -> NDArray[np.float64]:
        return self.card.calibration.probability(self._model.margins(EgoGraphs.of(batch)))

    def explain(self, batch: Batch) -> NDArray[np.float64]:
        drops = np.empty((len(batch), len(self.groups)))
        for start in range(0, len(batch), EXPLAIN_ROWS):
            rows = slice(start, start + EXPLAIN_ROWS)
            drops[rows] = self._drops(batch[rows])
        return drops

    def _drops(self, batch: Batch) -> NDArray[np.float64]:
        size, copies = len(batch), len(self.groups) + 1
        tiled = batch[np.tile(np.arange(size), copies)]  # indexing with an array copies; the last copy stays as it is
        arrays = dict(_arrays(tiled))
        for index, group in enumerate(self._groups.values()):
            for table, columns, means in group:
                arrays[table][index * size : (index + 1) * size, ..., columns] = means
        margins = self._model.margins(EgoGraphs.of(tiled)).reshape(copies, size)
        drops: NDArray[np.float64] = self.card.calibration.slope * (margins[-1] - margins[:-1]).T
        return drops


def _tables(extractor: FeatureExtractor) -> dict[Table, tuple[Feature, ...]]:
    kinds = range(len(extractor.node_features))
    return {
        ("event", 0): extractor.event_features,
        **{("node", kind): extractor.node_features[kind] for kind in kinds},
        **{("link", kind): extractor.link_features[kind] for kind in kinds},
    }


def _arrays(batch: Batch) -> Iterator[tuple[Table, NDArray[np.float32]]]:
    yield ("event", 0), batch.event
    for kind, entity in enumerate(batch.entities):
        yield ("node", kind), entity.node
        yield ("link", kind), entity.links
