"""An account erased from the store: its rows go, and in those that are of others, too, its name is masked.

The audit's chain names nobody; what is kept beside it goes, and the chain stays whole. Entries of lists stay,
for a person has put the account there: `kept_lists` says how many, and the desk deletes them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, or_, select
from sqlalchemy.orm import Session

from ops.cases import outbox
from ops.cases.audit.chain import Act, audit
from ops.cases.erased_rows import Erased, Eraser
from ops.cases.masks import Mask
from ops.cases.tables import (
    ActionRelease,
    ActionRow,
    AlertRow,
    AuditSubject,
    CaseRow,
    Comment,
    ControlChange,
    DecidedEvent,
    DeskAct,
    IncidentEntity,
    IncidentRevision,
    IncidentRing,
    IncidentRow,
    NoticeThread,
    Outgoing,
    Question,
    SavedFilter,
    SummaryFeedback,
    Table,
    VerdictRow,
)

_PEOPLE: tuple[tuple[type[Table], tuple[str, ...]], ...] = (
    (DeskAct, ("said", "steps")),
    (SavedFilter, ("name", "query")),
    (Question, ("question", "answer")),
    (AuditSubject, ("entity", "text")),
)
"""Tables of what people did and asked, and where an account may be named."""
FORGET_KEY = "forget:"
"""Begins the keys of the outbox by which the job is told to forget."""


@dataclass(frozen=True)
class Name:
    """An account to be forgotten: its pseudonym, and the id that it was named by, if one was."""

    pseudonym: str
    raw: str | None = None

    @property
    def entity(self) -> str:
        """Return it as the tables write entities."""
        return f"account:{self.pseudonym}"


def entities_of(session: Session, account: str) -> list[dict[str, str]]:
    """Return with which further entities the account was seen: pseudonyms by kind, each set once."""
    decided = select(DecidedEvent.pseudonyms).where(DecidedEvent.account == account)
    alerts = select(AlertRow.document).where(AlertRow.account == account)
    found = [*session.scalars(decided), *(document.get("entities") or {} for document in session.scalars(alerts))]
    return [dict(pairs) for pairs in dict.fromkeys(tuple(sorted(one.items())) for one in found)]


def kept_lists(session: Session, name: Name) -> int:
    """Return how many changes of lists name the account; they stay."""
    named = select(func.count()).select_from(ControlChange).where(ControlChange.entity == name.entity)
    return session.scalar(named) or 0


def erase_account(session: Session, name: Name, by: str, now: int, dry: bool = False) -> list[Erased]:
    """Erase an account, and return what was done to each table; with `dry` only what would be."""
    rows = Eraser(session, dry)
    its = session.execute(select(AlertRow.event_id, AlertRow.incident_id).where(AlertRow.account == name.pseudonym)).all()
    mask = Mask(name.pseudonym, name.raw, [row.event_id for row in its])
    done = [
        *_mask_incidents(rows, mask, {row.incident_id for row in its if row.incident_id}),
        *_delete(rows, name),
        *_mask_words(rows, mask),
    ]
    done = [one for one in done if one.deleted or one.masked]
    if not dry:
        count = {"deleted": sum(one.deleted for one in done), "masked": sum(one.masked for one in done)}
        audit(session, Act(now, by, "account.forget", "account", count))
    return done


def _mask_incidents(rows: Eraser, mask: Mask, incidents: Collection[str]) -> Iterator[Erased]:
    """Mask what is of a whole ring; event ids are masked where the account's alerts are."""
    for table, key, columns in (
        (IncidentRow, IncidentRow.id, ("document", "headline", "ring")),
        (IncidentRevision, IncidentRevision.incident_id, ("document",)),
        (SummaryFeedback, SummaryFeedback.incident_id, ("text", "why")),
        (NoticeThread, NoticeThread.incident_id, ("shown",)),
    ):
        yield rows.mask(table, columns, mask, or_(key.in_(incidents), _names(mask, table, *columns)))
    taken = select(IncidentRing.incident_id).where(IncidentRing.ring == mask.mark)
    ring = IncidentRing.ring == mask.pseudonym
    yield rows.delete(IncidentRing, ring, IncidentRing.incident_id.in_(taken))
    yield rows.mask(IncidentRing, ("ring",), mask, ring)


def _mask_words(rows: Eraser, mask: Mask) -> Iterator[Erased]:
    """Mask the name in what people wrote, and in documents that are not the account's alone."""
    of_ring = Outgoing.kind.in_((outbox.TOLD, outbox.NOTICE))
    of_others = (Outgoing.kind != outbox.CONTROL) & ~cast(Outgoing.document, Text).contains(mask.pseudonym)
    yield rows.mask(AlertRow, ("ring", "document"), mask, AlertRow.account != mask.pseudonym, _names(mask, AlertRow, "document"))
    yield rows.mask(Outgoing, ("document", "last_error"), mask, of_ring | of_others, _names(mask, Outgoing, "document", "last_error"))
    yield rows.mask(Comment, ("text",), mask, _names(mask, Comment, "text"))
    yield rows.mask(VerdictRow, ("reason", "undone_why"), mask, _names(mask, VerdictRow, "reason", "undone_why"))
    yield rows.mask(CaseRow, ("reopened_why",), mask, _names(mask, CaseRow, "reopened_why"))
    no_list = ControlChange.entity.is_distinct_from(f"account:{mask.pseudonym}")
    yield rows.mask(ControlChange, ("record", "reason"), mask, no_list, _names(mask, ControlChange, "record", "reason"))


def _delete(rows: Eraser, name: Name) -> Iterator[Erased]:
    """Delete what is of the account alone."""
    mask, account = Mask(name.pseudonym, name.raw), name.pseudonym
    keys = select(ActionRow.event_key).where(ActionRow.account == account)
    told = Outgoing.state == outbox.PENDING, Outgoing.key.startswith(FORGET_KEY)
    alone = Outgoing.kind.in_((outbox.LABEL, outbox.ACTION)) | ((Outgoing.kind == outbox.CONTROL) & (Outgoing.state != outbox.PENDING))
    yield rows.delete(ActionRelease, ActionRelease.event_key.in_(keys))
    of_it = cast(Outgoing.document, Text).contains(account)  # the reason of another's label may hold the id
    yield rows.delete(Outgoing, alone, ~(told[0] & told[1]), of_it)
    yield rows.delete(ActionRow, ActionRow.account == account)
    yield rows.delete(DecidedEvent, DecidedEvent.account == account)
    yield rows.delete(IncidentEntity, IncidentEntity.entity == name.entity)
    for table, columns in _PEOPLE:
        yield rows.delete_named(table, columns, mask, _names(mask, table, *columns))
    yield rows.delete(AlertRow, AlertRow.account == account)


def _names(mask: Mask, table: Any, *columns: str) -> ColumnElement[bool]:
    """Choose rows whose columns hold the pseudonym, or the id: as JSON in documents, so as text in all."""
    texts = [cast(getattr(table, column), Text) for column in columns]
    return or_(*(text.icontains(word, autoescape=True) for text in texts for word in mask.words))
