"""What the routes of rules, lists, switches and models share: a record is asked for, or shown."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from sqlalchemy.orm import Session

from domain.events.event import Rejected
from ops.access.roles import LOCAL, Caller
from ops.api.bodies.control import ChangePage, ChangeRow
from ops.api.pages import cut, key_of
from ops.api.problems import Problem, answers
from ops.api.service import Service
from ops.api.shown import change_bodies, change_body
from ops.cases.audit.chain import Act, audit
from ops.cases.control_changes import PROPOSED, ControlDesk, Wanted, lock, newest, next_version, with_state
from ops.cases.control_lists import records
from ops.cases.tables import ControlChange

ASKED: dict[int | str, dict[str, Any]] = {
    200: {"description": "It is on its way to the job, which applies or refuses it: see `/v1/changes/{id}`"},
    202: {"description": "It waits for a second person", "model": ChangeRow},
    **answers(404, 409, 422, 503),
}
"""The answers of a route that asks for a change."""


def ask(service: Service, caller: Caller, response: Response, wanted: Wanted, seen: int | None = None) -> ChangeRow:
    """Ask for a change; the answer's status says whether it waits for a second person.

    `seen`: the newest version that the caller knows, 0 of none. Raises `Problem` 409 if there is another one.
    """
    with service.store.begin() as session:
        return _answer(session, response, asked_as_seen(session, service, caller, wanted, seen))


def ask_state(service: Service, caller: Caller, response: Response, kind: str, record_id: str, state: str, reason: str) -> ChangeRow:
    """Ask for another state of a record that is there."""
    with service.store.begin() as session:
        return _answer(session, response, asked_state(session, service, caller, kind, record_id, state, reason))


def asked_as_seen(session: Session, service: Service, caller: Caller, wanted: Wanted, seen: int | None) -> ControlChange:
    """Ask for a change of what the caller has seen, in a transaction that has begun."""
    _refuse_unseen(session, wanted, seen)
    return asked(session, service, caller, wanted)


def asked(session: Session, service: Service, caller: Caller, wanted: Wanted, alone: bool = False) -> ControlChange:
    """Ask for a change in a transaction that has begun. `alone`: no second person is needed.

    Raises `Problem` 422 with the field that the job would refuse.
    """
    now = service.clock()
    try:
        change = desk_of(service).ask(session, wanted, now, alone=alone or caller == LOCAL)
    except Rejected as why:
        raise rejected(why) from None
    audit_change(session, change, "propose" if change.status == PROPOSED else "ask", caller, now)
    return change


def asked_state(session: Session, service: Service, caller: Caller, kind: str, record_id: str, state: str, reason: str) -> ControlChange:
    """Ask for another state of a record in a transaction that has begun. Raises `Problem` 404."""
    change = newest(session, kind, record_id)
    if change is None:
        raise Problem(404, f"there is no {kind} {record_id}")
    return asked(session, service, caller, with_state(change, state, caller.name, reason))


def page_of_records(
    service: Service, kind: str, limit: int, cursor: str | None, state: str | None = None, list_name: str | None = None
) -> ChangePage:
    """Return a page of the records of a kind, by id."""
    key = key_of(kind, cursor, str)
    with service.store.read() as session:
        rows = records(session, kind, limit + 1, str(key[0]) if key else None, state, list_name)
        page, following = cut(rows, limit, kind, lambda row: (row.record_id,))
        return ChangePage(items=change_bodies(session, page), next=following)


def record_of_id(service: Service, kind: str, record_id: str) -> ChangeRow:
    """Return the newest version of a record. Raises `Problem` 404."""
    with service.store.read() as session:
        change = newest(session, kind, record_id)
        if change is None:
            raise Problem(404, f"there is no {kind} {record_id}")
        return change_body(session, change)


def desk_of(service: Service) -> ControlDesk:
    """Return what makes control records. Raises `Problem` 503 where nothing does."""
    if service.control is None:
        raise Problem(503, "this service sends no control records: start it with the settings of the job")
    return service.control


def rejected(why: Rejected) -> Problem:
    """Return the problem that names the field which the job would refuse."""
    return Problem(422, f"{why.field}: {why.reason}", why.field)


def _refuse_unseen(session: Session, wanted: Wanted, seen: int | None) -> None:
    lock(session, wanted.kind, wanted.record_id)
    newest_of_all = next_version(session, wanted.kind, wanted.record_id) - 1
    if seen is None or seen == newest_of_all:
        return
    name = f"{wanted.kind} {wanted.record_id}"
    if not seen:
        raise Problem(409, f"there is a {name} already: open it, or choose another id")
    raise Problem(409, f"{name} has version {newest_of_all} by now, you have seen {seen}: look at what has changed, and change it then")


def _answer(session: Session, response: Response, change: ControlChange) -> ChangeRow:
    if change.status == PROPOSED:
        response.status_code = 202
    return change_body(session, change)


def audit_change(session: Session, change: ControlChange, act: str, caller: Caller, now: int) -> None:
    """Note what somebody did with a change; what it holds may have to be erased and is kept apart."""
    details = {"change": change.id, "version": change.version, "state": change.state}
    private = {"record": change.record, "reason": change.reason}
    name = f"{change.kind}:{change.record_id}" if change.record_id else change.kind
    audit(session, Act(now, caller.name, f"control.{act}", name, details, private, change.entity))
