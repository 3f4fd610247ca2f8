"""What routes that change cases share."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ops.access.roles import Role, at_least
from ops.api.bodies.cases import CaseRow
from ops.api.service import Service
from ops.api.shown import case_body
from ops.cases import queue
from ops.cases.errors import Invalid
from ops.cases.label_time import label_time
from ops.cases.tables import CaseRow as Case
from ops.cases.tables import User


def now_of(service: Service) -> dict[str, Any]:
    """Return what every change of a case takes: the time and the rules of the queue."""
    return {"now": service.clock(), "settings": service.settings.cases}


def labels_of(service: Service, session: Session) -> dict[str, Any]:
    """Return what every verdict takes: the above, where its labels go, and their event time."""
    time = label_time(session, service.clock(), service.late_days)
    return {**now_of(service), "labels_to": service.settings.labels, "label_time": time}


def changed(session: Session, response: Response, case: Case) -> CaseRow:
    """Return a case, its version as ETag."""
    response.headers["ETag"] = f'"{case.version}"'
    return case_body(*queue.case(session, case.id))


def refuse_unknown(session: Session, owner: str) -> None:
    """Raise `Invalid` for somebody who cannot work on a case; without users any name may."""
    found = session.execute(select(User.role, User.disabled_at).where(User.name == owner)).first()
    if found is None and not session.scalar(select(exists(select(User.id)))):
        return
    if found is None or found.disabled_at is not None or found.role not in at_least(Role.ANALYST):
        raise Invalid("owner", "it is nobody who works on cases: name a user of the role analyst or higher")
