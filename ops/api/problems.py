"""Errors of the API: RFC 9457 problems that name the field and never repeat a value that was sent."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from domain.json_text import as_json
from ops.api.field_faults import fault_of

MEDIA_TYPE = "application/problem+json"
_NEWER = {413: "Content Too Large", 422: "Unprocessable Content"}


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it so
    """An error that the caller is told, with the status, one sentence and the field if there is one."""

    def __init__(self, status: int, detail: str, field: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.field, self.headers = status, detail, field, headers


class ProblemBody(BaseModel):
    """An error as RFC 9457 writes it."""

    type: str = Field("about:blank", examples=["about:blank"])
    title: str = Field(description="the status in words", examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str = Field(description="what is wrong, and the mend", examples=["amount: a number is wanted"])
    field: str | None = Field(None, description="the field that is wrong, as a path", examples=["cases.3.id"])
    request_id: str | None = Field(None, description="what the service's log calls this request")


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of these statuses as problems, for `responses=` of a route."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}}
    return {status: {"description": _phrase(status), "content": content} for status in statuses}


def problem_response(problem: Problem, request_id: str | None = None) -> Response:
    """Return the answer that tells a problem."""
    body = {
        "type": "about:blank",
        "title": _phrase(problem.status),
        "status": problem.status,
        "detail": problem.detail,
        "field": problem.field,
        "request_id": request_id,
    }
    text = as_json({name: value for name, value in body.items() if value is not None})
    return Response(text, problem.status, problem.headers, MEDIA_TYPE)


def tell_problems(app: FastAPI) -> None:
    """Make the app answer every error that a route raises as a problem."""
    app.add_exception_handler(Problem, _told)
    app.add_exception_handler(HTTPException, _of_starlette)
    app.add_exception_handler(RequestValidationError, _of_validation)


def _phrase(status: int) -> str:
    """Return the status in the words of RFC 9110, of which Python 3.11 has older ones."""
    if status in _NEWER:
        return _NEWER[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def request_id_of(request: Request) -> str | None:
    """Return what the log calls this request."""
    return getattr(request.state, "request_id", None)


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem_response(error, request_id_of(request))


async def _of_starlette(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem_response(problem_of_path(error), request_id_of(request))


def problem_of_path(error: HTTPException) -> Problem:
    """Return the problem of a path or method that there is not."""
    return Problem(error.status_code, _sentence(error), None, error.headers)


def _sentence(error: HTTPException) -> str:
    match error.status_code:
        case 404:
            return "there is nothing at this path: /docs lists what there is"
        case 405:
            return "this path does not take this method: /docs lists what there is"
        case _:
            return str(error.detail)


async def _of_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return problem_response(problem_of_fields(error), request_id_of(request))


def problem_of_fields(error: RequestValidationError) -> Problem:
    """Return 422 with the first wrong field. Its value is not repeated: it may identify somebody."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    return Problem(422, f"{field}: {fault_of(first)}", field)
