"""Which epoch is kept, when the search ends, and what the second fit repeats."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from gnn.history.train_settings import TrainSettings
from gnn.network.gradient_descent import Objective, Rows, refit, search
from tests.support.gnn_history import ignore

ROWS = np.arange(64)


class Line(nn.Module):
    """y = slope x, to be learnt for a slope of 3."""

    def __init__(self) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.randn(1))


def objective(qualities: list[float], error: float, slopes: list[float]) -> Objective[Line]:
    """Scripted qualities, one per epoch; `slopes` collects what each epoch had reached."""
    x = torch.linspace(-1, 1, len(ROWS))
    script = iter(qualities)

    def loss(network: Line, rows: Rows) -> Tensor:
        return ((network.slope - 3.0) * x[rows]).square().mean()

    def quality(network: Line) -> tuple[float, float]:
        slopes.append(network.slope.detach().item())
        return next(script), error

    return Objective(Line, loss, quality)


def settings(epochs: int) -> TrainSettings:
    return TrainSettings(epochs=epochs, patience=2, batch_size=8, learning_rate=0.1)


@pytest.mark.parametrize(
    ("qualities", "error", "chosen", "run"),
    [
        ([0.1, 0.5, 0.4, 0.45, 0.3], 0.1, 4, 5),  # the last within an error of the best
        ([0.1, 0.5, 0.4, 0.45, 0.3], 0.0, 2, 4),  # without error the best itself, and two epochs of patience
        ([0.5, 0.2, 0.2, 0.9, 0.9], 0.1, 1, 3),
        ([0.1, 0.2, 0.3, 0.4, 0.5], 0.0, 5, 5),
    ],
)
def test_the_last_epoch_near_the_best_is_kept(qualities: list[float], error: float, chosen: int, run: int) -> None:
    slopes: list[float] = []
    network, epochs = search(objective(qualities, error, slopes), ROWS, settings(5), ignore)
    assert (epochs, len(slopes)) == (chosen, run)
    assert network.slope.detach().item() == slopes[chosen - 1]


def test_a_refit_on_the_same_rows_repeats_the_search() -> None:
    slopes: list[float] = []
    scripted = objective([0.1, 0.5, 0.2, 0.2, 0.2], 0.0, slopes)
    network, epochs = search(scripted, ROWS, settings(5), ignore)
    torch.manual_seed(1)
    again = refit(scripted, ROWS, epochs, settings(5), ignore)
    assert again.slope.detach().item() == network.slope.detach().item()


def test_the_loss_is_minimised() -> None:
    network, _ = search(objective([0.0] * 20, 0.0, []), ROWS, settings(20), ignore)
    assert network.slope.detach().item() == pytest.approx(3.0, abs=0.05)
