"""Whether the service lives, whether it is ready, and its metrics."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Response
from pydantic import BaseModel, Field

from ops.api.problems import Problem, answers
from ops.api.rights import routes_of
from ops.api.service import ServiceHere

router = routes_of("health")


class Health(BaseModel):
    """A service that answers."""

    status: str = Field("ok", examples=["ok"])


@router.get("/healthz")
async def healthz() -> Health:
    """Say that the process answers. It asks nothing of store and streams."""
    return Health(status="ok")


class Readiness(Health):
    """A service that takes requests."""

    away: list[str] = Field(description="what it needs and does not reach: a part of the requests fails or gets the fallback")


@router.get("/readyz", responses=answers(503))
def readyz(service: ServiceHere) -> Readiness:
    """Say whether requests can be served: not at the end, nor where nothing that it needs is reached.

    With Redis away scores get the fallback, with the store away they go on: a balancer that took every
    instance out then would give the checkout nothing at all.
    """
    if service.stopping:
        raise Problem(503, "the service is ending", None, {"Retry-After": "5"})
    away = [name for name, check in service.checks.items() if not _holds(check)]
    if away and len(away) == len(service.checks):
        raise Problem(503, f"{' and '.join(away)} cannot be reached", away[0], {"Retry-After": "5"})
    return Readiness(status="degraded" if away else "ready", away=away)


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:
        return False
    return True


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}})
def metrics(service: ServiceHere) -> Response:
    """Return the metrics in Prometheus' text format."""
    return Response(service.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
