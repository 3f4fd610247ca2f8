"""What brings how much: the Handbook's test with boosted trees that do not see some of the state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gnn.history.train_settings import TrainSettings
from gnn.training.backtest import Candidate
from tests.quality import handbook

HIDDEN = {
    "nothing hidden": (),
    "labels of the merchant": ("merchant.labels",),
    "labels of the account": ("account.labels",),
    "unusual amounts of the last days": ("account.unusual", "merchant.unusual"),
    "amount against habit": ("account.amount", "merchant.amount"),
    "velocity": ("account.velocity", "merchant.velocity", "account.behaviour", "merchant.behaviour"),
    "novelty and sharing": ("account.novelty", "merchant.novelty", "account.sharing", "merchant.sharing"),
    "two hops": ("merchant.counterparts",),
    "age": ("account.age", "merchant.age"),
}


def measure(data: Path) -> dict[str, Any]:
    """Row of `HIDDEN` -> fold -> figures."""
    return handbook.run(data, {name: Candidate(TrainSettings(model="gbt"), Path(), groups) for name, groups in HIDDEN.items()})
