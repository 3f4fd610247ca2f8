"""Events and labels that nobody waits for: one, or many at once."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import Request
from pydantic import BaseModel, Field

from domain.events.event import Rejected
from domain.events.json_object import MAX_DEPTH, TooDeep, distinct_keys
from domain.events.unreadable import not_utf8
from domain.json_text import as_json
from ops.api.problems import Problem, answers
from ops.api.rights import routes_of
from ops.api.routes.score import EVENT, EVENT_SCHEMA, problem_of, scoring_of
from ops.api.service import ServiceHere
from ops.scoring.publishing import ACCEPTED, REFUSED, REPEATED, STATUSES, UNLIKE, LabelsRefusedError, LineResult

router = routes_of("events")
NDJSON = "application/x-ndjson"
_LINES = ("ndjson", "jsonl", "json-lines", "jsonlines")
LABEL = {
    "event_id": "cb-77",
    "event_type": "label",
    "event_time": "2026-11-29T10:00:00Z",
    "account_id": "c-17",
    "subject_event_id": "o-1001",
    "is_fraud": True,
    "source": "chargeback",
}
_decode_array = json.JSONDecoder(object_pairs_hook=distinct_keys).decode
Send = Callable[[Sequence[bytes]], Awaitable[list[LineResult]]]


class LineBody(BaseModel):
    """What became of one event or label."""

    line: int = Field(description="its line, or its place in the array, from 1", examples=[1])
    status: str = Field(description=", ".join(STATUSES), examples=[ACCEPTED])
    event_id: str | None = Field(None, examples=["o-1001"])
    field: str | None = Field(None, description="what is wrong in it")
    reason: str | None = None


class SentBody(BaseModel):
    """What became of all that was sent."""

    accepted: int = Field(description="written into the stream, those that were there before included", examples=[1])
    refused: int = Field(description="not written", examples=[0])
    lines: list[LineBody]


def _bodies(schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    """Return how OpenAPI writes: one object, an array of them, or lines."""
    one = {**schema, "example": example}
    lines = {"schema": {"type": "string"}, "example": as_json(example) + "\n" + as_json({**example, "event_id": "2"}) + "\n"}
    content = {"application/json": {"schema": {"anyOf": [one, {"type": "array", "items": one}]}, "example": example}, NDJSON: lines}
    return {"requestBody": {"required": True, "content": content}}


@router.post("/v1/events", status_code=202, responses=answers(409, 429, 503), openapi_extra=_bodies(EVENT_SCHEMA, EVENT))
async def events(request: Request, service: ServiceHere) -> SentBody:
    """Send events to the job: one as JSON, an array of them, or one a line (application/x-ndjson).

    Each line has its own result. Sent again, an event is written once. 429 and 503: none was accepted.
    """
    return await _sent(request, scoring_of(service).publish)


@router.post("/v1/labels", status_code=202, responses=answers(409, 429, 503), openapi_extra=_bodies(EVENT_SCHEMA, LABEL))
async def labels(request: Request, service: ServiceHere) -> SentBody:
    """Send labels to the job, signed where it asks for that: one, an array, or one a line."""
    return await _sent(request, scoring_of(service).publish_labels)


async def _sent(request: Request, send: Send) -> SentBody:
    body = await request.body()
    try:
        lines, is_one = lines_of(body, request.headers.get("content-type", ""))
        results = await send(list(lines.values()))
    except LabelsRefusedError as error:
        raise Problem(409, str(error)) from None
    except Exception as error:
        raise problem_of(error) from None
    return _answer(list(zip(lines, results, strict=True)), is_one)


def lines_of(body: bytes, content_type: str) -> tuple[dict[int, bytes], bool]:
    """Return the objects of a body by place, from 1, and whether it is one alone; raise `Rejected`.

    Empty lines are left out and counted.
    """
    if any(kind in content_type.lower() for kind in _LINES):
        return {number: line for number, line in enumerate(body.splitlines(), 1) if line.strip()}, False
    if not body.lstrip().startswith(b"["):
        return {1: body}, True
    return {number: as_json(one).encode() for number, one in enumerate(_array(body), 1)}, False


def _array(body: bytes) -> list[Any]:
    """Return the values of an array; raise `Rejected` that says what it is instead."""
    try:
        found: list[Any] = _decode_array(body.decode())
    except UnicodeDecodeError as error:
        raise not_utf8(body, error) from None
    except json.JSONDecodeError as error:
        raise Rejected("line", f"the array is no JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except ValueError:  # Python refuses integers of thousands of digits
        raise Rejected("line", "a number has too many digits") from None
    except RecursionError:
        raise TooDeep(MAX_DEPTH) from None
    return found


def _answer(numbered: Sequence[tuple[int, LineResult]], is_one: bool) -> SentBody:
    """Return the results with their places; raise `Problem` where nothing at all was taken."""
    results = [result for _, result in numbered]
    taken = sum(result.status in (ACCEPTED, REPEATED) for result in results)
    first = next((one for one in numbered if one[1].status in (REFUSED, UNLIKE)), None)
    if not taken and first is not None:
        number, wrong = first
        status, place = (409 if wrong.status == UNLIKE else 422), "" if is_one else f"{number - 1}."
        more = "" if len(results) == 1 else f" (and none of the {len(results):,} was taken)"
        raise Problem(status, f"{place}{wrong.field}: {wrong.reason}{more}", f"{place}{wrong.field}")
    lines = [
        LineBody(line=number, status=one.status, event_id=one.event_id, field=one.field, reason=one.reason) for number, one in numbered
    ]
    return SentBody(accepted=taken, refused=len(results) - taken, lines=lines)
