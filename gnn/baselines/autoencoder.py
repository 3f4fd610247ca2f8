"""Autoencoder on the flat table: what it cannot rebuild from a few numbers is unlike the legitimate events it learnt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gnn.card import FeatureNames
from gnn.dataset import Dataset
from gnn.ego_graphs import EgoGraphs
from gnn.graph_model import WEIGHTS, load_weights, save_weights
from gnn.moments import Moments, chunks
from gnn.network import Standardise, dense
from gnn.network_fit import descend, repeatable
from gnn.survey import Progress
from gnn.train_settings import TrainSettings

HIDDEN = 64
CODE = 12
LEAST_ERROR = 1e-6


class AutoencoderNetwork(nn.Module):
    """Columns f[B, F] -> mean squared error of their reconstruction f[B], in squared standard deviations."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.scale = Standardise(features)
        self.encode = nn.Sequential(dense((features, HIDDEN)), nn.Linear(HIDDEN, CODE))
        self.decode = nn.Sequential(dense((CODE, HIDDEN)), nn.Linear(HIDDEN, features))

    def forward(self, columns: Tensor) -> Tensor:
        wanted = self.scale(columns)
        error: Tensor = (self.decode(self.encode(wanted)) - wanted).square().mean(dim=1)
        return error


class Autoencoder:
    reads_links = False

    def __init__(self, network: AutoencoderNetwork) -> None:
        self._network = network.double().eval()  # so that a score does not depend on the size of its batch

    def margins(self, graphs: EgoGraphs) -> NDArray[np.float64]:
        """Logarithm of the reconstruction error: errors spread over orders of magnitude."""
        with torch.inference_mode():
            error = self._network(torch.from_numpy(graphs.flat()).double())
        margins: NDArray[np.float64] = torch.log(error + LEAST_ERROR).numpy()
        return margins

    def save(self, folder: Path) -> Path:
        path = folder / WEIGHTS
        save_weights(self._network, path)
        return path

    @classmethod
    def load(cls, folder: Path, features: FeatureNames) -> Autoencoder:
        network = AutoencoderNetwork(len(features.event) + sum(len(node) for node in features.node))
        load_weights(network, folder)
        return cls(network)


def fit_autoencoder(dataset: Dataset, moments: Moments, settings: TrainSettings, progress: Progress) -> Autoencoder:
    """Learns the events not known to be fraud; stopped early on the reconstruction of the legitimate validation events."""
    tables = len(dataset.graphs.table_widths)  # the links' moments come after them
    with repeatable(settings.seed, settings.threads) as rng:
        network = AutoencoderNetwork(sum(len(mean) for mean in moments.mean[:tables]))
        mean, deviation = np.concatenate(moments.mean[:tables]), np.concatenate(moments.deviation[:tables])
        network.scale.adopt(torch.from_numpy(mean), torch.from_numpy(deviation))
        weight = torch.from_numpy((dataset.weight / dataset.weight[dataset.train].mean()).astype(np.float32))
        legitimate = dataset.train[~dataset.fraud[dataset.train]]
        checked = dataset.validation[~dataset.fraud[dataset.validation]]

        def loss(rows: NDArray[np.intp]) -> Tensor:
            error: Tensor = weight[rows] * network(torch.from_numpy(dataset.graphs[rows].flat()))
            return error.mean()

        def quality() -> float:
            network.eval()
            with torch.inference_mode():
                return -sum(float(loss(rows)) * len(rows) for rows in chunks(checked)) / len(checked)

        descend(network, loss, quality, legitimate, settings, rng, progress)
        return Autoencoder(network)
