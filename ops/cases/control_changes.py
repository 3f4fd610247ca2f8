"""Changes of rules, lists, switches and models: asked for, checked, given a version, and sent by the outbox.

The job has the last word. What it says of a change is in `control_answers`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from domain.control.records import LIST, SWITCH, ControlRecord, record_of, refuse_mistyped
from domain.decisions.effects import ALLOW_LIST, AUTO_BLOCK
from domain.events.event import MAX_LINE_BYTES, Rejected
from domain.events.identity import Pseudonyms
from domain.json_text import as_json
from domain.rules.conditions import ACTIVE, DELETED, PAUSED
from domain.rules.names import RuleNames
from ops.cases import outbox
from ops.cases.control_files import ControlFiles
from ops.cases.tables import ControlChange

PROPOSED, SENT, APPLIED, REFUSED, OVERTAKEN, WITHDRAWN = "proposed", "sent", "applied", "refused", "overtaken", "withdrawn"
WAITING = "waiting"
"""What is said of a sent one whose record is still in the outbox; the store does not hold it as a status."""
VALID = (SENT, APPLIED)
"""Statuses of changes that hold, or will as soon as the job reads them."""
_OWN = ("control", "id", "name", "version", "by", "reason")
_SIGNATURE_BYTES = 256


@dataclass(frozen=True)
class Wanted:
    """What somebody wants: a record without version."""

    kind: str
    """One of `domain.control.records.KINDS`."""
    record_id: str
    """The id, of a switch its name, empty for a model."""
    content: Mapping[str, Any]
    """The record's other fields."""
    by: str
    reason: str
    is_kept: bool = False
    """Whether all but the state is as in the version before."""

    @property
    def only_rests(self) -> bool:
        """Whether it only ends what was in force: the job reads no file for that."""
        return self.is_kept and self.content.get("state") in (PAUSED, DELETED)

    def document(self, version: int) -> dict[str, Any]:
        """Return the record with a version."""
        name = "name" if self.kind == SWITCH else "id"
        identity = {name: self.record_id} if self.record_id else {}
        given = {key: value for key, value in self.content.items() if value is not None}
        return {"control": self.kind, **identity, "version": version, **given, "by": self.by, "reason": self.reason}


@dataclass(frozen=True)
class ControlDesk:
    """What makes changes of what people want."""

    names: RuleNames
    pseudonyms: Pseudonyms
    target: str
    """Where control records are sent, such as `redis:control`."""
    files: ControlFiles = field(default_factory=ControlFiles)
    """Where files of lists and models must lie."""

    def ask(self, session: Session, wanted: Wanted, now: int, *, alone: bool = False) -> ControlChange:
        """Return the change, sent or, where a second person is needed and nobody is `alone`, proposed.

        Raises `Rejected` with the field and the mend for a record that the job would refuse.
        """
        lock(session, wanted.kind, wanted.record_id)
        version = next_version(session, wanted.kind, wanted.record_id)
        document = wanted.document(version)
        record, entity = self._checked(document if wanted.only_rests else self.files.checked(document))
        proposed = needs_second(record) and not alone
        change = ControlChange(
            kind=wanted.kind,
            record_id=wanted.record_id,
            version=None if proposed else version,
            state=record.state,
            list_name=record.document.get("list"),
            entity=entity,
            record=record.document,
            by=wanted.by,
            reason=wanted.reason,
            at=now,
            status=PROPOSED if proposed else SENT,
        )
        session.add(change)
        session.flush()
        if not proposed:
            self._send(session, change, now)
        return change

    def approve(self, session: Session, change: ControlChange, by: str, now: int) -> None:
        """Send a proposed change under the next version. Raises `Rejected` if it does not hold any more."""
        lock(session, change.kind, change.record_id)
        version = next_version(session, change.kind, change.record_id)
        record, change.entity = self._checked(self.files.checked({**change.record, "version": version}))
        change.record = record.document
        change.version, change.status, change.approved_by, change.approved_at = version, SENT, by, now
        session.flush()
        self._send(session, change, now)

    def _checked(self, document: dict[str, Any]) -> tuple[ControlRecord, str | None]:
        """Return the record, and its entity: one that rests does not hold it, and may be put back."""
        record = record_of(document, self.names, self.pseudonyms)
        refuse_mistyped(record)
        size = len(as_json(record.document).encode()) + _SIGNATURE_BYTES
        if size > MAX_LINE_BYTES:
            raise Rejected("line", f"the record has {size:,} bytes, at most {MAX_LINE_BYTES:,} are taken; a list of many names a file")
        rests = record.kind == LIST and record.state in (PAUSED, DELETED) and _names_entity(document)
        whole = record_of({**document, "state": ACTIVE}, self.names, self.pseudonyms) if rests else record
        return record, whole.document.get("entity")

    def _send(self, session: Session, change: ControlChange, now: int) -> None:
        outbox.put(session, outbox.CONTROL, self.target, {outbox.control_key(change.id): change.record}, now, now)


