"""The graph network as a `Model`: its weights in one safetensors file, its forward pass over numpy arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from gnn.card import ArtifactError, FeatureNames
from gnn.ego_graphs import EgoGraphs
from gnn.inference import Inference
from gnn.network import EgoGraphNetwork
from gnn.variants import Variants

WEIGHTS = "weights.safetensors"


class GraphModel:
    """Computes in float64: sums of float32 differ in the seventh digit with the size of the batch, and with them the scores."""

    reads_links = True

    def __init__(self, network: EgoGraphNetwork) -> None:
        self._network = network.double().eval()
        self._forward = Inference({name: value.numpy() for name, value in network.state_dict().items()})

    def margins(self, graphs: EgoGraphs) -> NDArray[np.float64]:
        return self._forward(graphs)

    def variant_margins(self, variants: Variants) -> NDArray[np.float64]:
        return self._forward.variants(variants)

    def save(self, folder: Path) -> Path:
        path = folder / WEIGHTS
        save_weights(self._network, path)
        return path

    @classmethod
    def load(cls, folder: Path, features: FeatureNames, hyperparameters: dict[str, Any]) -> GraphModel:
        network = blank_network(features, int(hyperparameters["hidden"]), int(hyperparameters["heads"]), 0.0)
        load_weights(network, folder)
        return cls(network)


def blank_network(features: FeatureNames, hidden: int, heads: int, dropout: float) -> EgoGraphNetwork:
    widths = [(len(node), len(link)) for node, link in zip(features.node, features.link, strict=True)]
    return EgoGraphNetwork(len(features.event), widths, hidden, heads, dropout)


def tensors(graphs: EgoGraphs) -> tuple[Tensor, list[Tensor], list[Tensor], list[Tensor]]:
    """The arguments of `EgoGraphNetwork.forward`, sharing memory with the arrays."""
    return (
        torch.from_numpy(graphs.event),
        [torch.from_numpy(node) for node in graphs.nodes],
        [torch.from_numpy(links.values) for links in graphs.links],
        [torch.from_numpy(links.owner) for links in graphs.links],
    )


def save_weights(network: torch.nn.Module, path: Path) -> None:
    """As float32, in which they were trained."""
    save_file({name: value.float().contiguous() for name, value in network.state_dict().items()}, path)


def load_weights(network: torch.nn.Module, folder: Path) -> None:
    """Fill a network from `weights.safetensors`; raises `ArtifactError`."""
    try:
        network.load_state_dict(load_file(folder / WEIGHTS))
    except (SafetensorError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ArtifactError(f"{folder / WEIGHTS} does not fit its card ({reason}); copy the artifact again or train again") from None
