"""Verdicts: what a case was, said by a person, sent as labels once it can no longer be undone unseen."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from ops.cases import outbox
from ops.cases.alerts import chosen_alerts
from ops.cases.audit.chain import Act, audit
from ops.cases.changes import mark_closed, text_of
from ops.cases.errors import Conflict, Invalid, NotFound
from ops.cases.locked import locked_case, refuse_closed, refuse_others, touch
from ops.cases.settings import CaseSettings
from ops.cases.standing import standing_words
from ops.cases.tables import CaseRow, VerdictAlert, VerdictRow
from ops.cases.told import VERDICT, tell_act
from ops.cases.verdict_labels import labels
from ops.cases.words import VERDICTS


@dataclass(frozen=True)
class Said:
    """A verdict that was given."""

    verdict: VerdictRow
    case: CaseRow
    labelled: int
    """Alerts of which labels are to be sent."""
    said_before: int
    """Alerts of which the same is in force already."""
    missing: int
    """Alerts of the incident that the store does not have: no label can name them."""


def give_verdict(
    session: Session,
    case_id: str,
    word: str,
    reason: str,
    *,
    by: str,
    now: int,
    settings: CaseSettings,
    labels_to: str,
    alert_ids: Sequence[str] | None = None,
    version: int | None = None,
    label_time: int | None = None,
) -> Said:
    """Give a verdict on a case, which closes it, or on chosen alerts, which does not.

    Labels go to the URL `labels_to` from `now + undo_s` on. `label_time` is their event time, by default
    `now`: where the job reads a history, it is the time that the job has reached.

    Raises:
        NotFound: there is no such case, or an alert is of another incident.
        Conflict: another person has the case, it is closed, or it has another version.
        Invalid: the word is none of `VERDICTS`, or the reason is empty or too long.
    """
    if word not in VERDICTS:
        raise Invalid("verdict", f"use one of {', '.join(VERDICTS)}")
    case = locked_case(session, case_id, version)
    refuse_closed(case)
    refuse_others(case, by, now)
    alerts = chosen_alerts(session, case.incident_id, alert_ids)
    verdict = _kept(session, case, word, text_of("reason", reason), by, now, settings, alert_ids is None)
    new = _say(session, verdict, alerts)
    made = labels(verdict, case.incident_id, dict.fromkeys(new, word), [alerts[id_] for id_ in new], label_time or now)
    outbox.put(session, outbox.LABEL, labels_to, made, verdict.at, verdict.undo_until, verdict.id)
    _audit(session, verdict, "case.verdict", {"word": word, "alerts": len(alerts), "labels": len(new)}, reason, by, now)
    if alert_ids is None:
        mark_closed(session, case, word, now)
        case.owner = case.owner or by
    touch(case, by, now, settings)
    tell_act(session, case, VERDICT, by, now)
    session.flush()
    missing = max(0, (case.closed_alerts or 0) - len(alerts)) if alert_ids is None and case.kind != "wave" else 0
    return Said(verdict, case, len(new), len(alerts) - len(new), missing)


def verdicts(session: Session, case_id: str) -> Sequence[VerdictRow]:
    """Return the verdicts on a case, the oldest first, at most 1,000."""
    statement = select(VerdictRow).where(VerdictRow.case_id == case_id)
    return session.scalars(statement.order_by(VerdictRow.at, VerdictRow.id).limit(1000)).all()


def verdict(session: Session, verdict_id: str) -> VerdictRow:
    """Return a verdict. Raises `NotFound`."""
    found = session.get(VerdictRow, verdict_id)
    if found is None:
        raise NotFound(f"there is no verdict {verdict_id}")
    return found


def locked_verdict(session: Session, verdict_id: str) -> VerdictRow:
    """Return a verdict that can be undone, locked. Raises `NotFound`, `Conflict`."""
    statement = select(VerdictRow).where(VerdictRow.id == verdict_id).with_for_update()
    found = session.scalar(statement.execution_options(populate_existing=True))
    if found is None:
        raise NotFound(f"there is no verdict {verdict_id}")
    if found.undone_at is not None:
        raise Conflict(f"verdict {verdict_id} was undone by {found.undone_by}")
    return found


def _kept(session: Session, case: CaseRow, word: str, reason: str, by: str, now: int, settings: CaseSettings, is_whole: bool) -> VerdictRow:
    last = session.scalar(select(func.max(VerdictRow.at)).where(VerdictRow.case_id == case.id))
    now = max(now, (last or 0) + 1)  # in the order in which they were given, whatever the clocks of two services
    made = VerdictRow(
        id=f"v-{secrets.token_hex(8)}",  # not counted: a store restored from a backup must not use an id again
        case_id=case.id,
        word=word,
        is_whole=is_whole,
        by=by,
        reason=reason,
        at=now,
        undo_until=now + round(settings.undo_s * 1000),
    )
    session.add(made)
    session.flush()
    return made


def _say(session: Session, verdict: VerdictRow, alerts: Mapping[str, object]) -> list[str]:
    """Note the verdict's alerts; return those of which something else, or nothing, was in force before."""
    in_force = standing_words(session, list(alerts))
    new = [id_ for id_ in alerts if in_force.get(id_, "inconclusive") != verdict.word]
    rows = [{"verdict_id": verdict.id, "alert_id": id_, "is_said": id_ in set(new)} for id_ in alerts]
    if rows:
        session.execute(insert(VerdictAlert), rows)
    return new


def _audit(session: Session, verdict: VerdictRow, action: str, details: Mapping[str, object], reason: str, by: str, now: int) -> None:
    said = {"verdict": verdict.id, **details}
    audit(session, Act(now, by, action, f"case:{verdict.case_id}", said, {"reason": reason}))
