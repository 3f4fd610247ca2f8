"""Corrections in force as examples: the newest of each kind of incident, held against the evidence again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.summaries.correction import corrected, model_draft, text_in
from domain.summaries.examples.example import Example
from domain.summaries.summary_text import SummaryText
from ops.cases.tables import IncidentRevision, IncidentRow, SummaryFeedback

_READ, _OF_A_KIND, _MOST = 400, 12, 120
"""Newest corrections that are looked at, examples of one kind and pattern, and of all."""


def examples_of(session: Session) -> list[Example]:
    """Return the newest corrections in force as examples; of each kind and pattern at most twelve."""
    found: list[Example] = []
    kinds: Counter[tuple[str, str]] = Counter()
    for text, revision in corrections(session):
        example = _example(text, revision)
        if example is None or kinds[kind := (example.traits.kind, example.traits.pattern)] >= _OF_A_KIND:
            continue
        kinds[kind] += 1
        found.append(example)
        if len(found) == _MOST:
            break
    return found


def mark_of(session: Session) -> tuple[int, int]:
    """Return what is another as soon as any feedback is: examples are then to be made anew."""
    newest, changes = session.execute(select(func.max(SummaryFeedback.id), func.sum(SummaryFeedback.version))).one()
    return newest or 0, int(changes or 0)


def corrections(session: Session, most: int = _READ) -> Iterator[tuple[SummaryText, IncidentRevision]]:
    """Yield corrections in force with the revisions that they are of: one an incident, the newest first."""
    newest = (
        select(func.max(SummaryFeedback.id))
        .where(SummaryFeedback.undone_at.is_(None), SummaryFeedback.is_changed.is_(True))
        .group_by(SummaryFeedback.incident_id)
    )
    statement = (
        select(SummaryFeedback.text, IncidentRevision)
        .join(IncidentRow, IncidentRow.id == SummaryFeedback.incident_id)
        .join(
            IncidentRevision,
            (IncidentRevision.incident_id == SummaryFeedback.incident_id) & (IncidentRevision.revision == SummaryFeedback.revision),
        )
        .where(SummaryFeedback.id.in_(newest))
        .order_by(SummaryFeedback.at.desc(), SummaryFeedback.id.desc())
        .limit(most)
    )
    for document, revision in session.execute(statement):
        if text := text_in(document):
            yield text, revision


def _example(text: SummaryText, revision: IncidentRevision) -> Example | None:
    """Return an example, None for a text that the fence would not show today: its rules may have changed."""
    try:
        held, _ = corrected(model_draft(text), revision.document)
        return Example.of(held, revision.document) if held else None
    except Exception:  # a document of elsewhere than the job may lack anything
        return None
