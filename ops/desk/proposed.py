"""A form that the answer to a question has filled in: of one's own question alone, so no link fills it in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query
from sqlalchemy.orm import Session

from ops.access.roles import Caller
from ops.api.problems import Problem
from ops.api.service import Service
from ops.cases.errors import NotFound
from ops.cases.questions import note_confirmed, question_of
from ops.desk.forms import Form

FIELD = "asked"
"""The field that holds the number of the question."""
AskedHere = Annotated[int | None, Query(alias=FIELD, ge=1, le=2**53)]


def proposed(session: Session, caller: Caller, number: int | None, act: str) -> Mapping[str, str]:
    """Return the fields that a question of one's own fills in; none without a question. Raises `NotFound`."""
    if number is None:
        return {}
    found: Mapping[str, Any] = question_of(session, caller.name, number).answer.get("proposal") or {}
    if found.get("act") != act:
        raise NotFound(f"the answer to question {number} proposes no {act}")
    fields: Mapping[str, str] = found["fields"]
    return fields


def confirm(session: Session, service: Service, caller: Caller, form: Form, act: str, details: Mapping[str, Any], **same: str) -> None:
    """Note that a form came of a question, if it did, in the transaction of the act.

    Raises `NotFound` for a question of another person, `Problem` where `same` is not what it proposed.
    """
    if not form.one(FIELD):
        return
    number = form.number(FIELD)
    if not number:
        raise Problem(422, f"{FIELD}: the number of a question is wanted", FIELD)
    fields = proposed(session, caller, number, act)
    if any(fields.get(name) != value for name, value in same.items()):
        raise Problem(422, f"{FIELD}: question {number} proposes another {act}: open the empty form for this one", FIELD)
    note_confirmed(session, caller.name, service.clock(), number, {"act": act, **details})
