"""A route that is a page: its form carries the CSRF token, who is not signed in is sent to do so, errors are
pages.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from ops.api.access_log import log_failure
from ops.api.problems import Problem, problem_of_fields, request_id_of
from ops.api.rights import GuardedRoute, require
from ops.api.store_problems import problem_of_case, store_away
from ops.api.strict import check_query, query_names
from ops.cases.errors import CaseError, StoreError
from ops.desk.error_page import error_page
from ops.desk.forms import check_form
from ops.desk.layout import here_of

_FAILED = "the service failed to answer: its log says where, under this request id"


class PageRoute(GuardedRoute):
    """A route of a page, checked as those of the API are."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request: called by FastAPI once for each route."""
        answer, names = APIRoute.get_route_handler(self), query_names(self)

        async def page(request: Request) -> Response:
            try:
                await require(request, self.path, check_form)
                check_query(request, self.path, names)
                return await answer(request)
            except ClientDisconnect:
                raise  # nobody is there to be told
            except Exception as error:
                return _told(request, error)

        return page


def pages_of(subject: str) -> APIRouter:
    """Return an empty router for the pages of one subject. They are not in the API's description."""
    return APIRouter(tags=[subject], route_class=PageRoute, include_in_schema=False)


def problem_of(error: Exception, request: Request) -> Problem:
    """Return the problem of whatever a page raised; what is no problem of the caller's is logged."""
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return problem_of_fields(error)
        case CaseError():
            return problem_of_case(error)
        case StoreError():
            return store_away()
        case _:
            log_failure(error, request_id_of(request))
            return Problem(500, _FAILED)


def _told(request: Request, error: Exception) -> Response:
    problem = problem_of(error, request)
    if problem.status == 401:
        return RedirectResponse(f"/sign-in?next={quote(here_of(request), safe='')}", 303)
    return error_page(request, problem)
