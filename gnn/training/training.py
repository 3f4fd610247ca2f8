"""Training: a history in, an artifact out."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from domain.events.parser import EventParser
from domain.features.extractor import FeatureExtractor
from domain.graph import GraphSettings
from gnn.artifact.artifact import check_target, save_artifact
from gnn.card.blocked_bound import CAP
from gnn.card.calibration import calibrate, fraud_chance
from gnn.card.card import FeatureNames, ModelCard, TrainingData
from gnn.card.detection_metrics import measure
from gnn.card.precision import precisions
from gnn.card.thresholds import choose_thresholds, expected
from gnn.card.training_reference import reference_of
from gnn.history.column_moments import ColumnMoments, column_moments
from gnn.history.dataset import Dataset, open_dataset
from gnn.history.first_pass import FirstPass, Progress, read_first_pass
from gnn.history.train_settings import MODEL_WORDS, TrainSettings
from gnn.history.unseen import NOT_ACTED, Acted
from gnn.network.repeatable import repeatable
from gnn.scoring.model import Fitted, validation_margins
from gnn.training.needed import check_needed

_HYPERPARAMETERS = ("epochs", "patience", "batch_size", "learning_rate", "hidden", "heads", "dropout", "class_weight", "trees", "threads")
_LIBRARIES = ("numpy", "torch", "torch-geometric", "xgboost-cpu", "scikit-learn")


def train(
    settings: TrainSettings,
    graph: GraphSettings,
    events: Sequence[Path],
    out: Path,
    parser: EventParser,
    progress: Progress,
    acted: Acted = NOT_ACTED,
) -> ModelCard:
    """Train one model on JSON-lines files and write its artifact to `out`.

    `acted` says whose outcome only a label tells (without one they are left out), and which events count for
    more than one.

    The same settings, graph, files and kind of processor give the same bytes, whatever number of threads the
    machine offers. Raises `HistoryError` when the history is too short or has no known fraud,
    `ArtifactError` when `out` is something else or a library is missing.
    """
    check_target(out)
    check_needed(settings.model)
    found = read_first_pass(events, parser, settings, progress, acted)
    with open_dataset(graph, parser, events, found, progress, settings) as dataset, repeatable(settings.threads):
        progress("measuring the inputs", 0, 0)
        features, inputs = FeatureNames.of(FeatureExtractor(graph)), column_moments(dataset)
        columns = FeatureExtractor(graph).flat_features
        fitted = fit(dataset, features, inputs, settings, progress)
        progress("choosing thresholds", 0, 0)
        card = _card(fitted.margins, dataset, found, features, graph, settings)
        scores = card.calibration.probability(validation_margins(fitted.model, dataset))
        return save_artifact(out, fitted.model, card, reference_of(dataset, columns, inputs, scores))


def fit(
    dataset: Dataset,
    features: FeatureNames,
    inputs: ColumnMoments,
    settings: TrainSettings,
    progress: Progress,
    done: dict[TrainSettings, Fitted] | None = None,
) -> Fitted:
    """Fit the model that `settings.model` names.

    `done` holds the models fitted on this data set before; what is fitted now is added.
    """
    done = {} if done is None else done
    if settings not in done:
        done[settings] = _fit(dataset, features, inputs, settings, progress, done)
    return done[settings]


def _fit(
    dataset: Dataset,
    features: FeatureNames,
    inputs: ColumnMoments,
    settings: TrainSettings,
    progress: Progress,
    done: dict[TrainSettings, Fitted],
) -> Fitted:
    def named(phase: str, steps: int, total: int) -> None:
        progress(f"{MODEL_WORDS[settings.model]}: {phase}", steps, total)

    match settings.model:
        case "combined":
            from gnn.models.combined import combined

            network, trees = (fit(dataset, features, inputs, replace(settings, model=part), progress, done) for part in ("gnn", "gbt"))
            return combined(network, trees, dataset)
        case "gbt":
            from gnn.models.boosted_trees import fit_boosted_trees

            return fit_boosted_trees(dataset, features, settings, named)
        case "isolation_forest":
            from gnn.models.isolation_forest import fit_isolation_forest

            return fit_isolation_forest(dataset, settings, named)
        case "autoencoder":
            from gnn.models.autoencoder import fit_autoencoder

            return fit_autoencoder(dataset, inputs, settings, named)
        case _:
            from gnn.models.graph_network_fit import fit_network

            return fit_network(dataset, features, inputs, settings, named)


def _card(
    margins: NDArray[np.float64], dataset: Dataset, found: FirstPass, features: FeatureNames, graph: GraphSettings, settings: TrainSettings
) -> ModelCard:
    rows, costs = dataset.validation, settings.costs
    fraud, weight, amount = dataset.fraud[rows], dataset.weight[rows], dataset.amount[rows]
    known = found.delay.known_after(found.labels_until_ms - dataset.time_ms[rows]) * (1.0 - costs.unlabelled_fraud_share)
    chance = fraud_chance(margins, fraud, weight, known)
    calibration = calibrate(margins, fraud, weight)
    score = calibration.probability(margins)
    thresholds = choose_thresholds(score, chance, weight, amount, costs)
    return ModelCard(
        model=settings.model,
        model_id="",  # known once the weights are written
        weights_sha256="",
        features=features,
        graph=graph,
        data=_data(dataset, found, settings),
        metrics=measure(score, fraud, weight),
        calibration=calibration,
        thresholds=thresholds,
        expected=expected(score, fraud, chance, weight, amount, costs, thresholds),
        seed=settings.seed,
        hyperparameters={name: getattr(settings, name) for name in _HYPERPARAMETERS} | {CAP: costs.max_blocked_legitimate},
        libraries=_versions(),
        precisions=precisions(score, chance, weight, thresholds.block),
    )


def _data(dataset: Dataset, found: FirstPass, settings: TrainSettings) -> TrainingData:
    return TrainingData(
        from_ms=found.from_ms,
        until_ms=found.until_ms,
        mature_ms=found.mature_ms,
        validation_from_ms=dataset.validation_from_ms,
        label_delay_s=settings.label_delay_s,
        digest=found.digest,
        lines=dataset.counts.lines,
        events=dataset.counts.events,
        labels=dataset.counts.labels,
        duplicates=dataset.counts.duplicates,
        rejected=dataset.counts.rejected,
        train_events=len(dataset.train),
        train_frauds=int(dataset.fraud[dataset.train].sum()),
        validation_events=len(dataset.validation),
        validation_frauds=int(dataset.fraud[dataset.validation].sum()),
        labels_until_ms=found.labels_until_ms,
        unknown_events=found.left_out,
        explored_events=found.weighed,
    )


def _versions() -> Mapping[str, str]:
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # optional ones
            continue
    return found
