"""Errors of the case store and of logins as answers."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from ops.access.login import LoginRefused
from ops.access.login_limits import TooManyLogins
from ops.api.problems import Problem, problem_response, request_id_of
from ops.cases.errors import CaseError, Conflict, Forbidden, Invalid, NotFound, StoreError

_STATUSES: tuple[tuple[type[CaseError], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (Forbidden, 403),
    (Invalid, 422),
    (LoginRefused, 401),
    (TooManyLogins, 429),
)


def tell_store_problems(app: FastAPI) -> None:
    """Make the app answer errors of the store as problems."""
    app.add_exception_handler(CaseError, _of_case)
    app.add_exception_handler(StoreError, _of_store)


async def _of_case(request: Request, error: Exception) -> Response:
    assert isinstance(error, CaseError)
    return problem_response(problem_of_case(error), request_id_of(request))


async def _of_store(request: Request, _: Exception) -> Response:
    return problem_response(store_away(), request_id_of(request))


def problem_of_case(error: CaseError) -> Problem:
    """Return the problem that says what cannot be done."""
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 409)
    headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, TooManyLogins) else None
    return Problem(status, str(error), getattr(error, "field", None), headers)


def store_away() -> Problem:
    """Return the problem of a store that does not answer; it does not say the error's text, which names the
    database.
    """
    return Problem(503, "the case store does not answer: try again in a moment", None, {"Retry-After": "5"})
