"""Notices to channels: what waits, what was given up and why, with a button that sends it again."""

from __future__ import annotations

from fastapi import Request, Response

from ops.api.bodies.notices import Retry
from ops.api.rights import CallerHere
from ops.api.routes import notices as api
from ops.api.service import ServiceHere
from ops.desk.forms import FormHere
from ops.desk.layout import page
from ops.desk.page_route import pages_of
from ops.desk.ways import back_to

router = pages_of("notices")


@router.get("/notices")
def notices(request: Request, service: ServiceHere) -> Response:
    """Return what waits and what was given up."""
    found = api.notices(service)
    return page(request, "notices.html", counts=found.counts, dead=found.dead)


@router.post("/notices/retry")
def retried(service: ServiceHere, caller: CallerHere, form: FormHere) -> Response:
    """Send one again, or all."""
    one = form.one("id")
    api.retried(service, caller, form.body(Retry, ids=[one] if one else None))
    return back_to("/notices")
