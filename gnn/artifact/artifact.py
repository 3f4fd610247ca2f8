"""The artifact: one folder with `card.json`, weights and training reference; no pickled object."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from domain.features.extractor import FeatureExtractor
from domain.graph import GraphSettings
from gnn.card.card import ArtifactError, ModelCard
from gnn.card.card_text import card_text
from gnn.card.training_reference import LEVELS, ColumnHistogram, TrainingReference
from gnn.history.column_moments import ColumnMoments
from gnn.network.weights import WEIGHTS
from gnn.scoring.model import Model
from gnn.scoring.scorer import CalibratedScorer, Scorer, tables_of

CARD, CARD_TEXT, REFERENCE = "card.json", "card.md", "reference.safetensors"
_SUFFIXES = {".json", ".md", ".safetensors", ".ubj"}
"""Those of a model's files."""
ID_DIGITS = 8


def save_artifact(path: Path, model: Model, card: ModelCard, reference: TrainingReference) -> ModelCard:
    """Write the artifact whole or not at all, and return the card with its model id.

    A model that was at `path` before is replaced.
    """
    check_target(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The name is known before the folder is made: a signal in between leaves nothing.
    folder = path.with_name(f".{path.name}-{token_hex(4)}")
    try:
        folder.mkdir()
        folder.chmod(0o755)
        digest = _digest(model.save(folder))
        card = replace(card, model_id=f"{card.model}-{digest[:ID_DIGITS]}", weights_sha256=digest)
        save_file(_named(reference), folder / REFERENCE)
        (folder / CARD).write_text(card.to_json() + "\n", encoding="utf-8")
        (folder / CARD_TEXT).write_text(card_text(card), encoding="utf-8")
        for file in folder.iterdir():
            file.chmod(0o644)  # the job may run as another user than the training
        _swap(folder, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return card


def check_target(path: Path) -> None:
    """Raise `ArtifactError` unless `path` is free, an empty directory, or a model and nothing else."""
    if path.exists() and not (path / CARD).exists() and (not path.is_dir() or any(path.iterdir())):
        raise ArtifactError(f"{path} exists and is no model; give --out another directory")
    others = [file.name for file in sorted(path.iterdir()) if file.is_dir() or file.suffix not in _SUFFIXES] if path.exists() else []
    if others:
        raise ArtifactError(f"{path} holds {others[0]} beside a model, and is replaced whole: move that, or give --out another directory")


def load_scorer(path: Path | str, graph: GraphSettings, threads: int = 1) -> Scorer:
    """Return a scorer for this graph.

    Raise `ArtifactError` when the artifact is missing, damaged, or made for another graph.

    `threads` is how many torch may use in the whole process, if the model needs it.
    """
    path = Path(path)
    card = read_card(path)
    card.check(graph)
    if card.model not in _LOADERS:
        raise ArtifactError(f"{path / CARD} names the unknown model {card.model!r}; use a newer release or train again")
    try:
        model = _LOADERS[card.model](path, card, threads)
        extractor = FeatureExtractor(graph)
        reference = _reference(load_file(path / REFERENCE), extractor)
    except ArtifactError:
        raise
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise ArtifactError(f"{path} is incomplete or damaged ({error}); copy the artifact again or train again") from None
    return CalibratedScorer(model, card, extractor, reference)


def read_card(path: Path) -> ModelCard:
    """Return the card alone; raise `ArtifactError` if there is none."""
    try:
        text = (path / CARD).read_text(encoding="utf-8")
    except OSError:
        raise ArtifactError(
            f"there is no model at {path}; train one (ringwatch train --out {path}), or correct the setting model or the record's path"
        ) from None
    except UnicodeDecodeError:
        raise ArtifactError(f"{path / CARD} is not text; copy the artifact again or train again") from None
    return ModelCard.from_json(text)


def card_digest(path: Path) -> str:
    """Return the SHA-256 of a model's card, which has thresholds, and the SHA-256 of the weights."""
    return _digest(path / CARD)


def _checked(path: Path, card: ModelCard, name: str) -> Path:
    """Return the folder once the weights in it are the card's."""
    if not (path / name).is_file():
        raise ArtifactError(f"{path / name} is missing; copy the artifact again or train again")
    if _digest(path / name) != card.weights_sha256:
        raise ArtifactError(f"{path / name} is not the file its card describes; copy the artifact again or train again")
    return path


def _graph_network(path: Path, card: ModelCard, threads: int) -> Model:
    from gnn.models.graph_network import GraphModel

    return GraphModel.load(_checked(path, card, WEIGHTS), card.features, dict(card.hyperparameters))


def _combined(path: Path, card: ModelCard, threads: int) -> Model:
    from gnn.models.combined import WEIGHTS, CombinedModel

    return CombinedModel.load(_checked(path, card, WEIGHTS), card.features, dict(card.hyperparameters))


def _boosted_trees(path: Path, card: ModelCard, threads: int) -> Model:
    from gnn.models.boosted_trees import WEIGHTS, BoostedTrees

    return BoostedTrees.load(_checked(path, card, WEIGHTS))


def _isolation_forest(path: Path, card: ModelCard, threads: int) -> Model:
    from gnn.models.isolation_forest import WEIGHTS, IsolationForest

    return IsolationForest.load(_checked(path, card, WEIGHTS))


def _autoencoder(path: Path, card: ModelCard, threads: int) -> Model:
    try:
        from gnn.models.autoencoder import Autoencoder
    except ModuleNotFoundError as error:
        raise ArtifactError(f"{path}: an autoencoder needs {error.name} to score, too: pip install 'ringwatch[train]'") from None
    return Autoencoder.load(_checked(path, card, WEIGHTS), card.features, threads)


# each imports its library when called: to score, only the autoencoder needs torch
_LOADERS: dict[str, Callable[[Path, ModelCard, int], Model]] = {
    "combined": _combined,
    "gnn": _graph_network,
    "gbt": _boosted_trees,
    "isolation_forest": _isolation_forest,
    "autoencoder": _autoencoder,
}


def _named(reference: TrainingReference) -> dict[str, NDArray]:
    moments = reference.moments
    means = {f"mean.{index:02}": mean for index, mean in enumerate(moments.mean)}
    deviations = {f"deviation.{index:02}": deviation for index, deviation in enumerate(moments.deviation)}
    histograms = {"inputs": reference.inputs, "scores": reference.scores}
    parts = {f"{name}.{part}": getattr(histogram, part) for name, histogram in histograms.items() for part in ("edges", "share")}
    return means | deviations | parts | {"usual": reference.usual}


def _reference(arrays: dict[str, NDArray], extractor: FeatureExtractor) -> TrainingReference:
    """Return the reference; raise KeyError or ValueError for anything but the arrays of `_named`."""
    widths = [len(features) for features in tables_of(extractor).values()]
    means, deviations = (
        tuple(_shaped(arrays[f"{name}.{index:02}"], (width,)) for index, width in enumerate(widths)) for name in ("mean", "deviation")
    )
    flat = len(extractor.flat_features)
    inputs, scores = _histogram(arrays, "inputs", flat), _histogram(arrays, "scores", 1)
    return TrainingReference(ColumnMoments(means, deviations), inputs, _shaped(arrays["usual"], (flat,)), scores)


def _histogram(arrays: dict[str, NDArray], name: str, columns: int) -> ColumnHistogram:
    edges, share = _shaped(arrays[f"{name}.edges"], (columns, len(LEVELS))), _shaped(arrays[f"{name}.share"], (columns, len(LEVELS) + 1))
    return ColumnHistogram(edges, share)


def _shaped(array: NDArray, shape: tuple[int, ...]) -> NDArray:
    if array.shape != shape:
        raise ValueError(f"{REFERENCE} has an array of shape {array.shape} where {shape} belongs")
    return array


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _swap(folder: Path, path: Path) -> None:
    """Put `folder` in the place of `path`; if that fails, `path` is as it was.

    The old model is moved aside, not deleted, until the new one has its name: a process that is killed
    between the two leaves it whole beside the path, as `.NAME-old-*`.
    """
    if not path.exists():
        folder.rename(path)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{path.name}-old-", dir=path.parent))
    path.replace(old)
    try:
        folder.rename(path)
    except BaseException:
        old.replace(path)
        raise
    shutil.rmtree(old)
