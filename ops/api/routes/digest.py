"""The digest of a day."""

from __future__ import annotations

from ops.api.bodies.digest import DayDigest
from ops.api.problems import Problem, answers
from ops.api.queries import DayName
from ops.api.rights import routes_of
from ops.api.service import ServiceHere

router = routes_of("digest")
NONE_HERE = "this service makes no digest: ringwatch serve does"


@router.get("/v1/digest", summary="The digest of a day", responses=answers(409, 503))
def digest(service: ServiceHere, day: DayName = "yesterday") -> DayDigest:
    """Return what happened on a day of `notify.digest.time_zone`: money stopped, missed and held up wrongly,
    incidents, work, changes. What was made within the last minute is told again.
    """
    if service.digest is None:
        raise Problem(503, NONE_HERE)
    return DayDigest.model_validate(service.digest(day))
