"""Entries of lists: an entity is put on a list or taken off, and for some seconds that can be taken back."""

from __future__ import annotations

import secrets

from sqlalchemy.orm import Session

from domain.control.listed import hashed
from domain.events.event import Rejected
from domain.events.identity import as_text
from domain.rules.conditions import ACTIVE, DELETED, PAUSED, SHADOW
from ops.access.roles import Caller
from ops.api.bodies.control import NewListRecord, NewState
from ops.api.control_desk import asked, asked_state, rejected
from ops.api.problems import Problem
from ops.api.routes.lists import LIST, wanted_entry
from ops.api.service import Service
from ops.assistant.proposal import LIST as LIST_ACT
from ops.cases.control_changes import PROPOSED
from ops.cases.control_lists import records_of_entity
from ops.cases.tables import ControlChange
from ops.desk.forms import Form
from ops.desk.list_acts import keep_list_act
from ops.desk.proposed import confirm
from ops.desk.view.listing_form import expiry_of

PSEUDONYM = "pseudonym"
_DONE = {ACTIVE: "Put on", SHADOW: "In shadow on", PAUSED: "Paused on", DELETED: "Taken off"}


def entity_of(service: Service, form: Form) -> str:
    """Return the entity that a form names: by its pseudonym, or by its raw value, which is kept nowhere.

    Raises `Problem` 422 with the field at fault; what was typed as a raw value is in no answer.
    """
    kind, value = form.one("who"), form.one("value")
    if form.one("how") == PSEUDONYM:
        return f"{kind}:{value.removeprefix(f'{kind}:').lower()}"
    if service.pseudonyms is None:
        raise Problem(503, "this service has no key of pseudonyms: start it with the settings of the job")
    try:
        return f"{kind}:{as_text(hashed(kind, value, service.pseudonyms, 'value'))}"
    except Rejected as why:
        raise rejected(why) from None


def put_on_list(service: Service, caller: Caller, form: Form, entity: str) -> ControlChange:
    """Put an entity on the list that a form names; a record that the list has of it gets a new version.

    Raises `Problem` 422 with the field at fault.
    """
    wanted = form.body(NewListRecord, entity=entity, expires_at=_until(service, form.one("expires")))
    with service.store.begin() as session:
        change = asked(session, service, caller, wanted_entry(_record_of(session, wanted.list, entity), wanted, caller))
        _keep(session, service, caller, change)
        confirm(session, service, caller, form, LIST_ACT, {"change": change.id}, entity=entity)
    return change


def change_state(service: Service, caller: Caller, record_id: str, wanted: NewState) -> ControlChange:
    """Put a record in force, or out of it. Raises `Problem` 404 for none."""
    with service.store.begin() as session:
        change = asked_state(session, service, caller, LIST, record_id, wanted.state, wanted.reason)
        _keep(session, service, caller, change)
    return change


def _keep(session: Session, service: Service, caller: Caller, change: ControlChange) -> None:
    name = f"the list {change.list_name}" if change.list_name else "a list"
    said = f"Proposed for {name}." if change.status == PROPOSED else f"{_DONE[change.state]} {name}."
    keep_list_act(session, change, said, caller.name, service.clock())


def _until(service: Service, expires: str) -> int | None:
    try:
        return expiry_of(expires).until(service.clock())
    except KeyError:
        raise Problem(422, "expires: one of the choices of the form is wanted", "expires") from None


def _record_of(session: Session, list_name: str, entity: str) -> str:
    """Return the record by which an entity is on a list; else a new id, which says nothing of the entity: the
    chain of the audit has it for ever.
    """
    its = [one.record_id for one in records_of_entity(session, entity) if one.list_name == list_name]
    return its[0] if its else f"{list_name[:32]}-{secrets.token_hex(6)}"
