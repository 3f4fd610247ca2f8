"""Autoencoder on the flat table: it learns legitimate events and fails to rebuild what is unlike them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gnn.card.card import FeatureNames
from gnn.history.column_moments import ColumnMoments, chunks
from gnn.history.dataset import Dataset
from gnn.history.ego_graphs import EgoGraphs
from gnn.history.first_pass import Progress
from gnn.history.train_settings import TrainSettings
from gnn.network.gradient_descent import Objective, Rows, refit, search, state_of
from gnn.network.repeatable import repeatable
from gnn.network.torch_forward import Standardise, dense
from gnn.network.weights import load_weights, save_weights
from gnn.scoring.model import Fitted, validation_margins

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
    """Scoring model: what the network reconstructs badly is suspicious."""

    reads_links = False

    def __init__(self, network: AutoencoderNetwork) -> None:
        self._network = network.double().eval()  # so that a score does not depend on the size of its batch

    def margins(self, graphs: EgoGraphs) -> NDArray[np.float64]:
        """Return log(reconstruction error + LEAST_ERROR), f8[B]: errors spread over orders of magnitude."""
        return self.margins_of(graphs.flat())

    def margins_of(self, table: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the margins f8[B] of the table of `EgoGraphs.flat`, f4[B, F]."""
        with torch.inference_mode():
            error = self._network(torch.from_numpy(table).double())
        margins: NDArray[np.float64] = torch.log(error + LEAST_ERROR).numpy()
        return margins

    def compiled(self) -> None:
        return None

    def save(self, folder: Path) -> Path:
        """Write the weights into the folder; return the file."""
        return save_weights(state_of(self._network), folder)

    @classmethod
    def load(cls, folder: Path, features: FeatureNames, threads: int) -> Autoencoder:
        """Load the weights; `threads` are those of torch, in the whole process.

        Raise `ArtifactError` for weights of another network.
        """
        torch.set_num_threads(threads)
        network = AutoencoderNetwork(len(features.event) + sum(len(node) for node in features.node))
        state = load_weights(folder, {name: tuple(value.shape) for name, value in network.state_dict().items()})
        network.load_state_dict({name: torch.from_numpy(array) for name, array in state.items()})
        return cls(network)


def fit_autoencoder(dataset: Dataset, moments: ColumnMoments, settings: TrainSettings, progress: Progress) -> Fitted:
    """Fit the events not known to be fraud.

    Training stops early on the reconstruction error of the legitimate validation events.
    """
    with repeatable(settings.threads):
        objective = _objective(dataset, moments)
        network, epochs = search(objective, dataset.train[~dataset.fraud[dataset.train]], settings, progress)
        margins = validation_margins(Autoencoder(network), dataset)
        if settings.refit:
            network = refit(objective, dataset.every[~dataset.fraud[dataset.every]], epochs, settings, progress)
        return Fitted(Autoencoder(network), margins)


def _objective(dataset: Dataset, moments: ColumnMoments) -> Objective[AutoencoderNetwork]:
    # the event and the nodes of each kind; as many tables of links come after them
    tables = (len(moments.mean) + 1) // 2
    mean, deviation = np.concatenate(moments.mean[:tables]), np.concatenate(moments.deviation[:tables])
    weight = torch.from_numpy(dataset.loss_weights(0.0))
    checked = dataset.validation[~dataset.fraud[dataset.validation]]

    def blank() -> AutoencoderNetwork:
        network = AutoencoderNetwork(len(mean))
        network.scale.adopt(torch.from_numpy(mean), torch.from_numpy(deviation))
        return network

    def loss(network: AutoencoderNetwork, rows: Rows) -> Tensor:
        error: Tensor = weight[rows] * network(torch.from_numpy(dataset.graphs.flat(rows)))
        return error.mean()

    def quality(network: AutoencoderNetwork) -> tuple[float, float]:
        return -sum(float(loss(network, rows)) * len(rows) for rows in chunks(checked)) / len(checked), 0.0

    return Objective(blank, loss, quality)
