"""How many blocks a person has undone alone within the hour: many small verdicts count as one large one."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from domain.times import HOUR_MS
from ops.cases.action_kinds import BLOCK
from ops.cases.blocked import is_blocked
from ops.cases.control_changes import APPLIED, lock
from ops.cases.second_person import MANY, UNDO, VERDICT
from ops.cases.tables import ActionRelease, ActionRow, AlertRow, CaseRow, ControlChange, VerdictAlert, VerdictRow
from ops.cases.words import FRAUD, LEGITIMATE


def undone_lately(session: Session, by: str, now: int, besides: Container[str] = ()) -> int:
    """Return how many blocked events a person, alone, has called no fraud or released within the hour.

    `besides` are cases and alerts that do not count, as the person says something of them now. Until the
    commit no other request of the person comes here: of two at once the second one counts the first.
    """
    lock(session, "undone", by)
    its = select(AlertRow.id, CaseRow.id).join(VerdictAlert, VerdictAlert.alert_id == AlertRow.id)
    its = its.join(VerdictRow, VerdictRow.id == VerdictAlert.verdict_id).outerjoin(CaseRow, CaseRow.incident_id == AlertRow.incident_id)
    chosen = its.where(is_blocked(), or_(_called_wrong(by, now), _taken_back(by, now))).distinct()
    said = sum(alert not in besides and case not in besides for alert, case in session.execute(chosen))
    return said + (session.scalar(_released(by, now)) or 0)


def _called_wrong(by: str, now: int) -> ColumnElement[bool]:
    """Choose verdicts that came into force: what these released stays so, whatever is said later."""
    holds = or_(VerdictRow.undone_at.is_(None), VerdictRow.undone_at >= VerdictRow.undo_until)
    said = (VerdictRow.by == by, VerdictRow.word == LEGITIMATE, VerdictRow.at > now - HOUR_MS)
    return and_(*said, holds, ~_agreed(VERDICT, by, VerdictRow.at))


def _taken_back(by: str, now: int) -> ColumnElement[bool]:
    """Choose verdicts that blocks were fraud and that the person took back once they were in force."""
    at = VerdictRow.undone_at
    undone = (VerdictRow.undone_by == by, VerdictRow.word == FRAUD, at > now - HOUR_MS, at >= VerdictRow.undo_until)
    return and_(*undone, ~_agreed(UNDO, by, at))


def _released(by: str, now: int) -> Select[Any]:
    its = select(func.count()).select_from(ActionRelease).join(ActionRow, ActionRow.key == ActionRelease.key)
    asked = (ActionRelease.by == by, ActionRelease.at > now - HOUR_MS, ActionRelease.approved_by.is_(None))
    return its.where(*asked, or_(ActionRow.action == BLOCK, ActionRow.decision == BLOCK))


def _agreed(kind: str, by: str, at: Any) -> ColumnElement[bool]:
    """Return whether a second person agreed: what was proposed is done at the moment of that."""
    done = (ControlChange.kind == kind, ControlChange.by == by, ControlChange.status == APPLIED, ControlChange.applied_at == at)
    return select(ControlChange.id).where(*done, ControlChange.record_id.in_((VerdictRow.case_id, MANY))).exists()
