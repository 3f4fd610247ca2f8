"""The model card: everything about an artifact that is not weights, as one JSON document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from domain.features.extractor import FEATURE_VERSION, FeatureExtractor
from domain.graph import GraphSettings
from gnn.card.calibration import Calibration
from gnn.card.detection_metrics import Metrics
from gnn.card.thresholds import Expected, Precision, Thresholds

CARD_FORMAT = 2


class ArtifactError(ValueError):
    """A model that cannot be used; one sentence says why and the mend."""


@dataclass(frozen=True)
class FeatureNames:
    """Names of the input columns: of the event, and per entity kind of its node and its links."""

    event: tuple[str, ...]
    node: tuple[tuple[str, ...], ...]
    link: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, extractor: FeatureExtractor) -> FeatureNames:
        """Return the names of an extractor's columns."""
        return cls(
            tuple(feature.name for feature in extractor.event_features),
            tuple(tuple(feature.name for feature in kind) for kind in extractor.node_features),
            tuple(tuple(feature.name for feature in kind) for kind in extractor.link_features),
        )


@dataclass(frozen=True)
class TrainingData:
    """What the model was trained on; times are ms since 1970."""

    from_ms: int
    until_ms: int
    mature_ms: int
    """Events after this were too young for their labels."""
    validation_from_ms: int
    label_delay_s: float
    digest: str
    """SHA-256 of the event files, one after the other."""
    lines: int
    events: int
    labels: int
    duplicates: int
    rejected: int
    train_events: int
    train_frauds: int
    validation_events: int
    validation_frauds: int
    labels_until_ms: int | None = None
    """Later labels were unknown; None on older cards: `until_ms`."""
    unknown_events: int = 0
    """Left out, because they were kept from happening and had no label."""
    explored_events: int = 0
    """Drawn to be reviewed where their score blocks: they represent those left out, by their weight."""


@dataclass(frozen=True)
class ModelCard:
    """Card of a model: what it is, what it was trained on, how good it is. `card.json` in its folder."""

    model: str
    """`combined`, `gnn`, `gbt`, `isolation_forest` or `autoencoder`."""
    model_id: str
    """The kind and the first digits of `weights_sha256`: the `model` of a decision."""
    weights_sha256: str
    features: FeatureNames
    graph: GraphSettings
    data: TrainingData
    metrics: Metrics
    """Of the calibrated scores on the validation part against the labels known by then, by a model that had
    not seen it.
    """
    calibration: Calibration
    thresholds: Thresholds
    expected: Expected
    seed: int
    hyperparameters: Mapping[str, float]
    libraries: Mapping[str, str]
    precisions: tuple[Precision, ...] = ()
    """Rising by score; empty on older cards: see `gnn.card.precision`."""
    feature_version: int = FEATURE_VERSION
    card_format: int = CARD_FORMAT

    def to_json(self) -> str:
        """Write the card as JSON, which `from_json` reads."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> ModelCard:
        """Read a card; raise `ArtifactError` for anything but a card of this format."""
        try:
            doc = json.loads(text)
        except ValueError as error:
            raise ArtifactError(f"card.json is not JSON ({error}); copy the artifact again or train again") from None
        if isinstance(doc, dict) and doc.get("card_format") in range(1, CARD_FORMAT):
            raise ArtifactError(
                f"the model is of format {doc['card_format']}, this release reads format {CARD_FORMAT}: train again with this release"
            )
        if not isinstance(doc, dict) or doc.get("card_format") != CARD_FORMAT:
            raise ArtifactError(f"card.json is not a model card of format {CARD_FORMAT}; train again with this release")
        try:
            doc["features"] = FeatureNames(**_tuples(doc["features"]))
            doc["graph"] = GraphSettings(**_tuples(doc["graph"]))
            for name, part in _PARTS.items():
                doc[name] = part(**doc[name])
            doc["precisions"] = tuple(Precision(**one) for one in doc.get("precisions", ()))
            return cls(**doc)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ArtifactError(f"card.json is damaged ({error}); copy the artifact again or train again") from None

    def check(self, graph: GraphSettings) -> None:
        """Refuse another graph or other features, naming the first setting that differs."""
        for setting in fields(GraphSettings):
            if setting.name == "duplicates":
                continue  # no model sees them
            trained, now = getattr(self.graph, setting.name), getattr(graph, setting.name)
            if trained != now:
                raise ArtifactError(
                    f"the model was trained with graph.{setting.name} = {_shown(trained)}, the config has {_shown(now)}: "
                    f"train again or restore graph.{setting.name}"
                )
        if self.feature_version != FEATURE_VERSION or self.features != FeatureNames.of(FeatureExtractor(graph)):
            raise ArtifactError(
                f"the model reads features of version {self.feature_version}, this release makes version {FEATURE_VERSION}: "
                "train again or use the release that trained it"
            )


_PARTS: Mapping[str, Any] = {
    "data": TrainingData,
    "metrics": Metrics,
    "calibration": Calibration,
    "thresholds": Thresholds,
    "expected": Expected,
}


def _tuples(doc: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with JSON arrays turned back into tuples."""
    return {name: _tuple(value) for name, value in doc.items()}


def _tuple(value: Any) -> Any:
    return tuple(_tuple(item) for item in value) if isinstance(value, list) else value


def _shown(value: Any) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else str(value)
