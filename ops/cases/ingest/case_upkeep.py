"""The case of an incident, made and kept up as the incident grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.decisions.alert import SEVERITIES
from domain.times import HOUR_MS
from domain.wording import counted
from ops.cases.ingest.holders import parts
from ops.cases.ingest.incident_rows import largest_sum
from ops.cases.settings import CaseSettings
from ops.cases.tables import CaseRow
from ops.cases.told import REOPENED, tell_act
from ops.cases.words import CLOSED, OPEN

_STEP = 1e13
"""Priority of a step of severity: more than any money."""


def priority_of(severity_rank: int, money: float) -> float:
    """Return the priority of a case: by severity, then by money at risk."""
    return severity_rank * _STEP + min(max(money, 0.0), _STEP / 10)


def case_id_of(incident_id: str) -> str:
    """Return the id of an incident's case."""
    return f"case-{incident_id.removeprefix('inc-')}"


def keep_cases(session: Session, incidents: Sequence[tuple[Mapping[str, Any], int]], settings: CaseSettings) -> None:
    """Make the cases of incidents that are grave enough, or bring them up to date; new alerts open one again.

    Beside an incident's columns is when its revision was added to its stream, ms of the wall clock.
    """
    cases = _cases(session, [incident["id"] for incident, _ in incidents])
    for incident, at in incidents:
        if (case := cases.get(incident["id"])) is not None:
            _bring_up_to_date(session, case, incident, at, settings)
        elif incident["severity_rank"] >= SEVERITIES.index(settings.least_severity):
            session.add(CaseRow(**_new_case(incident, at, settings)))
    session.flush()


def _cases(session: Session, incidents: Sequence[str]) -> dict[str, CaseRow]:
    found: dict[str, CaseRow] = {}
    for part in parts(incidents):
        statement = select(CaseRow).where(CaseRow.incident_id.in_(part)).order_by(CaseRow.id).with_for_update()
        found |= {case.incident_id: case for case in session.scalars(statement.execution_options(populate_existing=True))}
    return found


def _new_case(incident: Mapping[str, Any], at: int, settings: CaseSettings) -> dict[str, Any]:
    return {
        "id": case_id_of(incident["id"]),
        "incident_id": incident["id"],
        "status": OPEN,
        "in_queue": True,
        "opened_at": at,
        "updated_at": at,
        "due_at": at + _due_ms(incident, settings),
        "is_due_set": False,
        "priority": priority_of(incident["severity_rank"], incident["money"]),
        "kind": incident["kind"],
        "severity_rank": incident["severity_rank"],
        "money": incident["money"],
        "currency": largest_sum(incident["document"])[1],
        "version": 1,
    }


def _bring_up_to_date(session: Session, case: CaseRow, incident: Mapping[str, Any], at: int, settings: CaseSettings) -> None:
    reopens = case.status == CLOSED and incident["alerts"] > (case.closed_alerts or 0)
    if not case.is_due_set and (reopens or incident["severity_rank"] > case.severity_rank):
        due = at + _due_ms(incident, settings)
        case.due_at = due if reopens else min(case.due_at, due)
    case.kind, case.severity_rank, case.money = incident["kind"], incident["severity_rank"], incident["money"]
    case.currency = largest_sum(incident["document"])[1]
    case.priority = priority_of(case.severity_rank, case.money)
    if reopens:
        _reopen(case, incident, at)
        tell_act(session, case, REOPENED, "", at)
    if case.in_queue:
        case.updated_at = max(case.updated_at, at)


def _reopen(case: CaseRow, incident: Mapping[str, Any], at: int) -> None:
    more = counted(incident["alerts"] - (case.closed_alerts or 0), "new alert")
    said = f" after the verdict {case.verdict}" if case.verdict else " after it was closed"
    case.reopened_why = f"{more}{said} (revision {incident['revision']})"
    case.status, case.in_queue, case.opened_at = OPEN, True, at
    case.owner = case.claimed_until = case.closed_at = case.closed_alerts = case.verdict = None
    case.version += 1


def _due_ms(incident: Mapping[str, Any], settings: CaseSettings) -> int:
    return round(settings.due_h[incident["severity"]] * HOUR_MS)
