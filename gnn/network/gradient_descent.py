"""Gradient descent: one learning-rate cycle, early stopping, then once more on all events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gnn.history.first_pass import Progress
from gnn.history.train_settings import TrainSettings
from gnn.network.repeatable import repeatable
from gnn.network.weights import State

WARM_UP = 0.15  # share of the steps in which the learning rate rises (Smith, Super-convergence, 2018)
WEIGHT_DECAY = 1e-2
Rows = NDArray[np.intp]
Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class Objective(Generic[Network]):
    """A task to learn: a fresh network, its loss on some rows, and its quality on validation.

    More quality is better; the second number is its standard error.
    """

    blank: Callable[[], Network]
    loss: Callable[[Network, Rows], Tensor]
    quality: Callable[[Network], tuple[float, float]]


def search(objective: Objective[Network], rows: Rows, settings: TrainSettings, progress: Progress) -> tuple[Network, int]:
    """Return the network of the last epoch within one standard error of the best quality, and its epoch.

    A late epoch is preferred as long as nothing speaks against it: the learning rate has come down by then,
    and the best of several measurements on few frauds is mostly luck.
    """
    best, error, chosen, weights = -np.inf, 0.0, 0, {}
    with _seeded(settings) as rng:
        network = objective.blank()
        for epoch in _epochs(network, objective, rows, settings, rng):
            progress("training", epoch, settings.epochs)
            network.eval()
            with torch.inference_mode():
                reached, uncertain = objective.quality(network)
            if reached > best:
                best, error = reached, uncertain
            if reached >= best - error:
                chosen, weights = epoch, {name: value.clone() for name, value in network.state_dict().items()}
            elif epoch - chosen >= settings.patience:
                break
        progress("training", settings.epochs, settings.epochs)
        network.load_state_dict(weights)
    return network, chosen


def refit(objective: Objective[Network], rows: Rows, epochs: int, settings: TrainSettings, progress: Progress) -> Network:
    """Return a fresh network after so many epochs on these rows."""
    with _seeded(settings) as rng:
        network = objective.blank()
        for epoch in _epochs(network, objective, rows, settings, rng):
            progress("training on all events", epoch, epochs)
            if epoch == epochs:
                break
    return network


def state_of(network: nn.Module) -> State:
    """Return the weights of a network that is not trained any further: the arrays share its memory."""
    return {name: value.float().numpy() for name, value in network.state_dict().items()}


def _epochs(
    network: Network, objective: Objective[Network], rows: Rows, settings: TrainSettings, rng: np.random.Generator
) -> Iterator[int]:
    """Yield the number of finished epochs.

    The learning rate follows one cycle over all of `settings.epochs`.
    """
    batches = max(1, len(rows) // settings.batch_size)
    optimiser = torch.optim.AdamW(network.parameters(), settings.learning_rate, weight_decay=WEIGHT_DECAY)
    steps = settings.epochs * batches + 1
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, settings.learning_rate, total_steps=steps, pct_start=WARM_UP)
    for epoch in range(settings.epochs):
        network.train()
        for part in np.array_split(rng.permutation(rows), batches):
            optimiser.zero_grad()
            objective.loss(network, part).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
        yield epoch + 1


@contextmanager
def _seeded(settings: TrainSettings) -> Iterator[np.random.Generator]:
    """Seed torch and numpy; restore torch's random state afterwards."""
    with repeatable(settings.threads), torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        yield np.random.default_rng(settings.seed)
