"""What people hold for right, as chats to fine-tune a model: rules and facts in, the answer out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.json_text import as_json
from domain.summaries.correction import corrected, model_draft, text_in
from domain.summaries.prompt import prompt_of
from domain.summaries.summary import Draft
from ops.cases.tables import IncidentRevision, SummaryFeedback


def chats(session: Session) -> Iterator[str]:
    """Yield a line for each revision that somebody corrected, or called good and nobody bad.

    The question is what a model would be asked today: no pseudonym, event id or text from outside is in it.
    What the fence would not show today is left out.
    """
    for feedback, document in _in_force(session):
        if line := _chat(feedback.text or document, document):
            yield line


def _in_force(session: Session) -> Iterator[tuple[SummaryFeedback, Mapping[str, Any]]]:
    """Yield the feedback that says what is right of each revision, with the revision's document."""
    said: dict[tuple[str, int], list[SummaryFeedback]] = defaultdict(list)
    for row in session.scalars(select(SummaryFeedback).where(SummaryFeedback.undone_at.is_(None)).order_by(SummaryFeedback.at)):
        said[row.incident_id, row.revision].append(row)
    for key, rows in said.items():
        document = session.scalar(
            select(IncidentRevision.document).where(IncidentRevision.incident_id == key[0], IncidentRevision.revision == key[1])
        )
        if document is not None and (right := _right(rows)):
            yield right, document


def _right(rows: Sequence[SummaryFeedback]) -> SummaryFeedback | None:
    """Return the newest correction; without any the rating, where nobody calls the summary bad."""
    changed = [row for row in rows if row.is_changed]
    return changed[-1] if changed else rows[-1] if all(row.rating == "good" for row in rows) else None


def _chat(told: Mapping[str, Any], document: Mapping[str, Any]) -> str | None:
    text = text_in(told)
    try:
        held = corrected(model_draft(text), document)[0] if text else None
        if held is None:
            return None
        prompt = prompt_of([document], held.language)
    except Exception:  # a document of elsewhere than the job may lack anything
        return None
    return as_json({"messages": [*prompt, {"role": "assistant", "content": _answer(model_draft(held))}]})


def _answer(draft: Draft) -> str:
    return as_json(
        {"headline": draft.headline, "explanation": draft.explanation, "pattern": draft.pattern, "next_steps": list(draft.next_steps)}
    )
