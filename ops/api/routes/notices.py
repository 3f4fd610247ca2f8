"""Notices to channels: what waits, what was given up, and to send that again."""

from __future__ import annotations

from ops.api.bodies.notices import DeadNotice, NoticeCount, Notices, Retried, Retry
from ops.api.problems import answers
from ops.api.rights import CallerHere, routes_of
from ops.api.service import ServiceHere
from ops.cases import outbox
from ops.cases.given_up import retry_notices
from ops.cases.notices import counts, unsent
from ops.cases.tables import Outgoing

router = routes_of("notices")


@router.get("/v1/notices", summary="Notices that wait or were given up", responses=answers(503))
def notices(service: ServiceHere) -> Notices:
    """Return how many notices of each channel wait or were given up, and the latest that were."""
    with service.store.read() as session:
        found, dead = counts(session), unsent(session, outbox.DEAD)
    return Notices(counts=[NoticeCount.model_validate(one) for one in found], dead=[_dead(row) for row in dead])


@router.post("/v1/notices/retry", summary="Send again what was given up", responses=answers(503))
def retried(service: ServiceHere, caller: CallerHere, body: Retry) -> Retried:
    """Let notices that were given up be sent again, as things stand then."""
    now = service.clock()
    with service.store.begin() as session:
        count = retry_notices(session, body.ids, by=caller.name, now=now)
    return Retried(count=count)


def _dead(row: Outgoing) -> DeadNotice:
    return DeadNotice(
        id=row.id, at=row.document["first_at"], channel=row.target, incident=row.incident, attempts=row.attempts, why=row.last_error or ""
    )
