"""Gradient boosted trees (XGBoost) on the flat table of columns."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gnn.card.card import ArtifactError, FeatureNames
from gnn.compiled.model import CompiledMargin
from gnn.compiled.trees import CompiledTrees
from gnn.history.dataset import Dataset
from gnn.history.ego_graphs import EgoGraphs
from gnn.history.first_pass import Progress
from gnn.history.train_settings import TrainSettings
from gnn.models.held_interrupts import HeldInterrupts
from gnn.scoring.model import Fitted, validation_margins

WEIGHTS = "weights.ubj"
PATIENCE_TREES = 60
# fraud sits in the tails of the columns: with the usual 256 quantiles a tail of a percent is two or three
# bins
BINS = 1024
_PARAMETERS = {
    "objective": "binary:logistic",
    "tree_method": "hist",
    "max_bin": BINS,
    "max_depth": 5,
    "learning_rate": 0.035,
    "subsample": 0.8,
    "colsample_bytree": 0.5,
    "min_child_weight": 10,
}
# Trees that see how an entity grows and who takes turns at it miss the fraud of accounts that are alone at
# their device, such as card testing (docs/quality.md). The network sees them.
_HIDDEN = re.compile(r"\w+\.(meetings_\w+|doubtful_\w+|with_\w+|\w+_turnover|other_\w+_recency)")
REFIT = "training on all events"
TREES_SHOWN = 10  # a progress report every so many trees


def xgboost() -> ModuleType:
    """Return the library, imported only when a model of this kind is used."""
    try:
        import xgboost as library
    except ImportError:
        raise ArtifactError("this model needs XGBoost: pip install xgboost-cpu") from None
    return library


class BoostedTrees:
    """Trees of XGBoost, scored by their compiled form."""

    reads_links = False

    def __init__(self, booster: Any) -> None:
        self._booster = booster
        self._compiled = CompiledMargin(trees=CompiledTrees.of(booster), trees_share=1.0)

    def margins(self, graphs: EgoGraphs) -> NDArray[np.float64]:
        """Return the margins f8[B] of B ego-graphs."""
        return self._compiled.margins(graphs)

    def compiled(self) -> CompiledMargin:
        """Return the trees as plain arrays."""
        return self._compiled

    def save(self, folder: Path) -> Path:
        """Write the weights into the folder; return the file."""
        path = folder / WEIGHTS
        self._booster.save_model(path)
        return path

    @classmethod
    def load(cls, folder: Path) -> BoostedTrees:
        """Load the trees; raise `ArtifactError` for a damaged file and for trees beyond `CompiledTrees`."""
        library = xgboost()
        booster = library.Booster()
        try:
            booster.load_model(folder / WEIGHTS)
            return cls(booster)
        except library.core.XGBoostError:
            raise ArtifactError(f"{folder / WEIGHTS} is damaged; copy the artifact again or train again") from None
        except ValueError as error:
            raise ArtifactError(
                f"{folder / WEIGHTS} has trees this release cannot score ({error}); train again with this release"
            ) from None


def hidden_columns(features: FeatureNames) -> NDArray[np.intp]:
    """Return the columns of the flat table that trees do not see."""
    seen_all = [False] * len(features.event)
    return np.flatnonzero([*seen_all, *(_HIDDEN.fullmatch(name) is not None for node in features.node for name in node)])


def fit_boosted_trees(dataset: Dataset, features: FeatureNames, settings: TrainSettings, progress: Progress) -> Fitted:
    """Fit trees by logistic loss.

    Training stops early on the validation loss: average precision of few frauds jumps from tree to tree.
    """
    library = xgboost()
    weight, hidden = dataset.loss_weights(settings.class_weight), hidden_columns(features)
    parameters = _PARAMETERS | {"seed": settings.seed, "nthread": settings.threads}

    class Report(library.callback.TrainingCallback):  # type: ignore[misc, name-defined]
        def __init__(self, phase: str, trees: int, interrupts: HeldInterrupts) -> None:
            self._phase, self._trees, self._interrupts = phase, trees, interrupts

        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            self._interrupts.check()
            if epoch % TREES_SHOWN == 0:
                progress(self._phase, epoch, self._trees)
            return False

    def matrix(rows: NDArray[np.intp], reference: Any = None) -> Any:
        table = dataset.graphs.flat(rows)
        table[:, hidden] = 0.0
        return library.QuantileDMatrix(
            table, dataset.fraud[rows], weight=weight[rows], ref=reference, max_bin=BINS, nthread=settings.threads
        )

    def grow(phase: str, rows: NDArray[np.intp], trees: int, **watch: Any) -> Any:
        with HeldInterrupts() as interrupts:
            train = matrix(rows)
            if watch:
                watch["evals"] = [(matrix(dataset.validation, train), "validation")]
            report = Report(phase, trees, interrupts)
            return library.train(parameters, train, trees, verbose_eval=False, callbacks=[report], **watch)

    booster = grow("training", dataset.train, settings.trees, early_stopping_rounds=PATIENCE_TREES)
    trees = booster.best_iteration + 1
    booster = booster[:trees]
    margins = validation_margins(BoostedTrees(booster), dataset)
    if settings.refit:
        booster = grow(REFIT, dataset.every, trees)
    progress(REFIT if settings.refit else "training", trees, trees)
    return Fitted(BoostedTrees(booster), margins)
