"""What tallies of drift hand on as text, and what it comes to: the drift of a model on a day."""

from __future__ import annotations

import json
import struct
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from domain.json_text import as_json
from gnn.card.card import ModelCard
from gnn.card.training_reference import ColumnHistogram
from gnn.scoring.drift import Drift, counted_in_training, drifts, most_drifted_first, score_drift
from gnn.scoring.scorer import Scorer

DRIFT, REFERENCE = "drift", "reference"
"""Kinds of texts: counts of a day, and what they are measured against."""
VERSION = 1
_HEADER = struct.Struct("<BIII")  # version, events, bins of the score, cells of the inputs


@dataclass(frozen=True)
class DriftReference:
    """A model's training reference as far as drift is measured against it; the job carries it.

    Edges of a reference that came as text are zeros: nothing is counted by them.
    """

    model: str
    inputs: ColumnHistogram
    scores: ColumnHistogram
    trained: int
    validated: int
    """How many events the histograms of inputs and scores are of."""
    precision: float | None
    """Share of fraud among the flagged events that the card expects; None if it expects none."""

    @classmethod
    def of(cls, scorer: Scorer) -> DriftReference:
        """Return the reference of a scorer's model."""
        card, reference = scorer.card, scorer.reference
        validated, trained = counted_in_training(card.data)
        return cls(card.model_id, reference.inputs, reference.scores, trained, validated, expected_precision(card))

    def to_text(self) -> str:
        """Return the reference as a line of text, about 5 kB: the share of most bins is 0."""
        return as_json({
            "about": REFERENCE, "model": self.model, "trained": self.trained, "validated": self.validated, "precision": self.precision,
            "score_edges": self.scores.edges[0].tolist(), "score_share": self.scores.share[0].tolist(),
            "inputs": packed(np.ascontiguousarray(self.inputs.share, "<f8")),
        })  # fmt: skip

    @classmethod
    def from_text(cls, text: str) -> DriftReference:
        """Read what `to_text` wrote."""
        found = json.loads(text)
        scores = ColumnHistogram(np.array([found["score_edges"]], np.float32), np.array([found["score_share"]]))
        share = np.frombuffer(unpacked(found["inputs"]), "<f8").reshape(-1, scores.share.shape[1])
        inputs = ColumnHistogram(np.zeros((len(share), share.shape[1] - 1), np.float32), share)
        return cls(found["model"], inputs, scores, found["trained"], found["validated"], found["precision"])


def expected_precision(card: ModelCard) -> float | None:
    """Return the share of fraud among the flagged that the card's thresholds gave on the validation part."""
    expected = card.expected
    return expected.fraud_share * expected.flagged_fraud / expected.flagged if expected.flagged else None


class DayCounts:
    """Counts of one model and one day of event time, by bins, the same in any order of the texts."""

    def __init__(self, scores: NDArray[np.int64], inputs: NDArray[np.int64], events: int = 0) -> None:
        """Take i8[bins] and i8[C, bins]."""
        self.events, self._scores, self._inputs = events, scores, inputs

    @classmethod
    def none(cls, reference: DriftReference) -> Self:
        """Return counts of no event."""
        return cls(np.zeros(reference.scores.share.shape[1], np.int64), np.zeros(reference.inputs.share.shape, np.int64))

    def add(self, found: Mapping[str, Any]) -> None:
        """Add the document of a text of `DriftTally`; one of other columns is left out."""
        scores, inputs = np.array(found["scores"], np.int64), np.frombuffer(unpacked(found["inputs"]), "<u4").astype(np.int64)
        if scores.shape == self._scores.shape and inputs.size == self._inputs.size:
            self.events += found["events"]
            self._scores += scores
            self._inputs += inputs.reshape(self._inputs.shape)

    def score(self, reference: DriftReference) -> Drift:
        """Return the drift of the score."""
        return score_drift(reference.scores, self._scores[None, :], self.events, reference.validated)

    def features(self, reference: DriftReference, names: Sequence[str]) -> list[Drift]:
        """Return the drift of every input, most drifted first; `names` are those of `flat_features`."""
        if len(names) != len(self._inputs):
            return []
        return most_drifted_first(drifts(names, reference.inputs, self._inputs, self.events, reference.trained))

    def to_bytes(self) -> bytes:
        """Return the counts as they are stored, about 2 kB."""
        head = _HEADER.pack(VERSION, self.events, self._scores.size, self._inputs.size)
        return head + zlib.compress(self._scores.astype("<u4").tobytes() + self._inputs.astype("<u4").tobytes(), 1)

    @classmethod
    def of(cls, stored: bytes) -> DayCounts | None:
        """Read what `to_bytes` returned; None for a version that this release does not know."""
        version, events, bins, cells = _HEADER.unpack_from(stored)
        if version != VERSION:
            return None
        counts = np.frombuffer(zlib.decompress(stored[_HEADER.size :]), "<u4").astype(np.int64)
        return cls(counts[:bins], counts[bins : bins + cells].reshape(-1, bins), events)


def day_text(model: str, day: int, last_ms: int, scores: NDArray[np.uint32], inputs: NDArray[np.uint32]) -> str:
    """Return counts u4[bins] and u4[C, bins] of a day as a line of text; `last_ms` is their latest event."""
    document = {"about": DRIFT, "model": model, "day": day, "last_ms": last_ms, "events": int(scores.sum()), "scores": scores.tolist()}
    return as_json(document | {"inputs": packed(inputs.astype("<u4"))})


def packed(array: NDArray[Any]) -> str:
    """Return an array's bytes, compressed, as text."""
    return b64encode(zlib.compress(array.tobytes(), 6)).decode()


def unpacked(text: str) -> bytes:
    """Return the bytes that `packed` took."""
    return zlib.decompress(b64decode(text))