def _names_entity(document: Mapping[str, Any]) -> bool:
    return any(document.get(name) is not None for name in ("entity", "raw"))


def needs_second(record: ControlRecord) -> bool:
    """Return whether a change needs a second person: it lets an entity pass."""
    return record.kind == LIST and record.state == ACTIVE and record.listed is not None and record.listed.list == ALLOW_LIST


def lock(session: Session, kind: str, record_id: str) -> None:
    """Let no other transaction choose a version of this record until this one ends.

    SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        digest = hashlib.blake2b(f"control:{kind}:{record_id}".encode(), digest_size=8).digest()
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": int.from_bytes(digest, "big", signed=True)})


def next_version(session: Session, kind: str, record_id: str) -> int:
    """Return the version after the highest that is known, refused ones included."""
    highest = session.scalar(
        select(func.max(ControlChange.version)).where(ControlChange.kind == kind, ControlChange.record_id == record_id)
    )
    return (highest or 0) + 1


def newest(session: Session, kind: str, record_id: str, among: Sequence[str] = VALID) -> ControlChange | None:
    """Return the change of the highest version that holds or is on its way, None if there is none.

    `among` are the statuses that it may have: with `APPLIED` alone it is in force.
    """
    chosen = (ControlChange.kind == kind, ControlChange.record_id == record_id, ControlChange.status.in_(among))
    return session.scalars(select(ControlChange).where(*chosen).order_by(ControlChange.version.desc()).limit(1)).first()


@dataclass(frozen=True)
class Position:
    """Where a switch is: by what the job has said that it put in force, and by nothing else."""

    change: ControlChange | None
    """The one in force; None: the switch is on, as at the start."""
    coming: ControlChange | None
    """A later one of which the job has said nothing yet."""

    @property
    def is_on(self) -> bool:
        """Whether it is on in the job."""
        return self.change is None or bool(self.change.record.get("on"))

    @property
    def is_changing(self) -> bool:
        """Whether it will be the other way round, if the job takes what is coming."""
        return self.coming is not None and bool(self.coming.record.get("on")) != self.is_on


def switch_position(session: Session, name: str) -> Position:
    """Return where a switch is. A record that the job refuses, ignores or never reads does not turn it."""
    holds, newer = newest(session, SWITCH, name, (APPLIED,)), newest(session, SWITCH, name)
    return Position(holds, newer if newer is not holds else None)


def auto_block(session: Session) -> Position:
    """Return where the switch of automatic blocking is."""
    return switch_position(session, AUTO_BLOCK)


def statuses(session: Session, found: Sequence[ControlChange]) -> dict[int, str]:
    """Return the status of each change by its number; `WAITING` while its record is in no stream yet."""
    pending = outbox.pending_changes(session, [change.id for change in found if change.status == SENT])
    return {change.id: WAITING if change.id in pending else change.status for change in found}


def with_state(change: ControlChange, state: str, by: str, reason: str) -> Wanted:
    """Return the same content in another state."""
    content = {name: value for name, value in change.record.items() if name not in _OWN}
    if change.entity is not None:
        content["entity"] = change.entity
    return Wanted(change.kind, change.record_id, {**content, "state": state}, by, reason, is_kept=True)
