"""A model as plain arrays: what the job carries. Mixing and publishing a score are defined here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.kernel.compiled import compiled
from gnn.card.calibration import Calibration, sigmoid
from gnn.card.thresholds import Thresholds
from gnn.compiled.trees import CompiledTrees
from gnn.history.ego_graphs import EgoGraphs
from gnn.network.compiled_forward import batch_logits
from gnn.network.compiled_network import CompiledNetwork

SCORE_DIGITS = 8
"""Digits of a published score: sums of XGBoost differ in the eighth digit between batches."""
_UNIT = 10.0**SCORE_DIGITS


def mixed(intercept: float, network_share: float, network: Any, trees_share: float, trees: Any) -> Any:
    """Return the logit of a network's logit and the trees' margin: numbers, or arrays of them."""
    return intercept + network_share * network + trees_share * trees


def published(probability: Any) -> Any:
    """Return the score of a probability as it is published: a number, or arrays of them."""
    return np.rint(probability * _UNIT) / _UNIT


compiled_mixed, compiled_published, compiled_sigmoid = compiled(mixed), compiled(published), compiled(sigmoid)


@dataclass(frozen=True)
class CompiledMargin:
    """The sum network_share x (the network's logit) + trees_share x (the trees' margin) + intercept.

    A part without a share is left out.
    """

    network: CompiledNetwork | None = None
    trees: CompiledTrees | None = None
    network_share: float = 0.0
    trees_share: float = 0.0
    intercept: float = 0.0

    def __post_init__(self) -> None:
        for part, share in (("network", "network_share"), ("trees", "trees_share")):
            if getattr(self, part) is None or not getattr(self, share):
                object.__setattr__(self, part, None)
                object.__setattr__(self, share, 0.0)

    def of(self, network: Any, trees: Any) -> Any:
        """Return the logit, given those of the parts; 0 for a part that is left out."""
        return mixed(self.intercept, self.network_share, network, self.trees_share, trees)

    def margins(self, graphs: EgoGraphs) -> NDArray[np.float64]:
        """Return the logits f8[B] of B events."""
        network = batch_logits(self.network, graphs) if self.network else np.zeros(len(graphs))
        trees = self.trees.margins(graphs.flat()).astype(np.float64) if self.trees else 0.0
        logits: NDArray[np.float64] = self.of(network, trees)
        return logits

    def calibrated(self, calibration: Calibration) -> CompiledMargin:
        """Return the logit of the score instead of the margin."""
        slope = calibration.slope
        return replace(
            self,
            network_share=slope * self.network_share,
            trees_share=slope * self.trees_share,
            intercept=slope * self.intercept + calibration.intercept,
        )


@dataclass(frozen=True)
class CompiledModel:
    """The `logit` of the score, and what a decision needs of the card."""

    logit: CompiledMargin
    model_id: str
    thresholds: Thresholds
