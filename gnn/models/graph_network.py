"""The graph network as a `Model`: its weights in one safetensors file, its forward pass over numpy arrays.
No torch.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gnn.card.card import FeatureNames
from gnn.compiled.model import PackedMargin
from gnn.history.ego_graphs import EgoGraphs
from gnn.network.architecture import weight_shapes
from gnn.network.batch_forward import Inference
from gnn.network.event_forward import PackedNetwork
from gnn.network.weights import State, load_weights, save_weights


class GraphModel:
    """Computes in float64: sums of float32 differ in the seventh digit with the size of the batch, and with
    them the scores.
    """

    reads_links = True

    def __init__(self, state: State) -> None:
        """`state`: the names and shapes of `weight_shapes`."""
        self._state = state
        self._forward = Inference(state)

    def margins(self, graphs: EgoGraphs) -> NDArray[np.float64]:
        return self._forward(graphs)

    def packed(self) -> PackedMargin:
        return PackedMargin(network=PackedNetwork.of(self._state), network_share=1.0)

    def save(self, folder: Path) -> Path:
        return save_weights(self._state, folder)

    @classmethod
    def load(cls, folder: Path, features: FeatureNames, hyperparameters: dict[str, Any]) -> GraphModel:
        """Raises `ArtifactError` for weights of another network."""
        shapes = weight_shapes(features, int(hyperparameters["hidden"]), int(hyperparameters["heads"]))
        return cls(load_weights(folder, shapes))
