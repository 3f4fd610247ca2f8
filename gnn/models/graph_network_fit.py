"""Training the graph network on the weighted logistic loss."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from gnn.card.card import FeatureNames
from gnn.card.detection_metrics import average_precision
from gnn.history.column_moments import ColumnMoments, chunks
from gnn.history.dataset import Dataset
from gnn.history.ego_graphs import EgoGraphs
from gnn.history.first_pass import Progress
from gnn.history.train_settings import TrainSettings
from gnn.models.graph_network import GraphModel
from gnn.network.gradient_descent import Objective, Rows, refit, search, state_of
from gnn.network.repeatable import repeatable
from gnn.network.torch_forward import EgoGraphNetwork
from gnn.scoring.model import Fitted, validation_margins


def fit_network(dataset: Dataset, features: FeatureNames, moments: ColumnMoments, settings: TrainSettings, progress: Progress) -> Fitted:
    """Fit the graph network; training stops early on validation average precision."""
    with repeatable(settings.threads):
        objective = _objective(dataset, features, moments, settings)
        network, epochs = search(objective, dataset.train, settings, progress)
        margins = validation_margins(GraphModel(state_of(network)), dataset)
        if settings.refit:
            network = refit(objective, dataset.every, epochs, settings, progress)
        return Fitted(GraphModel(state_of(network)), margins)


def blank_network(features: FeatureNames, hidden: int, heads: int, dropout: float) -> EgoGraphNetwork:
    """Build an untrained network for these columns."""
    widths = [(len(node), len(link)) for node, link in zip(features.node, features.link, strict=True)]
    return EgoGraphNetwork(len(features.event), widths, hidden, heads, dropout)


def tensors(graphs: EgoGraphs) -> tuple[Tensor, list[Tensor], list[Tensor], list[Tensor]]:
    """Return the arguments of `EgoGraphNetwork.forward`, sharing memory with the arrays."""
    return (
        torch.from_numpy(graphs.event),
        [torch.from_numpy(node) for node in graphs.nodes],
        [torch.from_numpy(links.values) for links in graphs.links],
        [torch.from_numpy(links.owner) for links in graphs.links],
    )


def _objective(dataset: Dataset, features: FeatureNames, moments: ColumnMoments, settings: TrainSettings) -> Objective[EgoGraphNetwork]:
    weight = torch.from_numpy(dataset.loss_weights(settings.class_weight))
    fraud = torch.from_numpy(dataset.fraud.astype(np.float32))

    def blank() -> EgoGraphNetwork:
        network = blank_network(features, settings.hidden, settings.heads, settings.dropout)
        _standardise(network, moments)
        return network

    def loss(network: EgoGraphNetwork, rows: Rows) -> Tensor:
        logits = network(*tensors(dataset.graphs[rows]))
        return (weight[rows] * binary_cross_entropy_with_logits(logits, fraud[rows], reduction="none")).mean()

    def quality(network: EgoGraphNetwork) -> tuple[float, float]:
        rows = dataset.validation
        logits = torch.cat([network(*tensors(dataset.graphs[part])) for part in chunks(rows)])
        margins: NDArray[np.float64] = logits.double().numpy()
        precision = average_precision(margins, dataset.fraud[rows], dataset.weight[rows])
        return precision, math.sqrt(precision * (1.0 - precision) / dataset.fraud[rows].sum())

    return Objective(blank, loss, quality)


def _standardise(network: EgoGraphNetwork, moments: ColumnMoments) -> None:
    encoders = network.encoders
    layers = [network.event_scale, *(encoder.node_scale for encoder in encoders), *(encoder.link_scale for encoder in encoders)]
    for layer, mean, deviation in zip(layers, moments.mean, moments.deviation, strict=True):
        layer.adopt(torch.from_numpy(mean), torch.from_numpy(deviation))
