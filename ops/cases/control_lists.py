"""Lists of control records and of their changes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, Text, and_, cast, exists, literal, select
from sqlalchemy.orm import Session, aliased

from domain.control.records import LIST
from domain.rules.conditions import DELETED
from ops.cases import outbox
from ops.cases.control_changes import SENT, VALID, WAITING
from ops.cases.tables import ControlChange, Outgoing

MOST_OF_AN_ENTITY = 100
"""Most records of lists that are shown of one entity."""


IN_USE = "in use"
"""In place of a state: all records but those that are deleted."""


def records(
    session: Session, kind: str, limit: int, after: str | None = None, state: str | None = None, list_name: str | None = None
) -> Sequence[ControlChange]:
    """Return the newest change of each record that holds or is on its way, by id, after an id.

    `state`: those in this state, or `IN_USE`.
    """
    chosen = _newest().where(ControlChange.kind == kind)
    if after is not None:
        chosen = chosen.where(ControlChange.record_id > after)
    if state is not None:
        chosen = chosen.where(ControlChange.state != DELETED if state == IN_USE else ControlChange.state == state)
    if list_name is not None:
        chosen = chosen.where(ControlChange.list_name == list_name)
    return session.scalars(chosen.order_by(ControlChange.record_id).limit(limit)).all()


def records_of_entity(session: Session, entity: str) -> Sequence[ControlChange]:
    """Return the records of lists that name an entity, such as `device:9c41...`, but those deleted."""
    chosen = _newest().where(ControlChange.kind == LIST, ControlChange.entity == entity, ControlChange.state != DELETED)
    return session.scalars(chosen.order_by(ControlChange.record_id).limit(MOST_OF_AN_ENTITY)).all()


def list_names(session: Session) -> Sequence[str]:
    """Return the names of the lists that have or had a record."""
    named = select(ControlChange.list_name).where(ControlChange.kind == LIST, ControlChange.list_name.is_not(None)).distinct()
    return [name for name in session.scalars(named.order_by(ControlChange.list_name)) if name]


def changes(
    session: Session, limit: int, after: int | None = None, status: str | None = None, kind: str | None = None, record_id: str | None = None
) -> Sequence[ControlChange]:
    """Return changes, the newest first, before a running number."""
    chosen = select(ControlChange)
    if after is not None:
        chosen = chosen.where(ControlChange.id < after)
    if status in (SENT, WAITING):
        its = Outgoing.key == literal(f"{outbox.CONTROL}:").concat(cast(ControlChange.id, Text))
        pending = exists().where(its, Outgoing.state == outbox.PENDING)
        chosen = chosen.where(ControlChange.status == SENT, pending if status == WAITING else ~pending)
    elif status is not None:
        chosen = chosen.where(ControlChange.status == status)
    if kind is not None:
        chosen = chosen.where(ControlChange.kind == kind)
    if record_id is not None:
        chosen = chosen.where(ControlChange.record_id == record_id)
    return session.scalars(chosen.order_by(ControlChange.id.desc()).limit(limit)).all()


def _newest() -> Select[ControlChange]:
    later = aliased(ControlChange)
    same = and_(later.kind == ControlChange.kind, later.record_id == ControlChange.record_id, later.version > ControlChange.version)
    return select(ControlChange).where(ControlChange.status.in_(VALID), ~exists().where(same, later.status.in_(VALID)))
