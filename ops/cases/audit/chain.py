"""The chain: how an entry is hashed and added. One that adds locks the head until its commit, and no longer
than it must: entries are written last.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from domain.json_text import as_json
from ops.cases.tables.audit import AuditEntry, AuditHead, AuditSubject

START = "0" * 64
"""What the first entry names as the hash before."""
_PENDING = "audit"


@dataclass(frozen=True)
class Act:
    """What somebody did.

    `details` must hold neither pseudonyms nor free text: the chain keeps them for ever. What may have to be
    erased is `private`, of which the chain keeps a salted digest.
    """

    at: int
    actor: str
    action: str
    """As `case.claim`."""
    subject: str
    """As `case:case-3f9a...`."""
    details: Mapping[str, Any] = field(default_factory=dict)
    private: Mapping[str, Any] = field(default_factory=dict)
    entity: str | None = None
    """As `device:9c41...`, if the act was about one."""


def audit(session: Session, act: Act) -> None:
    """Have the act written when the transaction of `session` (of `Store.begin`) is committed."""
    pending_acts(session).append(act)


def pending_acts(session: Session) -> list[Act]:
    """Return what the transaction is to write; a part that is undone takes its acts out again."""
    acts: list[Act] = session.info.setdefault(_PENDING, [])
    return acts


def write_pending(session: Session) -> None:
    """Add what was audited in this transaction to the chain, in order."""
    acts: list[Act] = session.info.pop(_PENDING, [])
    if not acts:
        return
    head = session.execute(select(AuditHead.seq, AuditHead.hash).where(AuditHead.id == 1).with_for_update()).one()
    previous = head.hash
    for seq, act in enumerate(acts, start=head.seq + 1):
        previous = _append(session, seq, previous, act)
    session.execute(update(AuditHead).where(AuditHead.id == 1).values(seq=head.seq + len(acts), hash=previous))


def entry_hash(seq: int, at: int, actor: str, action: str, subject: str, details: str, commitment: str | None, previous: str) -> str:
    """Return the SHA-256 of an entry, of 64 hexadecimal digits: of all its columns as one JSON array."""
    return hashlib.sha256(as_json([seq, at, actor, action, subject, details, commitment, previous]).encode()).hexdigest()


def commitment_to(salt: str, entity: str | None, text: str) -> str:
    """Return the salted digest of what is kept beside the chain."""
    return hashlib.sha256(as_json([salt, entity, text]).encode()).hexdigest()


def _append(session: Session, seq: int, previous: str, act: Act) -> str:
    commitment = _keep_subject(session, seq, act) if act.private or act.entity else None
    details = as_json(dict(act.details))
    hashed = entry_hash(seq, act.at, act.actor, act.action, act.subject, details, commitment, previous)
    row = {"seq": seq, "at": act.at, "actor": act.actor, "action": act.action, "subject": act.subject}
    session.execute(insert(AuditEntry).values(**row, details=details, commitment=commitment, previous=previous, hash=hashed))
    return hashed


def _keep_subject(session: Session, seq: int, act: Act) -> str:
    salt, text = secrets.token_hex(16), as_json(dict(act.private))
    session.execute(insert(AuditSubject).values(seq=seq, salt=salt, entity=act.entity, text=text))
    return commitment_to(salt, act.entity, text)
