"""An entity is put on a list: by its pseudonym, or by its raw value, hashed at once and kept nowhere."""

from __future__ import annotations

import secrets

from fastapi import Response

from domain.control.listed import hashed
from domain.events.event import Rejected
from domain.events.identity import as_text
from domain.times import DAY_MS
from ops.access.roles import Caller
from ops.api.bodies.control import ChangeRow, NewListRecord
from ops.api.control_desk import rejected
from ops.api.problems import Problem
from ops.api.routes.lists import put_listed
from ops.api.service import Service
from ops.cases.control_lists import records_of_entity
from ops.desk.forms import Form

RAW, PSEUDONYM = "raw", "pseudonym"
EXPIRIES = (("", "it stays"), ("1", "in a day"), ("7", "in a week"), ("30", "in 30 days"), ("90", "in 90 days"), ("365", "in a year"))
"""Days until a record ends, as the form has them -> words."""


def put_on_list(service: Service, caller: Caller, form: Form) -> ChangeRow:
    """Put on a list what a form names; a record that the list has of it gets a new version.

    Raises `Problem` 422 with the field at fault; what was typed as a raw value is in no answer.
    """
    entity = _entity_of(service, form.one("who"), form.one("value"), form.one("how"))
    wanted = form.body(NewListRecord, entity=entity, expires_at=_until(service, form.one("days")))
    return put_listed(service, caller, Response(), _record_of(service, wanted.list, entity), wanted)


def _entity_of(service: Service, kind: str, value: str, how: str) -> str:
    if how == PSEUDONYM:
        return f"{kind}:{value.removeprefix(f'{kind}:').lower()}"
    if service.pseudonyms is None:
        raise Problem(503, "this service has no key of pseudonyms: start it with the settings of the job")
    try:
        return f"{kind}:{as_text(hashed(kind, value, service.pseudonyms, 'value'))}"
    except Rejected as why:
        raise rejected(why) from None


def _until(service: Service, days: str) -> int | None:
    if days not in dict(EXPIRIES):
        raise Problem(422, "days: one of the choices of the form is wanted", "days")
    return service.clock() + int(days) * DAY_MS if days else None


def _record_of(service: Service, list_name: str, entity: str) -> str:
    """Return the record by which an entity is on a list, else a new id, which says nothing of the entity."""
    with service.store.read() as session:
        its = [one.record_id for one in records_of_entity(session, entity) if one.list_name == list_name]
    return its[0] if its else f"{list_name[:32]}-{secrets.token_hex(6)}"
