"""Decided events whose outcome nobody saw, left out of the figures."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from gnn.evaluation.decisions import read_decisions
from gnn.evaluation.errors import EvaluationError
from gnn.evaluation.scored_truth import ScoredTruth
from gnn.history.unseen import hides_outcome


def without_unseen(scored: ScoredTruth, acted: Path, unseen_after: Collection[str]) -> ScoredTruth:
    """Return the events but for those that were kept from happening and of which no label speaks.

    `acted` has the decisions that the shop acted on; they may be another model's. Raises `EvaluationError`
    where the truth is a table, which knows every outcome.
    """
    if "labelled" not in scored.rows:
        raise EvaluationError("the truth is a table, which knows every outcome: leave --acted out, or give events with their labels")
    unseen = _keys(acted, unseen_after)
    kept = scored.rows.labelled.to_numpy() | np.fromiter((key not in unseen for key in scored.keys.to_pylist()), np.bool_, len(scored.rows))
    if not kept.any():
        raise EvaluationError(f"{acted} kept every event from happening, and no label speaks of one: give labels of some")
    return scored.where(kept)


def _keys(acted: Path, unseen_after: Collection[str]) -> frozenset[str]:
    """Return both forms of key that a `ScoredTruth` may have: the event's id, and that with its account."""
    found = set()
    for document in read_decisions(acted):
        if hides_outcome(document, unseen_after):
            account = (document.get("entities") or {}).get("account") or ""
            found |= {document["event_id"], f"{document['event_id']}\0{account}"}
    return frozenset(found)
