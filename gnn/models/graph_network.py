"""The graph network as a `Model`: weights in one safetensors file, a compiled forward pass, no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gnn.card.card import FeatureNames
from gnn.compiled.model import CompiledMargin
from gnn.history.ego_graphs import EgoGraphs
from gnn.network.architecture import weight_shapes
from gnn.network.compiled_network import CompiledNetwork
from gnn.network.weights import State, load_weights, save_weights


class GraphModel:
    """Weights of an `EgoGraphNetwork` after training."""

    reads_links = True

    def __init__(self, state: State) -> None:
        """Take arrays with the names and shapes of `weight_shapes`."""
        self._state = state
        self._compiled = CompiledMargin(network=CompiledNetwork.of(state), network_share=1.0)

    def margins(self, graphs: EgoGraphs) -> NDArray[np.float64]:
        """Return the margins f8[B] of B ego-graphs."""
        return self._compiled.margins(graphs)

    def compiled(self) -> CompiledMargin:
        """Return the weights as plain arrays."""
        return self._compiled

    def save(self, folder: Path) -> Path:
        """Write the weights into the folder; return the file."""
        return save_weights(self._state, folder)

    @classmethod
    def load(cls, folder: Path, features: FeatureNames, hyperparameters: dict[str, Any]) -> GraphModel:
        """Load the weights; raise `ArtifactError` for those of another network."""
        shapes = weight_shapes(features, int(hyperparameters["hidden"]), int(hyperparameters["heads"]))
        return cls(load_weights(folder, shapes))
