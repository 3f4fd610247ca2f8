"""Rows of the store as bodies of answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.decisions.alert import SEVERITIES
from ops.api.bodies.cases import CaseRow as CaseBody
from ops.api.bodies.cases import VerdictRow as VerdictBody
from ops.api.bodies.control import ChangeRow as ChangeBody
from ops.api.bodies.incidents import AlertDetail, CaseBrief, IncidentDetail
from ops.api.bodies.incidents import AlertRow as AlertBody
from ops.api.bodies.incidents import IncidentRow as IncidentBody
from ops.cases.control_changes import statuses
from ops.cases.tables import AlertRow, CaseRow, ControlChange, IncidentRow, VerdictAlert, VerdictRow

_INCIDENT = tuple(name for name in IncidentBody.model_fields if name != "case")
_CASE = tuple(name for name in CaseBody.model_fields if name not in ("severity", "headline"))
_VERDICT = tuple(name for name in VerdictBody.model_fields if name not in ("verdict", "alerts"))


def incident_bodies(session: Session, rows: Sequence[IncidentRow]) -> list[IncidentBody]:
    """Return incidents with the state of their cases, which are read at once."""
    cases = _cases_of(session, [row.id for row in rows])
    return [IncidentBody(**{name: getattr(row, name) for name in _INCIDENT}, case=cases.get(row.id)) for row in rows]


def incident_body(session: Session, row: IncidentRow, goes_on_as: str | None) -> IncidentDetail:
    """Return an incident whole."""
    [body] = incident_bodies(session, [row])
    return IncidentDetail(**dict(body), goes_on_as=goes_on_as, document=row.document)


def alert_bodies(rows: Iterable[AlertRow]) -> list[AlertBody]:
    """Return alerts as a list shows them."""
    return [AlertBody.model_validate(row) for row in rows]


def alert_body(row: AlertRow) -> AlertDetail:
    """Return an alert whole."""
    return AlertDetail.model_validate(row)


def case_body(case: CaseRow, incident: IncidentRow) -> CaseBody:
    """Return a case with what its incident says."""
    severity = SEVERITIES[case.severity_rank]
    return CaseBody(**{name: getattr(case, name) for name in _CASE}, severity=severity, headline=incident.headline)  # type: ignore[arg-type]


def verdict_bodies(session: Session, rows: Sequence[VerdictRow]) -> list[VerdictBody]:
    """Return verdicts with the numbers of their alerts, which are counted at once."""
    of_them = VerdictAlert.verdict_id.in_([row.id for row in rows])
    counted = select(VerdictAlert.verdict_id, func.count()).where(of_them).group_by(VerdictAlert.verdict_id)
    alerts = {verdict: int(count) for verdict, count in session.execute(counted)} if rows else {}
    return [
        VerdictBody(**{name: getattr(row, name) for name in _VERDICT}, verdict=row.word, alerts=alerts.get(row.id, 0))  # type: ignore[arg-type]
        for row in rows
    ]


def change_bodies(session: Session, rows: Sequence[ControlChange]) -> list[ChangeBody]:
    """Return changes; of those whose records are in no stream yet the status says so."""
    said = statuses(session, rows)
    return [ChangeBody.model_validate(row).model_copy(update={"status": said[row.id]}) for row in rows]


def change_body(session: Session, row: ControlChange) -> ChangeBody:
    """Return a change."""
    [body] = change_bodies(session, [row])
    return body


def _cases_of(session: Session, incident_ids: Sequence[str]) -> dict[str, CaseBrief]:
    found = session.scalars(select(CaseRow).where(CaseRow.incident_id.in_(incident_ids))) if incident_ids else ()
    return {case.incident_id: CaseBrief.model_validate(case) for case in found}
