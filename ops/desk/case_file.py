"""All that the page of an incident shows, read in one look at the store."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.incidents.incident import UNCONNECTED_ALERTS, WAVE
from ops.cases import growth, incidents, queue
from ops.cases.action_list import actions_of_incident
from ops.cases.alerts import AlertFilter, alerts
from ops.cases.audit.entries import AuditFilter, AuditItem, entries
from ops.cases.control_changes import PROPOSED
from ops.cases.pages import Cursor, Page
from ops.cases.second_person import UNDO, VERDICT, Judgement, blocks_called_wrong
from ops.cases.similar import Similar, similar
from ops.cases.tables import AlertRow, CaseRow, Comment, ControlChange, IncidentRow, VerdictRow
from ops.cases.verdicts import verdicts
from ops.cases.words import LEGITIMATE
from ops.desk.view import trail
from ops.desk.view.action_rows import ActionLine, action_lines
from ops.desk.view.alert_rows import AlertLine, alert_lines
from ops.desk.view.ring_steps import RingSteps

ALERTS, COMMENTS, SIMILAR, AUDITED, TRAIL, ACCOUNTS, ACTED = 25, 200, 8, 20, 300, 60, 25
"""Rows of the lists of a page."""
_REVISIONS, _DRAWN = 40, 2_000
"""Revisions and alerts that the picture is drawn from."""


@dataclass(frozen=True)
class Wanted:
    """What of an incident is asked for."""

    incident: str
    place: Cursor | None = None
    """Where the page of alerts begins."""
    with_audit: bool = False


@dataclass(frozen=True)
class CaseFile:
    """An incident with what belongs to it."""

    incident: IncidentRow
    case: CaseRow | None
    goes_on_as: str | None
    revisions: Sequence[tuple[int, int, Mapping[str, Any]]]
    """Number, time, document; the oldest first, at most 40."""
    drawn: Sequence[dict[str, Any]]
    """Documents of the alerts that the picture is drawn from."""
    hours: Sequence[growth.Hour]
    accounts: Sequence[growth.AccountSum]
    """Of unconnected alerts."""
    page: Page[AlertRow]
    alerts: Sequence[AlertLine]
    stored: int
    """Alerts of it that the store has."""
    acted: Sequence[ActionLine]
    """The latest actions on its events."""
    actions: Mapping[str, int]
    """How many of each kind there are."""
    similar: Sequence[Similar]
    verdicts: Sequence[VerdictRow]
    comments: Sequence[Comment]
    acts: Sequence[Any]
    audit: Sequence[tuple[AuditItem, Mapping[str, Any]]]
    waiting: Sequence[ControlChange]
    """Verdicts on it that wait for a second person."""
    blocks: int
    """Blocked events that `legitimate` would call wrong."""

    @property
    def acted_in_all(self) -> int:
        """Return how many actions there are on its events."""
        return sum(self.actions.values())

    def ring(self, wanted: int | None) -> RingSteps | None:
        """Return its picture; None of a wave and of alerts that nothing connects."""
        if self.incident.kind in (WAVE, UNCONNECTED_ALERTS):
            return None
        documents = [document for _, _, document in self.revisions] or [self.incident.document]
        return RingSteps(documents, self.drawn, self.incident.headline or "The ring", wanted)

    def timeline(self) -> list[trail.Entry]:
        """Return what happened, the newest first."""
        return trail.timeline(
            trail.alert_entries(self.hours),
            trail.revision_entries(self.revisions),
            trail.verdict_entries(self.verdicts),
            trail.comment_entries(self.comments),
            trail.act_entries(self.acts),
        )


def case_file(session: Session, wanted: Wanted) -> CaseFile:
    """Return an incident with what belongs to it. Raises `NotFound`."""
    row = incidents.incident(session, wanted.incident)
    case = queue.case_of(session, row.id)
    page = alerts(session, AlertFilter(incident=row.id), wanted.place, ALERTS)
    acted, actions = actions_of_incident(session, row.id, ACTED)
    numbers = growth.revision_numbers(session, row.id, _REVISIONS)
    return CaseFile(
        incident=row,
        case=case,
        goes_on_as=incidents.goes_on_as(session, row),
        revisions=[(one.revision, one.at, one.document) for one in growth.revisions_of(session, row.id, numbers)],
        drawn=growth.alert_documents(session, row.id, _DRAWN) if row.kind not in (WAVE, UNCONNECTED_ALERTS) else (),
        hours=growth.alerts_by_hour(session, row.id),
        accounts=growth.accounts_of(session, row.id, ACCOUNTS) if row.kind == UNCONNECTED_ALERTS else (),
        page=page,
        alerts=alert_lines(session, page.rows),
        stored=session.scalar(select(func.count()).select_from(AlertRow).where(AlertRow.incident_id == row.id)) or 0,
        acted=action_lines(acted),
        actions=actions,
        similar=similar(session, row.id, SIMILAR),
        audit=_audit(session, case) if wanted.with_audit else (),
        **_of_case(session, case),
    )


def _of_case(session: Session, case: CaseRow | None) -> dict[str, Any]:
    if case is None:
        return {"verdicts": (), "comments": (), "acts": (), "waiting": (), "blocks": 0}
    waiting = select(ControlChange).where(ControlChange.status == PROPOSED, ControlChange.kind.in_((VERDICT, UNDO)))
    return {
        "verdicts": verdicts(session, case.id),
        "comments": growth.newest_comments(session, case.id, COMMENTS),
        "acts": growth.acts_on(session, case.id, TRAIL),
        "waiting": session.scalars(waiting.where(ControlChange.record_id == case.id)).all(),
        "blocks": blocks_called_wrong(session, Judgement(LEGITIMATE, "", {case.id: None})),
    }


def _audit(session: Session, case: CaseRow | None) -> Sequence[tuple[AuditItem, Mapping[str, Any]]]:
    if case is None:
        return ()
    found = entries(session, AuditFilter(subject=f"case:{case.id}"), None, AUDITED).rows
    return [(item, json.loads(item.entry.details)) for item in found]
