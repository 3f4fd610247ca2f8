"""Errors as pages: what is wrong, in the words of the API, and the way on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request, Response

from ops.api.problems import Problem, request_id_of
from ops.desk.layout import page


@dataclass(frozen=True)
class Way:
    """A link on a page of an error."""

    text: str
    path: str


TITLES = {
    400: "This address cannot be read",
    403: "You may not do this",
    404: "There is nothing here",
    405: "This is no page to open",
    409: "Somebody was faster",
    413: "That is too much at once",
    422: "This cannot be done as it is",
    429: "Wait a moment",
    500: "The service failed",
    503: "The store does not answer",
}


def wants_page(request: Request) -> bool:
    """Return whether a browser asks for a page, not a program for an answer of the API."""
    return not request.url.path.startswith("/v1/") and "text/html" in request.headers.get("accept", "")


def error_page(request: Request, problem: Problem) -> Response:
    """Return the page of a problem."""
    title = TITLES.get(problem.status, "This did not work")
    answer = told_page(request, problem.status, title, _page_words(problem), _ways(request, problem.status))
    for name, value in (problem.headers or {}).items():
        answer.headers[name] = value
    return answer


def told_page(request: Request, status: int, title: str, detail: str, ways: Sequence[Way]) -> Response:
    """Return a page that says one thing, and where one may go on. It asks nothing of the store."""
    about = {"title": title, "detail": detail, "code": status, "request_id": request_id_of(request), "ways": ways}
    return page(request, "told.html", status, asks_store=False, **about)


def _page_words(problem: Problem) -> str:
    """Return what is wrong; the API's words for a path that there is not would send a reader to its list."""
    is_path = problem.status == 404 and "/docs lists" in problem.detail
    return "No page has this address. A link may be old, or mistyped." if is_path else problem.detail


def _ways(request: Request, status: int) -> list[Way]:
    """Return where somebody may go on: to the same page again where that may help, and to the queue."""
    again = status in (429, 500, 503) and request.method == "GET"
    return [*([Way("Try again", str(request.url.path))] if again else []), Way("Back to the queue", "/")]
