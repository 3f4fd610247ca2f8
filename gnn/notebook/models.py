"""Models: trained, read, tested period by period."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from domain.events.exchange_rates import USUAL_CURRENCY, CurrencySettings
from domain.events.identity import USUAL, IdentitySettings
from domain.graph import GraphSettings
from domain.times import DAY_S
from gnn.artifact.artifact import read_card
from gnn.card.card import ModelCard
from gnn.history.attributes import attributes_hint
from gnn.history.first_pass import Progress
from gnn.history.train_settings import KNOWN, TrainSettings
from gnn.notebook.inputs import Paths, Time, files_of, parser_of, quiet, time_ms
from gnn.training.backtest import Candidate, Fold
from gnn.training.backtest import backtest as _backtest
from gnn.training.training import train as _train


@dataclass(frozen=True)
class TrainedModel:
    """A model in its folder, with what its card says."""

    path: Path
    card: ModelCard
    """Everything about the model that is not weights; `card.md` in the folder says it in words."""

    @property
    def metrics(self) -> dict[str, float]:
        """Quality on the validation part: average_precision, auc, recall_at_1pct_fpr and more."""
        return asdict(self.card.metrics)

    @property
    def thresholds(self) -> dict[str, float]:
        """Scores from which an event is to `investigate` and to `block`."""
        return asdict(self.card.thresholds)

    @property
    def test_from(self) -> pd.Timestamp:
        """The first moment that training did not see: where the test part of a split begins."""
        return pd.Timestamp(self.card.data.until_ms + 1, unit="ms", tz="UTC")

    def __str__(self) -> str:
        return f"{self.card.model_id} in {self.path}, average precision {self.card.metrics.average_precision:.3f}"


def train(
    events: Paths,
    out: str | Path,
    *,
    model: str = "combined",
    split: tuple[float, float, float] | None = None,
    since: Time | None = None,
    until: Time | None = None,
    label_delay_days: float = 7.0,
    labels: str = KNOWN,
    graph: GraphSettings | None = None,
    seed: int = 0,
    key: str | None = None,
    identity: IdentitySettings = USUAL,
    currency: CurrencySettings = USUAL_CURRENCY,
    progress: Progress = quiet,
    **settings: Any,
) -> TrainedModel:
    """Train one model on a history and write it to a folder that the job and `score` can read.

    Args:
        events: files of JSON lines with labels, in time order.
        out: folder of the model.
        model: `combined` (graph network and boosted trees), `gnn`, `gbt`, `isolation_forest` or
            `autoencoder`.
        split: shares of the events, in time order, for training, validation and a test part that training
            does not see, such as (0.7, 0.15, 0.15).
        since, until: learn from events of this time on, and before that time; `until` excludes `split`.
        label_delay_days: an event this old without a fraud label counts as legitimate.
        labels: `known`, those that had come when training ends, or `final`, all of the files.
        graph: what the state remembers and which attributes are read; None: the default graph.
        seed: the same seed and history give the same model.
        key: key of the pseudonyms; None: the environment's RINGWATCH_PSEUDONYM_KEY.
        identity: which spellings are one entity, as the job's `identity` settings say.
        currency: in which currency amounts are compared, as the job's `currency` settings say.
        progress: called with (phase, done, total).
        settings: further fields of `gnn.TrainSettings`, such as `trees=200` or `epochs=4`.

    Returns:
        The model. A warning names attributes of the events that the graph does not.

    Raises:
        HistoryError: too short a history, or no known fraud in a part of it; the message says what to give.
        ArtifactError: `out` holds something else, or a library is missing.
        SettingError: a setting out of its bounds.

    >>> model = gnn.train("shop/events.jsonl", "model", split=(0.7, 0.15, 0.15))  # doctest: +SKIP
    >>> model.metrics  # doctest: +SKIP
    """
    graph, files = graph or GraphSettings(), files_of(events)
    period = {"from_ms": time_ms(since), "to_ms": time_ms(until), "split": split}
    chosen = TrainSettings(model=model, label_delay_s=label_delay_days * DAY_S, labels=labels, seed=seed, **period, **settings)  # type: ignore[arg-type]
    if hint := attributes_hint(files, graph):
        warnings.warn(hint, stacklevel=2)
    return TrainedModel(Path(out), _train(chosen, graph, files, Path(out), parser_of(graph, key, identity, currency), progress))


def read_model(path: str | Path) -> TrainedModel:
    """Read what a model's card says.

    Args:
        path: folder of the model.

    Raises:
        ArtifactError: no model there, or a damaged card.

    >>> gnn.read_model("model").card.data.train_frauds  # doctest: +SKIP
    """
    return TrainedModel(Path(path), read_card(Path(path)))


def backtest(
    events: Paths,
    folds: Sequence[Time],
    *,
    models: Sequence[str] | Mapping[str, TrainSettings] = ("gbt",),
    train_days: float = 7.0,
    delay_days: float = 7.0,
    test_days: float = 7.0,
    labels: str = KNOWN,
    without: Sequence[str] = (),
    graph: GraphSettings | None = None,
    seed: int = 0,
    key: str | None = None,
    identity: IdentitySettings = USUAL,
    currency: CurrencySettings = USUAL_CURRENCY,
    progress: Progress = quiet,
    **settings: Any,
) -> pd.DataFrame:
    """Train and score period by period, each model knowing only what was known then; the history is replayed
    once.

    Args:
        events: files of JSON lines with labels, in time order.
        folds: first days of the training periods.
        models: kinds of model, or settings of your own by name.
        train_days, delay_days, test_days: lengths of a training period, of the wait for labels after it, of
            a test period.
        labels: `known`, those that had come when the test begins, or `final`, all of the files.
        without: groups of features to hide (`group` of `feature_names`).
        graph, seed, key, identity, currency, progress, settings: as in `train`.

    Returns:
        One row per model and tested event: `model`, `fold`, `event_id`, `event_time` (UTC), `score`, `label`
            (0 or 1, as known at the end of the files).

    Raises:
        HistoryError: a fold with nothing to learn from or to score.

    >>> found = gnn.backtest("shop/events.jsonl", ["2026-01-05"], models=["gbt", "gnn"])  # doctest: +SKIP
    >>> precision = lambda rows: average_precision_score(rows.label, rows.score)
    >>> found.groupby("model").apply(precision)  # doctest: +SKIP
    """
    graph = graph or GraphSettings()
    if not isinstance(models, Mapping):
        models = {kind: TrainSettings(model=kind, labels=labels, seed=seed, **settings) for kind in models}
    spans = [days * DAY_S for days in (train_days, delay_days, test_days)]
    asked = [Fold.of(str(day), time_ms(day) or 0, *spans) for day in folds]
    with tempfile.TemporaryDirectory() as folder:
        outs = {name: Path(folder) / f"{number}.parquet" for number, name in enumerate(models)}
        candidates = [Candidate(one, outs[name], tuple(without)) for name, one in models.items()]
        _backtest(candidates, graph, files_of(events), asked, parser_of(graph, key, identity, currency), progress)
        tables = [pd.read_parquet(out).assign(model=name) for name, out in outs.items()]
    found = pd.concat(tables, ignore_index=True)
    found["event_time"] = pd.to_datetime(found.event_time, unit="ms", utc=True)
    return found[["model", "fold", "event_id", "event_time", "score", "label"]]
