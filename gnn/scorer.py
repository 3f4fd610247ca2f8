"""What the job sees of a model: calibrated scores of a batch, and what they would be without some of the inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from domain.features import Batch, Feature, FeatureExtractor
from gnn.card import ModelCard
from gnn.ego_graphs import EgoGraphs
from gnn.model import Model
from gnn.packed_model import PackedModel
from gnn.reference import Reference
from gnn.variants import EVENT, Inputs, Table, Variants

ABLATED_ROWS = 1024  # events with inputs taken away that go through the model at once


class Scorer(Protocol):
    """A model ready to score. The score of an event does not depend on the others of its batch."""

    card: ModelCard
    reference: Reference
    groups: tuple[str, ...]
    """The feature groups (G) that `explain` weighs; those the model does not read are left out."""
    inputs: tuple[Inputs, ...]
    """The columns of each group."""

    def score(self, batch: Batch) -> NDArray[np.float64]:
        """Calibrated probability of fraud, f8[B], for B events."""
        ...

    def explain(self, batch: Batch) -> NDArray[np.float64]:
        """f8[B, G]: how much the logit of the score drops when a group's columns are set to what is usual in training."""
        ...

    def packed(self) -> PackedModel | None:
        """The model as plain arrays, for scoring one event at a time; None if it has no such form."""
        ...

    def logits_without(self, batch: Batch, rows: NDArray[np.intp], removed: Sequence[Sequence[Inputs]]) -> NDArray[np.float64]:
        """f8[V]: the logit of the score of event `rows[v]` with the columns of `removed[v]` set to what is usual in training."""
        ...


class CalibratedScorer:
    """A `Scorer` of any `Model`."""

    def __init__(self, model: Model, card: ModelCard, extractor: FeatureExtractor, reference: Reference) -> None:
        self.card, self.reference = card, reference
        self._model = model
        self._middle = dict(zip(tables_of(extractor), reference.middle, strict=True))
        groups: dict[str, Inputs] = {}
        for table, features in tables_of(extractor).items():
            if table[0] == "link" and not model.reads_links:
                continue
            for group in dict.fromkeys(feature.group for feature in features):  # a group lies in one table: its name begins with it
                groups[group] = Inputs(table, np.flatnonzero([feature.group == group for feature in features]))
        self.groups, self.inputs = tuple(groups), tuple(groups.values())

    def score(self, batch: Batch) -> NDArray[np.float64]:
        return self.card.calibration.probability(self._model.margins(EgoGraphs.of(batch)))

    def packed(self) -> PackedModel | None:
        margin = self._model.packed()
        if margin is None:
            return None
        return PackedModel(margin.calibrated(self.card.calibration), self.card.model_id, self.card.thresholds)

    def explain(self, batch: Batch) -> NDArray[np.float64]:
        variants: list[Sequence[Inputs]] = [(), *((inputs,) for inputs in self.inputs)]
        rows = np.repeat(np.arange(len(batch)), len(variants))
        logits = self.logits_without(batch, rows, variants * len(batch)).reshape(len(batch), len(variants))
        return logits[:, :1] - logits[:, 1:]

    def logits_without(self, batch: Batch, rows: NDArray[np.intp], removed: Sequence[Sequence[Inputs]]) -> NDArray[np.float64]:
        logits = np.empty(len(rows))
        for start in range(0, len(rows), ABLATED_ROWS):
            part = slice(start, start + ABLATED_ROWS)
            events, copies = np.unique(rows[part], return_inverse=True)
            variants = Variants(EgoGraphs.of(batch[events]), copies, removed[part], self._middle)
            logits[part] = self.card.calibration.logit(self._model.variant_margins(variants))
        return logits


def tables_of(extractor: FeatureExtractor) -> dict[Table, tuple[Feature, ...]]:
    """The features of a batch's arrays, in the order of `Moments`."""
    kinds = range(len(extractor.node_features))
    return {
        EVENT: extractor.event_features,
        **{("node", kind): extractor.node_features[kind] for kind in kinds},
        **{("link", kind): extractor.link_features[kind] for kind in kinds},
    }
