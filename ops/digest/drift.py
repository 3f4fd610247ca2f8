"""How far a day has moved from what each model was trained on, by what the job wrote to Redis (`health`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from domain.health.documents import DRIFT
from ops.digest.day import Day
from ops.digest.figures import Drift
from ops.terminal.shown_values import mapping, plain

AWAY = "Redis, which has the stream health, gives no answer"
_WORD = 60


def drift_of(documents: Sequence[Mapping[str, Any]] | None, day: Day) -> Sequence[Drift] | str:
    """Return the day's drift by model as it was said last, or why it is not known."""
    if documents is None:
        return AWAY
    found = dict[str, Drift]()
    for document in documents:
        if document.get("kind") == DRIFT and document.get("day") == day.name and (one := _drift(document)) is not None:
            found[one.model] = one
    return list(found.values()) or "the stream health says nothing of this day"


def _drift(document: Mapping[str, Any]) -> Drift | None:
    """Return what a document says; None for one that the job does not write."""
    score = mapping(document.get("score"))
    try:
        events, psi, inputs = int(document["events"]), float(score["psi"]), int(document["drifted"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    its = Drift(plain(document.get("model"), _WORD), events, psi, plain(score.get("verdict"), _WORD), inputs)
    return its if isfinite(psi) else None
