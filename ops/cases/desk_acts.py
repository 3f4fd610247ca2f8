"""Acts that a person can take back for some seconds: what was before is kept, and put back.

A verdict, a claim, an assignment, a due time, a closing or a comment, of one case or of many at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from ops.cases.audit.chain import Act, audit
from ops.cases.bulk import Outcome, bulk
from ops.cases.errors import Conflict, NotFound
from ops.cases.ingest.holders import parts
from ops.cases.locked import locked_case
from ops.cases.settings import CaseSettings
from ops.cases.tables import CaseRow, Comment, DeskAct, VerdictRow
from ops.cases.told import UNDONE, tell_act
from ops.cases.undo import blocks_of, undo_verdict
from ops.cases.words import FRAUD

UNDO_MS = 10_000
"""For so long an act is shown with its undo."""
_ON_THE_WAY_MS = 3_000  # a press at the last moment has this long to arrive
_KEPT_MS = 3_600_000
_STATE = (
    "status", "in_queue", "owner", "claimed_until", "due_at", "is_due_set", "verdict", "closed_at", "closed_alerts", "reopened_why",
)  # fmt: skip
"""What an act changes of a case."""


@dataclass(frozen=True)
class Before:
    """Cases as they were before an act, locked until the commit."""

    by: str
    now: int
    cases: Mapping[str, Mapping[str, Any]]


def before_act(session: Session, case_ids: Sequence[str], by: str, now: int) -> Before:
    """Return the cases as they are, before an act of a person on them."""
    found: dict[str, Mapping[str, Any]] = {}
    for part in parts(case_ids):
        for case in session.scalars(select(CaseRow).where(CaseRow.id.in_(part)).order_by(CaseRow.id).with_for_update()):
            found[case.id] = {"version": case.version, **{name: getattr(case, name) for name in _STATE}}
    return Before(by, now, found)


def keep_act(session: Session, before: Before, said: str, comment: int | None = None) -> DeskAct | None:
    """Keep what an act has changed so that it can be taken back; None if it has changed nothing."""
    session.flush()
    changed = [_step(session, case_id, state) for case_id, state in before.cases.items()]
    steps = [step for step in changed if step is not None]
    if not steps:
        return None
    verdicts = select(VerdictRow.id).where(VerdictRow.by == before.by, VerdictRow.at >= before.now, VerdictRow.undone_at.is_(None))
    given = [id_ for part in parts(list(before.cases)) for id_ in session.scalars(verdicts.where(VerdictRow.case_id.in_(part)))]
    return kept_act(session, before.by, before.now, said, {"cases": steps, "verdicts": given, "comment": comment})


def kept_act(session: Session, by: str, now: int, said: str, steps: Mapping[str, Any]) -> DeskAct:
    """Keep an act that can be taken back, and forget those of the person that are long over."""
    session.execute(delete(DeskAct).where(DeskAct.by == by, DeskAct.at < now - _KEPT_MS))
    last = session.scalar(select(func.max(DeskAct.at)).where(DeskAct.by == by)) or 0
    at = max(now, last + 1)  # in the order in which they were done, whatever the clocks of two services
    made = DeskAct(id=f"act-{secrets.token_hex(8)}", by=by, at=at, until=now + UNDO_MS, said=said, steps=dict(steps))
    session.add(made)
    session.flush()
    return made


def latest_act(session: Session, by: str, now: int) -> DeskAct | None:
    """Return the last act of a person that can still be taken back."""
    own = select(DeskAct).where(DeskAct.by == by, DeskAct.at > now - UNDO_MS).order_by(DeskAct.at.desc(), DeskAct.id).limit(1)
    found = session.scalar(own)
    return found if found is not None and found.undone_at is None and found.until > now else None


def act_to_undo(session: Session, act_id: str, by: str, now: int) -> DeskAct:
    """Return an act of a person, locked. Raises `NotFound`, `Conflict` for one that is over or was undone."""
    act = session.scalar(select(DeskAct).where(DeskAct.id == act_id, DeskAct.by == by).with_for_update())
    if act is None:
        raise NotFound("there is no such act of yours")
    if act.undone_at is not None:
        raise Conflict("this was undone before")
    if now > act.until + _ON_THE_WAY_MS:
        raise Conflict(f"more than {UNDO_MS // 1000} s have passed: it is taken back on the page of what was changed")
    return act


def undo_act(
    session: Session, act: DeskAct, *, by: str, now: int, settings: CaseSettings, labels_to: str, label_time: int | None = None
) -> list[Outcome]:
    """Put back what an act has changed, each case by itself; return the outcomes.

    Raises `Conflict` if every case was changed since.
    """
    labels = {"by": by, "now": now, "settings": settings, "labels_to": labels_to, "label_time": label_time}
    steps = {step["id"]: step for step in act.steps["cases"]}
    outcomes = bulk(session, list(steps), lambda case_id: _put_back(session, act, steps[case_id], labels))
    if all(outcome.error is not None for outcome in outcomes) and outcomes[0].error is not None:
        raise outcomes[0].error
    act.undone_at = now
    session.flush()
    return outcomes


def _step(session: Session, case_id: str, state: Mapping[str, Any]) -> dict[str, Any] | None:
    case = session.get_one(CaseRow, case_id)
    return None if case.version == state["version"] else {"id": case_id, "before": dict(state), "version": case.version}


def _put_back(session: Session, act: DeskAct, step: Mapping[str, Any], labels: dict[str, Any]) -> None:
    case = locked_case(session, step["id"], step["version"])
    given = select(VerdictRow.id).where(VerdictRow.id.in_(act.steps["verdicts"]), VerdictRow.case_id == case.id)
    for verdict_id in session.scalars(given).all():
        _refuse_blocking(session, verdict_id, labels["now"])
        undo_verdict(session, verdict_id, "undone at once", **labels)
    if act.steps["comment"] is not None:
        session.execute(delete(Comment).where(Comment.id == act.steps["comment"], Comment.case_id == case.id))
    for name in _STATE:
        setattr(case, name, step["before"][name])
    case.version += 1
    case.updated_at = max(case.updated_at, labels["now"])
    tell_act(session, case, UNDONE, labels["by"], labels["now"])
    audit(session, Act(labels["now"], labels["by"], "case.undo_act", f"case:{case.id}", {"act": act.id, "said": act.said}))
    session.flush()


def _refuse_blocking(session: Session, verdict_id: str, now: int) -> None:
    """Raise `Conflict` for a verdict of which the shop blocks by now: a second person may have to agree."""
    found = session.get_one(VerdictRow, verdict_id)
    if found.word == FRAUD and now >= found.undo_until and blocks_of(session, [verdict_id]):
        raise Conflict("what was called fraud is blocked by now: take the verdict back on the page of its incident")
