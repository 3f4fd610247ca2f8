"""What is around every request: its id, metrics, one line in the log, and an answer where the code fails."""

from __future__ import annotations

import secrets
import time
from typing import Any

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ops.api.json_log import where_of
from ops.api.metrics import METHODS, Metrics
from ops.api.problems import Problem, problem_response

_REQUEST_ID = b"x-request-id"
HUNG_UP = 499
"""What is booked where the caller has left before its request was whole: no answer, and no failure."""


class Observed:
    """Around all but the headers of answers. Logs name the route's template, status and time.

    No path, query string, body, header or message of an exception is logged: each may identify somebody.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics
        self.log = structlog.get_logger("ringwatch.serve")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request: called by the part around this one."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, started, status = secrets.token_hex(8), time.perf_counter(), 0
        scope.setdefault("state", {})["request_id"] = request_id

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (_REQUEST_ID, request_id.encode())]
            await send(message)

        with self.metrics.open_requests.track_inprogress():
            try:
                await self.app(scope, receive, watched)
            except ClientDisconnect:
                status = status or HUNG_UP
            except Exception as error:
                log_failure(error, request_id)
                if not status:
                    failed = Problem(500, "the service failed to answer: its log says where, under this request id")
                    await problem_response(failed, request_id)(scope, receive, watched)
        self._book(scope, status, time.perf_counter() - started, request_id)

    def _book(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        method = scope["method"] if scope["method"] in METHODS else "other"
        route = getattr(scope.get("route"), "path", "none")
        self.metrics.requests.labels(method, route, str(status)).observe(seconds)
        caller = scope["state"].get("caller")
        facts: dict[str, Any] = {"role": str(caller.role)} if caller else {}
        self.log.info("request", request_id=request_id, method=method, route=route, status=status, ms=round(seconds * 1000, 1), **facts)


def log_failure(error: Exception, request_id: str | None) -> None:
    """Write what failed and where, under the request's id. The error's own words may identify somebody."""
    structlog.get_logger("ringwatch.serve").error("failed", request_id=request_id, error=type(error).__name__, where=where_of(error))
