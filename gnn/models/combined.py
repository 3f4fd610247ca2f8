"""The graph network and boosted trees together: a weighted mean of their logits.

The trees see the columns of the event and its entities, the network the single links as well. They err on
different events.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gnn.card.calibration import Calibration, calibrate
from gnn.card.card import ArtifactError, FeatureNames
from gnn.compiled.model import CompiledMargin, mixed
from gnn.compiled.trees import CompiledTrees
from gnn.history.dataset import Dataset
from gnn.history.ego_graphs import EgoGraphs
from gnn.models.boosted_trees import BoostedTrees
from gnn.models.graph_network import GraphModel
from gnn.network.compiled_network import CompiledNetwork
from gnn.scoring.model import Fitted

WEIGHTS = "combination.json"
SHARES = np.linspace(0.0, 1.0, 21)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Combination:
    """Logit = share x (network's calibrated logit) + (1 - share) x (trees' calibrated logit)."""

    share: float
    network: Calibration
    trees: Calibration

    def margins(self, network: Floats, trees: Floats) -> Floats:
        """Return the logits f8[B], given the margins f8[B] of both."""
        network_share, trees_share, intercept = self._shares()
        logits: Floats = mixed(intercept, network_share, network, trees_share, trees)
        return logits

    def compiled(self, network: CompiledNetwork | None, trees: CompiledTrees | None) -> CompiledMargin:
        """Return the combination of two models as plain arrays."""
        return CompiledMargin(network, trees, *self._shares())

    def _shares(self) -> tuple[float, float, float]:
        """Return (of the network's margin, of the trees' margin, intercept)."""
        rest = 1.0 - self.share
        intercept = self.share * self.network.intercept + rest * self.trees.intercept
        return self.share * self.network.slope, rest * self.trees.slope, intercept


class CombinedModel:
    """Graph network and boosted trees, their calibrated logits mixed in fixed shares."""

    reads_links = True

    def __init__(self, network: GraphModel, trees: BoostedTrees, combination: Combination) -> None:
        self._network, self._trees, self._combination = network, trees, combination
        self._compiled = combination.compiled(network.compiled().network, trees.compiled().trees)

    def margins(self, graphs: EgoGraphs) -> Floats:
        """Return the combined margins f8[B] of B ego-graphs."""
        return self._compiled.margins(graphs)

    def compiled(self) -> CompiledMargin:
        """Return both models and their shares as plain arrays."""
        return self._compiled

    def save(self, folder: Path) -> Path:
        """Write both models' weights, and a file that names their digests.

        Whoever checks that file can check them all.
        """
        parts = {part.name: _digest(part) for part in (self._network.save(folder), self._trees.save(folder))}
        path = folder / WEIGHTS
        path.write_text(json.dumps({"parts": parts, **asdict(self._combination)}, indent=1) + "\n", encoding="utf-8")
        return path

    @classmethod
    def load(cls, folder: Path, features: FeatureNames, hyperparameters: dict[str, Any]) -> CombinedModel:
        """Load both models; raise `ArtifactError` if a part is not the one that was saved."""
        document = json.loads((folder / WEIGHTS).read_text(encoding="utf-8"))
        for name, digest in document["parts"].items():
            if not (folder / name).is_file() or _digest(folder / name) != digest:
                raise ArtifactError(f"{folder / name} is not the file its card describes; copy the artifact again or train again")
        combination = Combination(document["share"], Calibration(**document["network"]), Calibration(**document["trees"]))
        return cls(GraphModel.load(folder, features, hyperparameters), BoostedTrees.load(folder), combination)


def combined(network: Fitted, trees: Fitted, dataset: Dataset) -> Fitted:
    """Combine two fitted models, each stopped early by itself, for the least log loss on validation."""
    rows = dataset.validation
    combination = combine(network.margins, trees.margins, dataset.fraud[rows], dataset.weight[rows])
    assert isinstance(network.model, GraphModel) and isinstance(trees.model, BoostedTrees)
    return Fitted(CombinedModel(network.model, trees.model, combination), combination.margins(network.margins, trees.margins))


def combine(network: Floats, trees: Floats, fraud: NDArray[np.bool_], weight: Floats) -> Combination:
    """Return the best of `SHARES` for the margins f8[V] of two models on validation rows."""
    calibrations = calibrate(network, fraud, weight), calibrate(trees, fraud, weight)

    def loss(share: float) -> float:
        margins = Combination(share, *calibrations).margins(network, trees)
        logit = calibrate(margins, fraud, weight).logit(margins)
        return float(np.sum(weight * (np.logaddexp(0.0, logit) - fraud * logit)))

    return Combination(float(min(SHARES, key=loss)), *calibrations)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
