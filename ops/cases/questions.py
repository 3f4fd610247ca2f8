"""The history of a person's questions: the latest ones, for that person alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, defer

from domain.json_text import as_json
from ops.cases.audit.chain import Act, audit
from ops.cases.errors import NotFound
from ops.cases.tables import Question

MOST_KEPT = 200
"""Questions of one person that are kept; the oldest goes."""
_READ = 200
"""Questions that are read or deleted at once."""


def keep_question(session: Session, by: str, now: int, question: str, answer: Mapping[str, Any]) -> int:
    """Keep a question with its answer, and return its number."""
    row = Question(by=by, at=now, question=question, answer=dict(answer))
    session.add(row)
    session.flush()
    older = select(Question.id).where(Question.by == by).order_by(Question.id.desc()).offset(MOST_KEPT).limit(MOST_KEPT)
    ids = session.scalars(older).all()
    if ids:
        session.execute(delete(Question).where(Question.id.in_(ids)).execution_options(synchronize_session=False))
    return row.id


def question_of(session: Session, by: str, number: int) -> Question:
    """Return a question of a person. Raises `NotFound`, for another person's as well."""
    found = session.get(Question, number)
    if found is None or found.by != by:
        raise NotFound(f"you have asked no question {number}, or it is too old")
    return found


def questions_of(session: Session, by: str, limit: int = 20) -> Sequence[Question]:
    """Return the latest questions of a person, without their answers."""
    statement = select(Question).options(defer(Question.answer, raiseload=True)).where(Question.by == by)
    return session.scalars(statement.order_by(Question.id.desc()).limit(limit)).all()


def forget_questions(session: Session, by: str) -> int:
    """Delete the questions of a person, and return how many there were."""
    ids = session.scalars(select(Question.id).where(Question.by == by)).all()
    session.execute(delete(Question).where(Question.by == by).execution_options(synchronize_session=False))
    return len(ids)


def forget_entity(session: Session, pseudonym: str, by: str, now: int) -> int:
    """Delete everybody's questions that name a pseudonym, in words or in their answers; return how many.

    The audit says that somebody did, of what it does not.
    """
    found = select(Question.id, Question.question, Question.answer).order_by(Question.id).execution_options(yield_per=_READ)
    ids = [one.id for one in session.execute(found) if pseudonym in one.question.lower() or pseudonym in as_json(one.answer)]
    for first in range(0, len(ids), _READ):
        some = Question.id.in_(ids[first : first + _READ])
        session.execute(delete(Question).where(some).execution_options(synchronize_session=False))
    audit(session, Act(now, by, "question.erase", "questions", {"questions": len(ids)}))
    return len(ids)


def note_confirmed(session: Session, by: str, now: int, number: int, details: Mapping[str, Any]) -> None:
    """Note in the audit that a person did what the answer to a question of theirs proposed."""
    audit(session, Act(now, by, "question.confirm", f"question:{number}", details))
