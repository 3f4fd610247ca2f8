"""What waits for a second person: to take back, call wrong or release more blocks than one person may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ops.cases.action_release import ask_release
from ops.cases.blocked import is_blocked
from ops.cases.bulk import Outcome, bulk
from ops.cases.control_changes import APPLIED, PROPOSED
from ops.cases.ingest.holders import parts
from ops.cases.settings import CaseSettings
from ops.cases.tables import AlertRow, CaseRow, ControlChange
from ops.cases.undo import undo_verdict
from ops.cases.verdicts import Said, give_verdict
from ops.cases.words import LEGITIMATE

VERDICT, UNDO, RELEASE = "verdict", "undo", "release"
"""Kinds of changes beside those of control records."""
MANY = "many"
"""What a verdict on more than one case is of, in place of the case."""


@dataclass(frozen=True)
class Judgement:
    """A verdict on one case or many, as it is proposed."""

    word: str
    reason: str
    cases: Mapping[str, Sequence[str] | None]
    """Case -> ids of alerts, None for all."""

    @property
    def subjects(self) -> frozenset[str]:
        """Return what it is of: the alerts that are named, and the cases of which all are meant."""
        chosen = (alert for alerts in self.cases.values() for alert in alerts or ())
        return frozenset(case for case, alerts in self.cases.items() if alerts is None).union(chosen)

    def record(self) -> dict[str, Any]:
        """Return it as a proposal keeps it."""
        cases = [{"case": case, "alerts": None if alerts is None else list(alerts)} for case, alerts in self.cases.items()]
        return {"control": VERDICT, "verdict": self.word, "cases": cases}


def blocks_called_wrong(session: Session, judgement: Judgement) -> int:
    """Return of how many blocked events a verdict says that they were no fraud."""
    if judgement.word != LEGITIMATE:
        return 0
    whole = [case for case, alerts in judgement.cases.items() if alerts is None]
    chosen = [alert for alerts in judgement.cases.values() if alerts is not None for alert in alerts]
    of_cases = select(func.count()).select_from(AlertRow).join(CaseRow, CaseRow.incident_id == AlertRow.incident_id)
    of_alerts = select(func.count()).select_from(AlertRow)
    found = [of_cases.where(CaseRow.id.in_(part), is_blocked()) for part in parts(whole)]
    found += [of_alerts.where(AlertRow.id.in_(part), is_blocked()) for part in parts(chosen)]
    return sum(session.scalar(statement) or 0 for statement in found)


def propose(session: Session, kind: str, subject: str, record: Mapping[str, Any], by: str, reason: str, now: int) -> ControlChange:
    """Return a proposal that waits for a second person."""
    change = ControlChange(kind=kind, record_id=subject, state="active", record=dict(record), by=by, reason=reason, at=now, status=PROPOSED)
    session.add(change)
    session.flush()
    return change


def judge(
    session: Session,
    judgement: Judgement,
    *,
    by: str,
    now: int,
    settings: CaseSettings,
    labels_to: str,
    label_time: int,
    versions: Mapping[str, int | None] | None = None,
) -> tuple[list[Outcome], list[Said]]:
    """Give a verdict on many cases, each by itself; return the outcomes in order, and what was said."""
    said: list[Said] = []

    def act(case_id: str) -> None:
        version = versions.get(case_id) if versions else None
        common = {"by": by, "now": now, "settings": settings, "labels_to": labels_to, "label_time": label_time, "version": version}
        said.append(give_verdict(session, case_id, judgement.word, judgement.reason, alert_ids=judgement.cases[case_id], **common))  # type: ignore[arg-type]

    return bulk(session, list(judgement.cases), act), said


def carry_out(
    session: Session, change: ControlChange, approver: str, now: int, settings: CaseSettings, labels_to: str, label_time: int
) -> None:
    """Do what was proposed, in the name of who proposed it.

    Raises `CaseError` if it cannot be done any more; of many cases those that have changed are left out, and
    said.
    """
    common: dict[str, Any] = {"by": change.by, "now": now, "settings": settings, "labels_to": labels_to, "label_time": label_time}
    left_out: list[Outcome] = []
    if change.kind == RELEASE:
        ask_release(session, change.record["action_id"], change.reason, by=change.by, now=now, settings=settings, approved_by=approver)
    elif change.kind == UNDO:
        undo_verdict(session, change.record["verdict_id"], change.reason, **common)
    else:
        left_out = _judged(session, change, common)
    change.status, change.approved_by, change.approved_at, change.applied_at = APPLIED, approver, now, now
    change.why_refused = f"left out: {', '.join(outcome.case_id for outcome in left_out)}" if left_out else None
    session.flush()


def _judged(session: Session, change: ControlChange, common: Mapping[str, Any]) -> list[Outcome]:
    """Give a verdict that was proposed; return the cases left out. Raises `CaseError` if all are."""
    cases = {one["case"]: one["alerts"] for one in change.record["cases"]}
    outcomes, _ = judge(session, Judgement(change.record["verdict"], change.reason, cases), **common)
    left_out = [outcome for outcome in outcomes if outcome.error is not None]
    if len(left_out) == len(outcomes) and left_out[0].error is not None:
        raise left_out[0].error
    return left_out
