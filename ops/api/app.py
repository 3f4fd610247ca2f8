"""The app: routes with their rights, and what is around them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from ops.api.access_log import Observed
from ops.api.body_limit import Bounded
from ops.api.problems import answers, tell_problems
from ops.api.rights import check_rights
from ops.api.routes import (
    actions,
    alerts,
    ask,
    audit,
    bulk,
    cases,
    changes,
    digest,
    entities,
    events,
    feedback,
    fraud_detector,
    health,
    incidents,
    lists,
    models,
    notices,
    oidc,
    reference,
    rules,
    score,
    session,
    statistics,
    switches,
    tokens,
    users,
    verdicts,
)
from ops.api.security import Guarded, Hardened
from ops.api.service import Service
from ops.api.store_problems import tell_store_problems

_SUBJECTS = (
    score,  # the first is found first, and this one counts
    events,
    fraud_detector,
    incidents,
    feedback,
    alerts,
    bulk,
    cases,
    verdicts,
    rules,
    lists,
    switches,
    models,
    changes,
    entities,
    statistics,
    digest,
    ask,
    actions,
    notices,
    audit,
    session,
    oidc,
    users,
    tokens,
    health,
    reference,
)
ROUTERS: tuple[APIRouter, ...] = tuple(subject.router for subject in _SUBJECTS)
"""The routes of every subject. A new subject is added here and in `ops.api.rights.RIGHTS`."""
_ANYWHERE = answers(400, 401, 403, 408, 413, 421, 422, 500)


def create_app(service: Service, pages: Sequence[APIRouter] = ()) -> FastAPI:
    """Return the app of a service, with pages beside the API. Its lifespan starts and stops the engine of
    scores.
    """
    app = FastAPI(
        title="ringwatch",
        description="Scores in real time, incidents, cases and control of a running job.",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    app.state.service = service
    for router in ROUTERS:
        check_rights(router.routes)
        app.include_router(router, responses=_ANYWHERE)
    for router in pages:
        check_rights(router.routes)
        app.include_router(router)
    tell_problems(app)
    tell_store_problems(app)
    settings = service.settings
    # the last one added is the outermost
    app.add_middleware(Bounded, limit=settings.body_limit_kb * 1024, seconds=settings.slow_s)
    app.add_middleware(Guarded, settings=settings)
    app.add_middleware(Observed, metrics=service.metrics)
    app.add_middleware(Hardened, settings=settings)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    scoring = app.state.service.scoring
    if scoring is not None:
        app.state.service.metrics.follow(scoring)
        await scoring.start()
    yield
    if scoring is not None:
        await scoring.stop()
