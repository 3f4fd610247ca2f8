"""Corrections in force as examples: the newest of each kind of incident, held against the evidence again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.summaries.correction import corrected, model_draft, text_in
from domain.summaries.examples.example import Example
from domain.summaries.summary_text import SummaryText
from ops.cases.tables import IncidentRevision, IncidentRow, SummaryFeedback

_READ, _OF_A_KIND, _MOST = 400, 12, 120
"""Newest corrections that are looked at, examples of one kind and pattern, and of all."""
_OF_A_PERSON = _OF_A_KIND // 2
"""Examples of one kind and pattern that are one person's, as long as others have said something of it: nobody
teaches the model alone.
"""


def examples_of(session: Session) -> list[Example]:
    """Return the newest corrections in force as examples; of each kind and pattern at most twelve.

    What is more than a person's share comes after what others have said.
    """
    own, more = list[Example](), list[Example]()
    shares: Counter[tuple[str, str, str]] = Counter()
    for text, revision, by in corrections(session):
        if (example := _example(text, revision)) is None:
            continue
        share = (*_kind(example), by)
        shares[share] += 1
        (own if shares[share] <= _OF_A_PERSON else more).append(example)
    return list(_of_each_kind([*own, *more]))[:_MOST]


def _of_each_kind(found: Iterable[Example]) -> Iterator[Example]:
    """Yield the first examples of each kind and pattern."""
    kinds: Counter[tuple[str, str]] = Counter()
    for example in found:
        kinds[_kind(example)] += 1
        if kinds[_kind(example)] <= _OF_A_KIND:
            yield example


def _kind(example: Example) -> tuple[str, str]:
    return example.traits.kind, example.traits.pattern


def mark_of(session: Session) -> tuple[int, int]:
    """Return what is another as soon as any feedback is: examples are then to be made anew."""
    newest, changes = session.execute(select(func.max(SummaryFeedback.id), func.sum(SummaryFeedback.version))).one()
    return newest or 0, int(changes or 0)


def corrections(session: Session, most: int = _READ) -> Iterator[tuple[SummaryText, IncidentRevision, str]]:
    """Yield corrections in force, with revision and author: one an incident, the newest first."""
    newest = (
        select(func.max(SummaryFeedback.id))
        .where(SummaryFeedback.undone_at.is_(None), SummaryFeedback.is_changed.is_(True))
        .group_by(SummaryFeedback.incident_id)
    )
    statement = (
        select(SummaryFeedback.text, IncidentRevision, SummaryFeedback.by)
        .join(IncidentRow, IncidentRow.id == SummaryFeedback.incident_id)
        .join(
            IncidentRevision,
            (IncidentRevision.incident_id == SummaryFeedback.incident_id) & (IncidentRevision.revision == SummaryFeedback.revision),
        )
        .where(SummaryFeedback.id.in_(newest))
        .order_by(SummaryFeedback.at.desc(), SummaryFeedback.id.desc())
        .limit(most)
    )
    for document, revision, by in session.execute(statement):
        if text := text_in(document):
            yield text, revision, by


def _example(text: SummaryText, revision: IncidentRevision) -> Example | None:
    """Return an example, None for a text that the fence would not show today: its rules may have changed."""
    try:
        held, _ = corrected(model_draft(text), revision.document)
        return Example.of(held, revision.document) if held else None
    except Exception:  # a document of elsewhere than the job may lack anything
        return None
