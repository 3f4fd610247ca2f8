"""What waits for a second person: approve it, or turn it down."""

from __future__ import annotations

from fastapi import Response

from ops.api.bodies.cases import Reason
from ops.api.rights import CallerHere
from ops.api.routes import changes
from ops.api.routes.changes import ChangeId
from ops.api.service import ServiceHere
from ops.desk.forms import FormHere
from ops.desk.page_route import pages_of
from ops.desk.ways import back_to

router = pages_of("proposals")


@router.post("/changes/{change_id}/approve")
def approve(service: ServiceHere, caller: CallerHere, change_id: ChangeId, form: FormHere) -> Response:
    """Carry out what another person proposed."""
    changes.approve(service, caller, change_id)
    return back_to(form.one("back"))


@router.post("/changes/{change_id}/withdraw")
def withdraw(service: ServiceHere, caller: CallerHere, change_id: ChangeId, form: FormHere) -> Response:
    """Turn down what was proposed, one's own as well."""
    changes.withdraw(service, caller, change_id, form.body(Reason))
    return back_to(form.one("back"))
