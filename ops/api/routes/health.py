"""Whether the service lives, whether it is ready, and its metrics."""

from __future__ import annotations

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


@router.get("/readyz", responses=answers(503))
def readyz(service: ServiceHere) -> Health:
    """Say whether requests can be served: store reachable and migrated, Redis reachable, not at its end."""
    if service.stopping:
        raise Problem(503, "the service is ending", None, {"Retry-After": "5"})
    for name, check in service.checks.items():
        try:
            check()
        except Exception as error:
            raise Problem(503, f"{name} is not ready ({type(error).__name__})", name, {"Retry-After": "5"}) from None
    return Health(status="ready")


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}})
def metrics(service: ServiceHere) -> Response:
    """Return the metrics in Prometheus' text format."""
    return Response(service.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
