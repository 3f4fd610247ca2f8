"""Training the graph network: weighted loss, one learning-rate cycle, early stopping on validation average precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from gnn.card import FeatureNames
from gnn.dataset import Dataset
from gnn.graph_model import GraphModel, blank_network, tensors
from gnn.metrics import average_precision
from gnn.moments import Moments, chunks
from gnn.network import EgoGraphNetwork, Standardise
from gnn.survey import Progress
from gnn.train_settings import TrainSettings

WARM_UP = 0.15  # share of the steps in which the learning rate rises (Smith, Super-convergence, 2018)
WEIGHT_DECAY = 1e-4


@contextmanager
def repeatable(seed: int, threads: int) -> Iterator[np.random.Generator]:
    """Torch seeded and deterministic with a fixed number of threads; what it was before is restored."""
    threads_before, deterministic_before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(True)
        try:
            yield np.random.default_rng(seed)
        finally:
            torch.use_deterministic_algorithms(deterministic_before)
            torch.set_num_threads(threads_before)


def fit_network(dataset: Dataset, features: FeatureNames, moments: Moments, settings: TrainSettings, progress: Progress) -> GraphModel:
    with repeatable(settings.seed, settings.threads) as rng:
        network = blank_network(features, settings.hidden, settings.heads, settings.dropout)
        _standardise(network, moments)
        weight = torch.from_numpy(loss_weights(dataset, settings.class_weight))
        fraud = torch.from_numpy(dataset.fraud.astype(np.float32))

        def loss(rows: NDArray[np.intp]) -> Tensor:
            logits = network(*tensors(dataset.graphs[rows]))
            return (weight[rows] * binary_cross_entropy_with_logits(logits, fraud[rows], reduction="none")).mean()

        def quality() -> float:
            network.eval()
            rows = dataset.validation
            with torch.inference_mode():
                logits = torch.cat([network(*tensors(dataset.graphs[part])) for part in chunks(rows)])
            return average_precision(logits.numpy().astype(np.float64), dataset.fraud[rows], dataset.weight[rows])

        descend(network, loss, quality, dataset.train, settings, rng, progress)
        return GraphModel(network)


def descend(
    network: nn.Module,
    loss: Callable[[NDArray[np.intp]], Tensor],
    quality: Callable[[], float],
    rows: NDArray[np.intp],
    settings: TrainSettings,
    rng: np.random.Generator,
    progress: Progress,
) -> None:
    """Minimise `loss` over mini-batches of `rows`, epoch by epoch; the network ends with the weights of best `quality`."""
    batches = max(1, len(rows) // settings.batch_size)
    optimiser = torch.optim.AdamW(network.parameters(), settings.learning_rate, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.learning_rate, total_steps=settings.epochs * batches + 1, pct_start=WARM_UP
    )
    best, best_epoch, best_weights = -np.inf, 0, network.state_dict()
    for epoch in range(settings.epochs):
        network.train()
        for part in np.array_split(rng.permutation(rows), batches):
            optimiser.zero_grad()
            loss(part).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
        reached = quality()
        progress("training", epoch + 1, settings.epochs)
        if reached > best:
            best, best_epoch = reached, epoch
            best_weights = {name: value.clone() for name, value in network.state_dict().items()}
        elif epoch - best_epoch >= settings.patience:
            break
    progress("training", settings.epochs, settings.epochs)
    network.load_state_dict(best_weights)


def loss_weights(dataset: Dataset, class_weight: float) -> NDArray[np.float32]:
    """f4[N]: what each event stands for, frauds raised by (legitimate / fraud) ** class_weight; the training mean is 1."""
    fraud, weight, train = dataset.fraud, dataset.weight, dataset.train
    ratio = weight[train][~fraud[train]].sum() / weight[train][fraud[train]].sum()
    raised = np.where(fraud, weight * ratio**class_weight, weight)
    weights: NDArray[np.float32] = (raised / raised[train].mean()).astype(np.float32)
    return weights


def _standardise(network: EgoGraphNetwork, moments: Moments) -> None:
    encoders = list(network.entities)
    layers = [network.event_scale, *(encoder.node_scale for encoder in encoders), *(encoder.link_scale for encoder in encoders)]
    for layer, mean, deviation in zip(layers, moments.mean, moments.deviation, strict=True):
        assert isinstance(layer, Standardise)
        layer.adopt(torch.from_numpy(mean), torch.from_numpy(deviation))
