"""A model as plain arrays: what the job carries to where it scores one event at a time
(`gnn.compiled.event_scorer`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gnn.card.calibration import Calibration
from gnn.card.thresholds import Thresholds
from gnn.compiled.trees import PackedTrees
from gnn.network.event_forward import PackedNetwork


@dataclass(frozen=True)
class PackedMargin:
    """network_share x (the network's logit) + trees_share x (the trees' margin) + intercept; a part without
    a share is left out.
    """

    network: PackedNetwork | None = None
    trees: PackedTrees | None = None
    network_share: float = 0.0
    trees_share: float = 0.0
    intercept: float = 0.0

    def calibrated(self, calibration: Calibration) -> PackedMargin:
        """The logit of the score instead of the margin."""
        slope = calibration.slope
        return replace(
            self,
            network_share=slope * self.network_share,
            trees_share=slope * self.trees_share,
            intercept=slope * self.intercept + calibration.intercept,
        )


@dataclass(frozen=True)
class PackedModel:
    """`logit` of the score, and of the card what a decision needs."""

    logit: PackedMargin
    model_id: str
    thresholds: Thresholds
