"""Entities: found by a raw value, which is in no address and no table, or by their pseudonym."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import StringConstraints

from domain.events.event import Rejected
from ops.access.roles import Caller
from ops.api.bodies.entities import EntityKind
from ops.api.bodies.fields import Request as Fields
from ops.api.bodies.fields import Text
from ops.api.problems import Problem
from ops.api.rights import CallerHere
from ops.api.service import Service, ServiceHere
from ops.cases.entities import note_look_up
from ops.cases.entity_life import NEWEST, busiest, known_entities
from ops.desk.entity_search import best_of, hashed_names, pseudonyms_in
from ops.desk.forms import FormHere
from ops.desk.layout import page
from ops.desk.page_route import pages_of
from ops.desk.view.entity_names import KINDS, entity_name_of, kind_word

router = pages_of("entities")
Among = Annotated[str, Query(max_length=500, pattern=r"^(([a-z][a-z_]{0,31}:)?[0-9a-f]{16}(,|$))*$")]


class Asked(Fields):
    """What somebody looks for, of a kind or of whichever it may be. It is neither kept nor logged."""

    value: Annotated[str, StringConstraints(min_length=1, max_length=512)]
    kind: EntityKind | None = None
    reason: Text | None = None


@router.get("/entities")
def entities(request: Request, service: ServiceHere, pseudonym: Among = "") -> Response:
    """Return the search. One pseudonym with its kind, or of one kind that is known, leads to the entity."""
    names = list(dict.fromkeys(name for text in pseudonym.split(",") for name in pseudonyms_in(text)))
    known = _known(service, names)
    if len(known) == 1 and (len(names) == 1 or "," not in pseudonym):
        return RedirectResponse(f"/entities/{known[0]}", 303)
    return _page(request, service, names=known or names, is_known=bool(known))


@router.post("/entities")
def looked_up(request: Request, service: ServiceHere, caller: CallerHere, form: FormHere) -> Response:
    """Hash what was typed and go to the entity. Who looked, and at which pseudonym, is in the audit.

    Sixteen digits that are nobody's pseudonym may be an identifier.
    """
    if known := _known(service, pseudonyms_in(form.one("value"))):
        return RedirectResponse(_way(known), 303)
    try:
        return _found(service, caller, form.body(Asked))
    except Problem as problem:
        return _page(request, service, error=problem.detail, kind=form.one("kind"), status=problem.status)


def _found(service: Service, caller: Caller, asked: Asked) -> Response:
    if service.pseudonyms is None:
        raise Problem(503, "this service has no key of pseudonyms: start it with the settings of the job")
    try:
        names = hashed_names(asked.kind or "", asked.value, service.pseudonyms)
    except Rejected as why:
        raise Problem(422, why.reason, "value") from None
    with service.store.begin() as session:
        for name in names:
            note_look_up(session, name, by=caller.name, now=service.clock(), is_raw=True, reason=asked.reason)
        found = best_of(session, names)
    return RedirectResponse(_way(found), 303)


def _known(service: Service, names: Sequence[str]) -> list[str]:
    """Return those that the store knows; a single one as it is: its page says what is not known."""
    if len(names) < 2:
        return list(names)
    with service.store.read() as session:
        return known_entities(session, names)


def _way(names: Sequence[str]) -> str:
    """Return the address of an entity, or of the choice among several."""
    return f"/entities/{names[0]}" if len(names) == 1 else f"/entities?pseudonym={','.join(names)}"


def _page(
    request: Request, service: Service, names: list[str] | None = None, is_known: bool = False, error: str = "", kind: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    with service.store.read() as session:
        busy = busiest(session)
    return page(
        request, "entities.html", status, names=[entity_name_of(name) for name in names or ()], is_known=is_known, error=error,
        kinds=[(one, kind_word(one)) for one in KINDS], kind=kind, newest=NEWEST, busy=[(entity_name_of(one.entity), one) for one in busy],
    )  # fmt: skip
