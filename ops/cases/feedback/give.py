"""A person rates the summary of a revision and may correct it, and may change that until it is undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.summaries.correction import corrected, is_changed
from domain.summaries.fence.strict import Complaint
from domain.summaries.summary import Draft
from domain.summaries.summary_text import SummaryText
from ops.cases import incidents
from ops.cases.audit.chain import Act, audit
from ops.cases.changes import text_of
from ops.cases.errors import Conflict, Forbidden, Invalid, NotFound
from ops.cases.tables import IncidentRow, SummaryFeedback

GOOD, BAD = "good", "bad"
TEMPLATE = "template"
_NAME_CHARS, _VERSION_CHARS = 100, 32
_MOST = 200
_NO_FACTS = "this revision holds no evidence that a correction could be held against"


class Refused(Invalid):
    """A correction that says what the evidence does not; `complaints` are of its fields."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__(complaints[0].field, "; ".join((complaints[0].text, *map(str, complaints[1:]))))
        self.complaints = tuple(complaints)


@dataclass(frozen=True)
class Opinion:
    """What somebody says of a summary.

    `revision` None: the newest; `version` None: whatever there was; a correction without pattern: as it was.
    """

    rating: Literal["good", "bad"]
    why: str | None = None
    correction: Draft | None = None
    revision: int | None = None
    version: int | None = None


def give_feedback(session: Session, incident_id: str, opinion: Opinion, *, by: str, now: int) -> SummaryFeedback:
    """Keep a person's opinion, in place of what the same person said of the same revision.

    Raises:
        NotFound: there is no such incident, or revision of it.
        Refused: the correction says what the evidence does not.
        Invalid: a bad summary without a reason, or one that does not fit.
        Conflict: the same person has changed it meanwhile.
    """
    document = _locked(session, incident_id, opinion.revision)
    revision = int(document["revision"])
    said = _checked(opinion, document)
    found = _own(session, incident_id, revision, by)
    if opinion.version is not None and opinion.version != (found.version if found else 0):
        raise Conflict("you have said something else of this summary meanwhile: read it again")
    if found is None:
        found = SummaryFeedback(incident_id=incident_id, revision=revision, by=by, version=0)
        session.add(found)
    for name, value in said.items():
        setattr(found, name, value)
    found.at, found.version = now, found.version + 1
    session.flush()
    _audit(session, found, "summary.rate", by, now)
    return found


def undo_feedback(session: Session, incident_id: str, feedback_id: int, *, by: str, now: int, others: bool = False) -> SummaryFeedback:
    """Take one's own feedback back, with `others` anybody's: it is no example and in no number any more.

    Raises `NotFound`, `Forbidden`, `Conflict`.
    """
    statement = select(SummaryFeedback).where(SummaryFeedback.id == feedback_id, SummaryFeedback.incident_id == incident_id)
    found = session.scalar(statement.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound(f"there is no feedback {feedback_id} on incident {incident_id}")
    if found.by != by and not others:
        raise Forbidden(f"this feedback is {found.by}'s: a lead may take it back")
    if found.undone_at is not None:
        raise Conflict("it was taken back before")
    found.undone_at, found.undone_by, found.version = now, by, found.version + 1
    session.flush()
    _audit(session, found, "summary.undo", by, now)
    return found


def feedback_on(session: Session, incident_id: str) -> Sequence[SummaryFeedback]:
    """Return what people say of an incident's summaries, the newest first, at most 200; undone ones, too."""
    statement = select(SummaryFeedback).where(SummaryFeedback.incident_id == incident_id)
    return session.scalars(statement.order_by(SummaryFeedback.at.desc(), SummaryFeedback.id.desc()).limit(_MOST)).all()


def _locked(session: Session, incident_id: str, revision: int | None) -> Mapping[str, Any]:
    """Return the document of a revision; others who speak of the incident wait until the commit."""
    newest = session.scalar(select(IncidentRow.revision).where(IncidentRow.id == incident_id).with_for_update())
    if newest is None:
        raise NotFound(f"there is no incident {incident_id}")
    return incidents.revision(session, incident_id, revision or newest).document


def _checked(opinion: Opinion, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of an opinion. Raises `Invalid`."""
    why = text_of("why", opinion.why) if opinion.why and opinion.why.strip() else None
    text = _corrected(opinion.correction, document) if opinion.correction else None
    if text is not None and not is_changed(text, document):
        text = None
    if opinion.rating == BAD and why is None and text is None:
        raise Invalid("why", "say why it is not good, or write what it should say")
    model, prompt = written_by(document)
    kept = None if text is None else text.to_document()
    return {"rating": opinion.rating, "why": why, "text": kept, "is_changed": text is not None, "model": model, "prompt": prompt}


def _corrected(draft: Draft, document: Mapping[str, Any]) -> SummaryText:
    try:
        text, complaints = corrected(replace(draft, pattern=draft.pattern or str(document.get("pattern"))), document)
    except Exception:  # a revision of elsewhere than the job may lack anything
        raise Invalid("headline", _NO_FACTS) from None
    if text is None:
        raise Refused(complaints)
    return text


def written_by(document: Mapping[str, Any]) -> tuple[str, str]:
    """Return who wrote a document's summary and the version of the prompt: "template", "" without a model."""
    writer = document.get("writer")
    if not isinstance(writer, Mapping) or writer.get("name") != "llm":
        return TEMPLATE, ""
    return str(writer.get("model"))[:_NAME_CHARS], str(writer.get("prompt") or "")[:_VERSION_CHARS]


def _own(session: Session, incident_id: str, revision: int, by: str) -> SummaryFeedback | None:
    its = (SummaryFeedback.incident_id == incident_id, SummaryFeedback.revision == revision, SummaryFeedback.by == by)
    return session.scalar(select(SummaryFeedback).where(*its, SummaryFeedback.undone_at.is_(None)))


def _audit(session: Session, row: SummaryFeedback, action: str, by: str, now: int) -> None:
    details = {"feedback": row.id, "revision": row.revision, "rating": row.rating, "changed": row.is_changed}
    audit(session, Act(now, by, action, f"incident:{row.incident_id}", details, {"why": row.why, "text": row.text}))
