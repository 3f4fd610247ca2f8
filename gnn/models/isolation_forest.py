"""Isolation forest (Liu, Ting, Zhou, ICDM 2008) on the flat table, fitted by scikit-learn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from gnn.card.card import ArtifactError
from gnn.history.dataset import Dataset
from gnn.history.ego_graphs import EgoGraphs
from gnn.history.first_pass import Progress
from gnn.history.train_settings import TrainSettings
from gnn.scoring.model import Fitted, validation_margins

WEIGHTS = "weights.safetensors"
TREES, SAMPLES = 100, 256  # as in the paper; samples are events per tree
FIT_ROWS = 100_000  # the trees draw fewer events in all, more need not be in memory


class IsolationForest:
    """T trees of at most M nodes: `feature` i4[T, M] (-1 in a leaf), `threshold` f8[T, M], `left` and
    `right` i4[T, M], and `path` f8[T, M], the depth of a leaf plus the mean depth of the isolation tree its
    events would still need."""

    reads_links = False

    def __init__(self, arrays: dict[str, NDArray]) -> None:
        self._arrays = arrays
        self._feature, self._threshold = arrays["feature"], arrays["threshold"]
        self._left, self._right, self._path = arrays["left"], arrays["right"], arrays["path"]
        self._unit = float(arrays["unit"][0])

    def margins(self, graphs: EgoGraphs) -> NDArray[np.float64]:
        """Return minus the mean path over its expectation: -1 is about average, 0 is isolated at once."""
        table = graphs.flat()
        rows = np.arange(len(table))[:, None]
        trees = np.arange(len(self._feature))[None, :]
        node = np.zeros((len(table), len(self._feature)), np.intp)
        while True:
            feature = self._feature[trees, node]
            inner = feature >= 0
            if not inner.any():
                mean: NDArray[np.float64] = self._path[trees, node].mean(axis=1)
                return -mean / self._unit
            below = table[rows, feature] <= self._threshold[trees, node]
            node = np.where(inner, np.where(below, self._left[trees, node], self._right[trees, node]), node)

    def compiled(self) -> None:
        return None

    def save(self, folder: Path) -> Path:
        """Write the trees into the folder; return the file."""
        path = folder / WEIGHTS
        save_file(self._arrays, path)
        return path

    @classmethod
    def load(cls, folder: Path) -> IsolationForest:
        """Load the trees; raise `ArtifactError` for a damaged file."""
        try:
            return cls(load_file(folder / WEIGHTS))
        except (SafetensorError, KeyError):
            raise ArtifactError(f"{folder / WEIGHTS} is damaged; copy the artifact again or train again") from None


def fit_isolation_forest(dataset: Dataset, settings: TrainSettings, progress: Progress) -> Fitted:
    """Fit a forest without labels; a history that was sampled down is used as sampled."""
    progress("training", 0, 2)
    model = _fit(dataset, dataset.train, settings.seed)
    margins = validation_margins(model, dataset)
    progress("training", 1, 2)
    if settings.refit:
        model = _fit(dataset, dataset.every, settings.seed)
    progress("training", 2, 2)
    return Fitted(model, margins)


def _fit(dataset: Dataset, rows: NDArray[np.intp], seed: int) -> IsolationForest:
    from sklearn.ensemble import IsolationForest as Forest  # a second of import that no other model needs

    rng = np.random.default_rng(seed)
    if len(rows) > FIT_ROWS:
        rows = np.sort(rng.choice(rows, FIT_ROWS, replace=False))
    samples = min(SAMPLES, len(rows))
    forest = Forest(n_estimators=TREES, max_samples=samples, random_state=seed).fit(dataset.graphs.flat(rows))
    return IsolationForest(_exported([tree.tree_ for tree in forest.estimators_], samples))


def _exported(trees: list[Any], samples: int) -> dict[str, NDArray]:
    shape = len(trees), max(tree.node_count for tree in trees)
    feature, left, right = (np.full(shape, -1, np.int32) for _ in range(3))
    threshold, path = np.zeros(shape), np.zeros(shape)
    for row, tree in enumerate(trees):
        nodes = slice(0, tree.node_count)
        inner = tree.children_left != -1
        feature[row, nodes] = np.where(inner, tree.feature, -1)
        threshold[row, nodes] = tree.threshold
        left[row, nodes], right[row, nodes] = tree.children_left, tree.children_right
        depth = np.zeros(tree.node_count)
        for node in np.flatnonzero(inner):  # parents come before their children
            depth[tree.children_left[node]] = depth[tree.children_right[node]] = depth[node] + 1
        path[row, nodes] = depth + _mean_path(tree.n_node_samples)
    unit = _mean_path(np.array([samples]))
    return {"feature": feature, "threshold": threshold, "left": left, "right": right, "path": path, "unit": unit}


def _mean_path(events: NDArray) -> NDArray[np.float64]:
    """Return the mean depth c(n) of an unsuccessful search in a binary tree of n events.

    c(1) = 0, c(2) = 1, c(n) = 2 H(n-1) - 2 (n-1)/n, where H is the harmonic number.
    """
    n = np.maximum(events.astype(np.float64), 2.0)
    path = 2.0 * (np.log(n - 1.0) + np.euler_gamma) - 2.0 * (n - 1.0) / n
    return np.where(events <= 1, 0.0, np.where(events == 2, 1.0, path))
