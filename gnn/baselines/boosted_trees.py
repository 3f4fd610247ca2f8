"""Gradient boosted trees (XGBoost) on the flat table of columns."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gnn.card import ArtifactError
from gnn.dataset import Dataset
from gnn.ego_graphs import EgoGraphs
from gnn.network_fit import loss_weights
from gnn.survey import Progress
from gnn.train_settings import TrainSettings

WEIGHTS = "weights.ubj"
PATIENCE_TREES = 50
TREES_SHOWN = 10  # a progress report every so many trees


def xgboost() -> ModuleType:
    """The library, imported only when a model of this kind is used."""
    try:
        import xgboost as library
    except ImportError:
        raise ArtifactError("the model gbt needs XGBoost: pip install 'ringwatch[gbt]'") from None
    return library


class BoostedTrees:
    reads_links = False

    def __init__(self, booster: Any) -> None:
        self._booster = booster

    def margins(self, graphs: EgoGraphs) -> NDArray[np.float64]:
        margins: NDArray[np.float32] = self._booster.inplace_predict(graphs.flat(), predict_type="margin")
        return margins.astype(np.float64)

    def save(self, folder: Path) -> Path:
        path = folder / WEIGHTS
        self._booster.save_model(path)
        return path

    @classmethod
    def load(cls, folder: Path, threads: int) -> BoostedTrees:
        library = xgboost()
        booster = library.Booster({"nthread": threads})
        try:
            booster.load_model(folder / WEIGHTS)
        except library.core.XGBoostError:
            raise ArtifactError(f"{folder / WEIGHTS} is damaged; copy the artifact again or train again") from None
        return cls(booster)


def fit_boosted_trees(dataset: Dataset, settings: TrainSettings, progress: Progress) -> BoostedTrees:
    """Logistic loss, stopped early on validation average precision."""
    library = xgboost()
    weight = loss_weights(dataset, settings.class_weight)

    def matrix(rows: NDArray[np.intp], weights: NDArray[np.floating]) -> Any:
        return library.QuantileDMatrix(dataset.graphs[rows].flat(), dataset.fraud[rows], weight=weights[rows], ref=reference)

    class Report(library.callback.TrainingCallback):  # type: ignore[misc, name-defined]
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            if epoch % TREES_SHOWN == 0:
                progress("training", epoch, settings.trees)
            return False

    reference = None
    reference = train = matrix(dataset.train, weight)
    booster = library.train(
        {
            "objective": "binary:logistic",
            "eval_metric": "aucpr",
            "tree_method": "hist",
            "max_depth": 6,
            "learning_rate": 0.05,
            "subsample": 0.8,
            "colsample_bytree": 0.5,
            "min_child_weight": 5,
            "seed": settings.seed,
            "nthread": settings.threads,
        },
        train,
        settings.trees,
        evals=[(matrix(dataset.validation, dataset.weight), "validation")],
        early_stopping_rounds=PATIENCE_TREES,
        verbose_eval=False,
        callbacks=[Report()],
    )
    progress("training", settings.trees, settings.trees)
    return BoostedTrees(booster[: booster.best_iteration + 1])
