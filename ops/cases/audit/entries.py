"""The audit as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from ops.cases.audit.chain import Act, audit
from ops.cases.errors import Invalid
from ops.cases.pages import Cursor, Order, Page, page_of, unindexed
from ops.cases.tables import AuditEntry, AuditSubject

_NARROW_FIRST = ("subject", "actor", "action")


@dataclass(frozen=True)
class AuditFilter:
    """Which entries; None: any."""

    subject: str | None = None
    """As `case:case-3f9a...`."""
    actor: str | None = None
    action: str | None = None
    entity: str | None = None
    """As `device:9c41...`: acts about it that were not erased."""
    since: int | None = None
    until: int | None = None


class AuditItem(NamedTuple):
    """An entry, and what is kept beside the chain; None if there is nothing, or it was erased."""

    entry: AuditEntry
    beside: AuditSubject | None


def entries(
    session: Session, wanted: AuditFilter | None = None, cursor: Cursor | None = None, limit: int = 50, newest_first: bool = True
) -> Page[AuditItem]:
    """Return a page of the audit."""
    statement, order = entries_statement(wanted or AuditFilter(), newest_first)
    page = page_of(session, statement, order, cursor, limit)
    return Page([AuditItem(*row) for row in page.rows], page.after)


def erase_entity(session: Session, entity: str, *, by: str, now: int) -> int:
    """Erase what is kept about an entity beside the chain, which stays whole; return how many acts it was.

    That somebody erased is in the chain, of what is not.
    """
    if ":" not in entity:
        raise Invalid("entity", "write it as device:9c41a2b3c4d5e6f7")
    erased: Any = session.execute(delete(AuditSubject).where(AuditSubject.entity == entity))
    audit(session, Act(now, by, "audit.erase", "audit", {"acts": erased.rowcount}))
    return int(erased.rowcount)


def entries_statement(wanted: AuditFilter, newest_first: bool = True) -> tuple[Select[Any], Order]:
    """Return the statement of a list of entries, and its order."""
    statement: Any = select(AuditEntry, AuditSubject).outerjoin(AuditSubject, AuditSubject.seq == AuditEntry.seq)
    order = Order(AuditEntry.seq, AuditEntry.seq, newest_first)
    given: Mapping[str, str] = {name: getattr(wanted, name) for name in _NARROW_FIRST if getattr(wanted, name) is not None}
    first = next(iter(given), None)
    if wanted.entity is not None:
        statement = select(AuditEntry, AuditSubject).join(AuditSubject, AuditSubject.seq == AuditEntry.seq)
        statement, order, first = (
            statement.where(AuditSubject.entity == wanted.entity),
            Order(AuditSubject.seq, AuditSubject.seq, newest_first),
            None,
        )
    for name, value in given.items():
        column = getattr(AuditEntry, name)
        statement = statement.where((column if name == first else unindexed(column)) == value)
    if wanted.since is not None:
        statement = statement.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(AuditEntry.at < wanted.until)
    return statement, order
