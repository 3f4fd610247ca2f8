"""Scores while somebody waits."""

from __future__ import annotations

import re
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel, Field

from domain.events.event import Rejected
from ops.api.problems import Problem, answers
from ops.api.rights import routes_of
from ops.api.service import Service, service_of
from ops.scoring.answers import AwayError, FullError, UnlikeError, WaitRefusedError
from ops.scoring.scoring import Scoring
from ops.scoring.settings import LEAST_DEADLINE_MS, MOST_DEADLINE_MS

router = routes_of("score")

EVENT = {
    "event_id": "o-1001",
    "event_type": "order",
    "event_time": "2026-11-29T09:00:00Z",
    "account_id": "c-17",
    "device_fingerprint": "f3a9",
    "amount": 89.5,
    "currency": "EUR",
}
EVENT_SCHEMA = {
    "type": "object",
    "description": "An event as the job reads it: docs/events.md has all fields.",
    "required": ["event_id", "event_type", "event_time"],
    "properties": {"event_id": {"type": "string"}, "event_type": {"type": "string"}, "event_time": {"type": ["string", "integer"]}},
    "example": EVENT,
}
DEADLINE = {
    "name": "deadline_ms",
    "in": "query",
    "required": False,
    "description": "ms to wait, if not service.score.deadline_ms; more than service.score.most_deadline_ms is refused",
    "schema": {"type": "integer", "minimum": LEAST_DEADLINE_MS, "maximum": MOST_DEADLINE_MS},
}
ASKED = {"parameters": [DEADLINE], "requestBody": {"required": True, "content": {"application/json": {"schema": EVENT_SCHEMA}}}}
"""What a request may hold. It is read by hand: FastAPI takes 50 us for that, the engine itself 40."""


class ReasonBody(BaseModel):
    """One reason of a decision."""

    code: str = Field(examples=["DEVICE_SHARED"])
    text: str
    weight: float


class ScoreBody(BaseModel):
    """A decision on an event, or the fallback where none has come in time."""

    event_id: str = Field(examples=["o-1001"])
    event_time: int = Field(description="ms since 1970")
    event_type: str = Field(examples=["order"])
    decision: str = Field(description="approve, investigate or block", examples=["approve"])
    decided: str | None = Field(None, description="`block`, where `auto_block` is off and `decision` is investigate for it")
    score: float | None = Field(description="probability of fraud; null in a fallback", examples=[0.012])
    reasons: list[ReasonBody]
    ring: str | None = None
    entities: dict[str, str] = Field(description="kind of entity and its pseudonym")
    amount: float | None = None
    currency: str | None = None
    model: str | None = None
    policy: str | None = None
    decided_at: int = Field(description="ms since 1970")
    fallback: bool = Field(description="whether no decision has come in time, and this is the configured one")
    fallback_reason: str | None = Field(None, description="deadline, away or stopping", examples=["deadline"])
    accepted: bool | None = Field(None, description="in a fallback: whether the job has the event and decides it later")


@router.post("/v1/score", response_model=ScoreBody, responses=answers(409, 429, 503), openapi_extra=ASKED)
async def score(request: Request) -> Response:
    """Return the decision on an event, by the running job, or the fallback at the deadline.

    The same event again gets the same decision. 409: another event has this account and event_id, or the
    job's decisions come too late to wait for them (`job.order`). 429 and 503: nothing was accepted.
    """
    scoring, body = scoring_of(service_of(request)), await request.body()
    deadline_ms = _deadline_of(request, scoring.settings.most_deadline_ms)
    try:
        scored = await scoring.score(body, deadline_ms)
    except Exception as error:
        raise problem_of(error) from None
    return Response(scored.text, media_type="application/json")


def _deadline_of(request: Request, most: int) -> int | None:
    """Return the deadline that a request asks for; raise `Problem` for what is none or above the bound."""
    if not request.scope["query_string"]:
        return None
    asked = request.query_params.get("deadline_ms")
    if asked is None:
        return None
    if not re.fullmatch("[0-9]{1,6}", asked, re.ASCII) or not LEAST_DEADLINE_MS <= int(asked) <= most:
        wanted = f"a number from {LEAST_DEADLINE_MS} to {most:,} is wanted (service.score.most_deadline_ms)"
        raise Problem(422, f"deadline_ms: {wanted}", "deadline_ms")
    return int(asked)


def scoring_of(service: Service) -> Scoring:
    """Return the engine of scores; raise `Problem` 503 where this service has none."""
    if service.scoring is None:
        raise Problem(503, "this service scores nothing: it has no stream of events", None, {"Retry-After": "60"})
    return service.scoring


def problem_of(error: Exception) -> Exception:
    """Return what a caller is told of an error of the engine; an unknown error as it is."""
    later: dict[str, Any] = {"Retry-After": str(error.retry_after_s)} if isinstance(error, FullError) else {}
    match error:
        case Rejected():
            return Problem(422, str(error), error.field)
        case UnlikeError():
            return Problem(409, str(error), "event_id")
        case WaitRefusedError():
            return Problem(409, str(error))
        case AwayError():
            return Problem(503, str(error), None, later)
        case FullError():
            return Problem(429, str(error), None, later)
        case _:
            return error
