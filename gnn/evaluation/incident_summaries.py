"""Do the summaries of incidents keep to their evidence?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.summaries.published import wrong_in
from gnn.evaluation.errors import EvaluationError


@dataclass(frozen=True)
class Summaries:
    """Summaries of all published revisions, and what the language model used for them."""

    published: int
    valid: float | None
    """Share whose texts are those of their parts, with no number that is not a fact's."""
    unsupported_numbers: int
    """Numbers, times and identifiers that are not in the evidence."""
    writers: dict[str, float]
    retries: int
    cached: int
    input_tokens: int
    output_tokens: int
    cost: float


def summaries(revisions: Sequence[Mapping[str, Any]]) -> Summaries:
    """Return the figures of the revisions that have a summary.

    Raises `EvaluationError` for half a summary.
    """
    written = [document for document in revisions if "headline" in document]
    complaints = [_wrong_in(document) for document in written]
    notes = [document.get("writer") or {} for document in written]
    names = Counter(str(note.get("name")) for note in notes)
    return Summaries(
        published=len(written),
        valid=sum(not found for found in complaints) / len(written) if written else None,
        unsupported_numbers=sum("not in the evidence" in complaint for found in complaints for complaint in found),
        writers={name: count / len(written) for name, count in names.most_common()},
        retries=sum(note.get("retries") or 0 for note in notes),
        cached=sum(bool(note.get("cached")) for note in notes),
        input_tokens=sum(note.get("input_tokens") or 0 for note in notes),
        output_tokens=sum(note.get("output_tokens") or 0 for note in notes),
        cost=float(sum(note.get("cost") or 0.0 for note in notes)),
    )


def _wrong_in(document: Mapping[str, Any]) -> list[str]:
    try:
        return wrong_in(document)
    except (KeyError, TypeError, ValueError):
        raise EvaluationError(f"incident {document.get('id')} has half a summary: is it the job's output?") from None
