"""What channels are to be told, as rows of the outbox: one of each channel and incident is sent at a time.

A row does not hold the text: that is made of the incident as it is when the row is sent. So what happens
while a row waits changes that row, and a channel that was away is told how things are, not how they were.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from ops.cases import outbox
from ops.cases.ingest.holders import parts
from ops.cases.tables import NoticeThread, Outgoing
from ops.cases.told import Told

_MOST_WHATS = 20
"""Of what is kept of one row: the latest."""
_MOST_REASON = 300
"""Letters of why a row was not sent."""


@dataclass
class Wanted:
    """A channel is to be told of an incident."""

    channel: str
    incident: str
    due_at: int
    happened: list[Told] = field(default_factory=list)
    waits_from: int | None = None
    """The present, unless it waits for a time of day."""


def put_notices(session: Session, wanted: Sequence[Wanted]) -> None:
    """Write what is wanted: into the row that waits and was never tried, else as a new one."""
    waits = {(row.target, row.incident): row for row in _pending_of(session, {one.incident for one in wanted}) if not row.attempts}
    new: list[dict[str, Any]] = []
    for one in wanted:
        if (row := waits.get((one.channel, one.incident))) is None:
            new.append(_new(one))
        else:
            happened = [*row.document["happened"], *(told.document() for told in one.happened)]
            row.document = {**row.document, "happened": happened[-_MOST_WHATS:]}
            if one.due_at < row.due_at:
                row.due_at, row.waits_from = one.due_at, one.waits_from
    session.flush()
    if new:
        session.execute(insert(Outgoing), new)


def waiting_of(session: Session, incidents: Iterable[str]) -> set[tuple[str, str]]:
    """Return channel and incident of each row that waits or is being sent, locked until the commit.

    Ask this before what a channel knows: a row that is sent meanwhile is then among that.
    """
    return {(row.target, row.incident or "") for row in _pending_of(session, set(incidents))}


def _pending_of(session: Session, incidents: set[str]) -> list[Outgoing]:
    found: list[Outgoing] = []
    for part in parts(incidents):
        its = (Outgoing.incident.in_(part), Outgoing.kind == outbox.NOTICE, Outgoing.state == outbox.PENDING)
        statement = select(Outgoing).where(*its).order_by(Outgoing.id).with_for_update()
        found += session.scalars(statement.execution_options(populate_existing=True))
    return found


def _new(one: Wanted) -> dict[str, Any]:
    document = {"first_at": min(told.at for told in one.happened), "happened": [told.document() for told in one.happened]}
    return {
        "key": f"notice:{secrets.token_hex(12)}",
        "kind": outbox.NOTICE,
        "target": one.channel,
        "incident": one.incident,
        "document": document,
        "due_at": one.due_at,
        "waits_from": one.waits_from,
        "state": outbox.PENDING,
        "attempts": 0,
    }


def is_due(session: Session, channel: str, now: int) -> bool:
    """Return whether anything of a channel is due; reads only."""
    return session.scalar(select(Outgoing.id).where(*_pending(channel), outbox.is_time(now)).limit(1)) is not None


def due(channel: str, now: int, *which: ColumnElement[bool]) -> Select[Outgoing]:
    """Return the statement of what is due of a channel, the oldest first; of an incident one row."""
    earlier = aliased(Outgoing)
    before = select(earlier.id).where(
        earlier.incident == Outgoing.incident, earlier.target == channel, earlier.state == outbox.PENDING, earlier.id < Outgoing.id
    )
    statement = select(Outgoing).where(*_pending(channel), outbox.is_time(now), ~before.exists(), *which)
    return statement.order_by(Outgoing.id).execution_options(populate_existing=True)


def is_known_to(channel: str) -> ColumnElement[bool]:
    """Return whether a row's incident has a message of its own in a channel."""
    known = select(NoticeThread.channel).where(
        NoticeThread.incident_id == Outgoing.incident, NoticeThread.channel == channel, NoticeThread.is_gathered.is_(False)
    )
    return known.exists()


def lease(session: Session, rows: Sequence[Outgoing], now: int, lease_ms: int) -> None:
    """Take rows: no other worker takes them for so long."""
    _set(session, [row.id for row in rows], due_at=now + lease_ms, waits_from=now, attempts=Outgoing.attempts + 1)


def put_off(session: Session, channel: str, now: int, until: int, *which: ColumnElement[bool]) -> None:
    """Let what is due of a channel wait."""
    statement = update(Outgoing).where(*_pending(channel), outbox.is_time(now), *which).values(due_at=until, waits_from=now)
    session.execute(statement.execution_options(synchronize_session=False))


def mark(session: Session, rows: Sequence[Outgoing], state: str, now: int, why: str | None = None) -> None:
    """Note what became of rows: sent, dead or expired."""
    _set(session, [row.id for row in rows], state=state, sent_at=now if state == outbox.SENT else None, last_error=why and one_line(why))


def put_back(session: Session, rows: Sequence[Outgoing], why: str, now: int, again_s: float) -> None:
    """Note that rows were not sent, and for how long they wait."""
    _set(session, [row.id for row in rows], last_error=one_line(why), due_at=now + round(again_s * 1000), waits_from=now)


def one_line(why: str) -> str:
    """Return a reason as it is kept: in one line, and cut."""
    line = " ".join(why.split())
    return line if len(line) <= _MOST_REASON else f"{line[: _MOST_REASON - 1]}…"


def _set(session: Session, ids: Sequence[int], **values: Any) -> None:
    for start in range(0, len(ids), 500):
        its = update(Outgoing).where(Outgoing.id.in_(ids[start : start + 500]), Outgoing.state == outbox.PENDING)
        session.execute(its.values(**values).execution_options(synchronize_session=False))


def _pending(channel: str) -> tuple[ColumnElement[bool], ...]:
    return (Outgoing.target == channel, Outgoing.state == outbox.PENDING, Outgoing.kind == outbox.NOTICE)


@dataclass(frozen=True)
class ChannelCount:
    """How many notices of a channel are in a state."""

    channel: str
    state: str
    count: int
    oldest_at: int
    """When the first of them is, or was, due."""
    why: str = ""
    """Why those that were tried wait; empty if none was, and for those that wait no longer."""


def counts(session: Session, kind: str = outbox.NOTICE) -> list[ChannelCount]:
    """Return how many notices wait, are dead or expired, by channel; of actions by what is asked for."""
    states = (outbox.PENDING, outbox.DEAD, outbox.EXPIRED)
    why = func.coalesce(func.max(case((Outgoing.state == outbox.PENDING, Outgoing.last_error))), "")
    statement = select(Outgoing.target, Outgoing.state, func.count(), func.min(Outgoing.due_at), why)
    statement = statement.where(Outgoing.kind == kind, Outgoing.state.in_(states))
    rows = session.execute(statement.group_by(Outgoing.target, Outgoing.state).order_by(Outgoing.target, Outgoing.state))
    return [ChannelCount(*row) for row in rows]


def unsent(session: Session, state: str, limit: int = 100, kind: str = outbox.NOTICE) -> Sequence[Outgoing]:
    """Return notices, or actions, of a state, the latest first."""
    statement = select(Outgoing).where(Outgoing.kind == kind, Outgoing.state == state)
    return session.scalars(statement.order_by(Outgoing.due_at.desc(), Outgoing.id.desc()).limit(limit)).all()


def waits_since(row: Outgoing) -> int:
    """Return since when a notice waits: one that was given up begins anew when it is retried."""
    return int(row.document.get("again_at") or row.document["first_at"])
