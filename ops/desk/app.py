"""The app of the service with the desk's pages beside its API."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.exceptions import HTTPException

from ops.api.app import create_app
from ops.api.problems import problem_of_path, problem_response, request_id_of
from ops.api.service import Service
from ops.assistant.asker import Asker
from ops.desk.asked import asked
from ops.desk.error_page import error_page, wants_page
from ops.desk.live import LiveQueue
from ops.desk.pages import (
    actions,
    alerts,
    ask,
    audit,
    bulk,
    case_acts,
    case_changes,
    digest,
    entities,
    entity,
    entity_lists,
    files,
    incident,
    incident_verdict,
    lists,
    live,
    me,
    models,
    notices,
    overview,
    proposals,
    queue,
    rule,
    rules,
    sign_in,
    summary,
    verdict,
)
from ops.desk.remembered import Remembered
from ops.digest.told import Digests

_SUBJECTS = (
    queue,
    alerts,
    audit,
    entities,
    entity,
    entity_lists,
    incident,
    incident_verdict,
    summary,
    case_changes,
    live,
    case_acts,
    verdict,
    bulk,
    rule,
    rules,
    lists,
    proposals,
    models,
    ask,
    actions,
    notices,
    overview,
    digest,
    sign_in,
    me,
    files,
)
ROUTERS: tuple[APIRouter, ...] = tuple(subject.router for subject in _SUBJECTS)
"""The pages of every subject. A new subject is added here, and its routes in `ops.api.rights.RIGHTS`."""


def desk_app(service: Service, asker: Asker | None = None, digests: Digests | None = None) -> FastAPI:
    """Return the app of a service: the API, and the desk's pages. Without `asker` code answers questions,
    without `digests` there are none.
    """
    app = create_app(service, ROUTERS)
    app.state.live = LiveQueue(service.store, service.clock, max(1, service.settings.most_connections // 2))
    app.state.counted, app.state.rings = Remembered(), Remembered()
    app.state.digests = digests
    app.state.asker = asker or Asker()
    service.ask = partial(asked, app.state.asker, service)
    app.add_exception_handler(HTTPException, _no_such_path)
    return app


async def _no_such_path(request: Request, error: Exception) -> Response:
    """Answer a path that there is not: a browser gets a page, a program a problem."""
    assert isinstance(error, HTTPException)
    problem = problem_of_path(error)
    if wants_page(request):
        return error_page(request, problem)
    return problem_response(problem, request_id_of(request))
