"""Actions on events as the store keeps them: one of a kind for each event, with the row that is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.json_text import as_json
from ops.cases import outbox
from ops.cases.ingest.holders import parts
from ops.cases.tables import ActionRow, Outgoing
from ops.cases.upsert import insert_missing, insert_new

DRY = "dry"
"""State of an action that is only recorded; others have that of their row in the outbox."""
UNDONE = "undone"
"""State of an action for which a budget had nothing left."""

LATE = "the decision was older than actions.expire_min when it was read; are the clocks of job and worker alike?"
AHEAD = "the decision is dated more than actions.expire_min ahead of now; are the clocks of job and worker alike?"


@dataclass(frozen=True)
class NewAction:
    """An action to be recorded, and sent unless it is dry."""

    row: Mapping[str, Any]
    """Columns of `ActionRow`."""
    data: Mapping[str, Any]
    """What the shop is sent."""
    until: int | None = None
    """After this moment it is not sent; None: it is sent however late."""
    why_not: str = ""
    """Why it is not sent: it is too late already, or nobody knows whether it is."""

    @property
    def is_late(self) -> bool:
        """Return whether it is never sent."""
        return bool(self.why_not)

    @property
    def is_sent(self) -> bool:
        """Return whether it is in the outbox, if only to say there why it is not sent."""
        return not (self.row["is_dry"] or self.row["is_undone"])


def event_key(account: str, event_id: str) -> str:
    """Return what names an event among all: ids are an account's own."""
    return sha256(as_json([account, event_id]).encode()).hexdigest()[:24]


def action_key(event: str, action: str) -> str:
    """Return what names an action among all; its row in the outbox has the same."""
    return f"action:{event}:{action}"


def undone_key(event: str, action: str) -> str:
    """Return what names an action that was left undone: it may be done yet."""
    return f"{action_key(event, action)}:{UNDONE}"


def acted_on(session: Session, events: Iterable[str]) -> set[str]:
    """Return which of these events an action was taken on."""
    found: set[str] = set()
    for part in parts(set(events)):
        found |= set(session.scalars(select(ActionRow.event_key).where(ActionRow.event_key.in_(part), ActionRow.is_undone.is_not(True))))
    return found


def put_actions(session: Session, new: Sequence[NewAction]) -> list[NewAction]:
    """Record actions, and put those that are not dry into the outbox; return those that were not there."""
    written = insert_new(session, ActionRow, [one.row for one in new], "key")
    fresh = [one for one in new if one.row["key"] in written]
    insert_missing(session, Outgoing, [_outgoing(one) for one in fresh if one.is_sent], ("key",))
    return fresh


def sent_rows(session: Session, keys: Iterable[str]) -> dict[str, Outgoing]:
    """Return the outbox's rows of actions by their keys, locked until the commit."""
    found: dict[str, Outgoing] = {}
    for part in parts(set(keys)):
        statement = select(Outgoing).where(Outgoing.key.in_(part)).order_by(Outgoing.id).with_for_update()
        found |= {row.key: row for row in session.scalars(statement.execution_options(populate_existing=True))}
    return found


def _outgoing(one: NewAction) -> dict[str, Any]:
    return {
        "key": one.row["key"],
        "kind": outbox.ACTION,
        "target": one.row["action"],
        "incident": one.row["event_key"],
        "document": {"first_at": one.row["taken_at"], "until": one.until, "by": one.row["by"], "data": dict(one.data)},
        "due_at": one.row["taken_at"],
        "waits_from": one.row["taken_at"],
        "state": outbox.EXPIRED if one.is_late else outbox.PENDING,
        "attempts": 0,
        "last_error": one.why_not or None,
    }
