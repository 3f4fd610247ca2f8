"""What the job sees of a model: calibrated scores, also without some of the inputs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from domain.features.extractor import Feature, FeatureBatch, FeatureExtractor
from gnn.card.card import ModelCard
from gnn.card.training_reference import TrainingReference
from gnn.compiled.ablation import CompiledVariants
from gnn.compiled.model import CompiledModel
from gnn.history.ego_graphs import EgoGraphs
from gnn.scoring.ablated_inputs import EVENT, Inputs, Table, written_out
from gnn.scoring.model import Model

ABLATED_ROWS = 1024  # events with inputs taken away that go through the model at once
_NO_PLACES = np.zeros(0, np.intp)


class Scorer(Protocol):
    """A model ready to score. The score of an event does not depend on the others of its batch."""

    card: ModelCard
    reference: TrainingReference
    groups: tuple[str, ...]
    """The feature groups (G) that `explain` weighs; those the model does not read are left out."""
    inputs: tuple[Inputs, ...]
    """The columns of each group."""

    def score(self, batch: FeatureBatch) -> NDArray[np.float64]:
        """Return the calibrated probability of fraud, f8[B], of B events."""
        ...

    def explain(self, batch: FeatureBatch) -> NDArray[np.float64]:
        """Return f8[B, G]: what the logit of each score loses without a group.

        Its columns are set to what is usual in training.
        """
        ...

    def compiled(self) -> CompiledModel | None:
        """Return the model as plain arrays, to score one event at a time; None if it has no such form."""
        ...

    def logits_without(self, batch: FeatureBatch, rows: NDArray[np.intp], removed: Sequence[Sequence[Inputs]]) -> NDArray[np.float64]:
        """Return f8[V]: the logit of the score of event `rows[v]` without the columns of `removed[v]`.

        They are set to what is usual in training.
        """
        ...


class CalibratedScorer:
    """A `Scorer` of any `Model`."""

    def __init__(self, model: Model, card: ModelCard, extractor: FeatureExtractor, reference: TrainingReference) -> None:
        self.card, self.reference = card, reference
        self._model, self._compiled = model, model.compiled()
        tables = tables_of(extractor)
        self._middle = dict(zip(tables, reference.middle, strict=True))
        self._variants = None
        if self._compiled is not None:
            self._compiled = self._compiled.calibrated(card.calibration)
            self._variants = CompiledVariants(extractor.row, self._compiled, np.concatenate(reference.middle))
        groups: dict[str, Inputs] = {}
        firsts = accumulate(map(len, tables.values()), initial=0)
        for (table, features), first in zip(tables.items(), firsts, strict=False):
            if table[0] == "link" and not model.reads_links:
                continue
            # a group lies in one table: its name begins with it
            for group in dict.fromkeys(feature.group for feature in features):
                groups[group] = Inputs(table, np.flatnonzero([feature.group == group for feature in features]), first)
        self.groups, self.inputs = tuple(groups), tuple(groups.values())

    def score(self, batch: FeatureBatch) -> NDArray[np.float64]:
        return self.card.calibration.probability(self._model.margins(EgoGraphs.of(batch)))

    def compiled(self) -> CompiledModel | None:
        return None if self._compiled is None else CompiledModel(self._compiled, self.card.model_id, self.card.thresholds)

    def explain(self, batch: FeatureBatch) -> NDArray[np.float64]:
        variants: list[Sequence[Inputs]] = [(), *((inputs,) for inputs in self.inputs)]
        rows = np.repeat(np.arange(len(batch)), len(variants))
        logits = self.logits_without(batch, rows, variants * len(batch)).reshape(len(batch), len(variants))
        return logits[:, :1] - logits[:, 1:]

    def logits_without(self, batch: FeatureBatch, rows: NDArray[np.intp], removed: Sequence[Sequence[Inputs]]) -> NDArray[np.float64]:
        logits = np.empty(len(rows))
        for start in range(0, len(rows), ABLATED_ROWS):
            part = slice(start, start + ABLATED_ROWS)
            if self._variants is not None:
                events, variant_of = np.unique(rows[part], return_inverse=True)
                logits[part] = self._variants.logits(batch[events], variant_of, [_places(inputs) for inputs in removed[part]])
            else:
                variants = written_out(EgoGraphs.of(batch[rows[part]]), removed[part], self._middle)
                logits[part] = self.card.calibration.logit(self._model.margins(variants))
        return logits


def _places(removed: Sequence[Inputs]) -> NDArray[np.intp]:
    if len(removed) == 1:
        return removed[0].places
    return np.concatenate([one.places for one in removed]) if removed else _NO_PLACES


def tables_of(extractor: FeatureExtractor) -> dict[Table, tuple[Feature, ...]]:
    """Return the features of a batch's arrays, in the order of `ColumnMoments`."""
    kinds = range(len(extractor.node_features))
    return {
        EVENT: extractor.event_features,
        **{("node", kind): extractor.node_features[kind] for kind in kinds},
        **{("link", kind): extractor.link_features[kind] for kind in kinds},
    }
