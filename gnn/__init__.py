"""Training and scoring, as a dozen functions for notebooks: paths of event files in, pandas tables out.

    import gnn

    events, truth = gnn.simulate("shop", events=20_000)
    table = gnn.features(events)                              # what a model sees, and the labels
    card = gnn.train(events, "model", model="gbt", split=(0.7, 0.15, 0.15))
    decisions = gnn.score("model", events)
    gnn.explain("model", events, decisions.event_id[decisions.decision == "block"][:3])
    gnn.evaluate(decisions, truth, since=card.test_from)

Nothing is loaded before it is used: the import alone brings neither torch nor pandas.
`docs/examples/first_model.py` runs it all.

The rooms below are history (replay, data set, features), network, models, training, artifact, compiled and
scoring, evaluation, report, table_import. They import `domain` only; scoring with any model but the
autoencoder imports no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from domain.events.exchange_rates import CurrencySettings
    from domain.events.identity import IdentitySettings
    from domain.graph import GraphSettings
    from gnn.history.train_settings import TrainSettings
    from gnn.notebook.decisions import evaluate, explain, score
    from gnn.notebook.histories import feature_names, features, import_tables, read_events, simulate
    from gnn.notebook.models import TrainedModel, backtest, read_model, train

__all__ = [
    "CurrencySettings",
    "GraphSettings",
    "IdentitySettings",
    "TrainSettings",
    "TrainedModel",
    "backtest",
    "evaluate",
    "explain",
    "feature_names",
    "features",
    "import_tables",
    "read_events",
    "read_model",
    "score",
    "simulate",
    "train",
]

_HOMES = {
    "domain.events.exchange_rates": ("CurrencySettings",),
    "domain.events.identity": ("IdentitySettings",),
    "domain.graph": ("GraphSettings",),
    "gnn.history.train_settings": ("TrainSettings",),
    "gnn.notebook.decisions": ("evaluate", "explain", "score"),
    "gnn.notebook.histories": ("feature_names", "features", "import_tables", "read_events", "simulate"),
    "gnn.notebook.models": ("TrainedModel", "backtest", "read_model", "train"),
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562)."""
    home = next((module for module, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
