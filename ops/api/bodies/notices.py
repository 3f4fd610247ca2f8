"""Notices to channels that wait or were given up."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ops.api.bodies.fields import MOST_IDS, Answer, Moment, Request, example

_COUNT = {"channel": "fraud_team", "state": "dead", "count": 2, "oldest_at": 1767611000000, "why": ""}
_DEAD = {"id": 17, "at": 1767611000000, "channel": "fraud_team", "incident": "inc-3f9a2c1b00112233", "attempts": 1, "why": "HTTP 400"}


class NoticeCount(Answer):
    """How many notices of a channel are in a state."""

    model_config = example(**_COUNT)

    channel: str
    state: str = Field(description="pending: it waits; dead: it was given up; expired: it came too late for a page")
    count: int
    oldest_at: Moment
    why: str = Field(description="Why those that were tried wait: what the channel said; empty for others")


class DeadNotice(Answer):
    """A notice that was given up."""

    model_config = example(**_DEAD)

    id: int
    at: Moment = Field(description="When what it tells of happened")
    channel: str
    incident: str | None
    attempts: int
    why: str = Field(description="What the channel said, shortened and without secrets")


class Notices(Answer):
    """What waits, and what was given up, the latest first, at most 100."""

    model_config = example(counts=[_COUNT], dead=[_DEAD])

    counts: list[NoticeCount]
    dead: list[DeadNotice]


class Retry(Request):
    """Which of the notices that were given up are sent again."""

    model_config = Request.model_config | example(ids=[17, 18])

    ids: Annotated[list[Annotated[int, Field(ge=1, le=2**53)]], Field(min_length=1, max_length=MOST_IDS)] | None = Field(
        default=None, description="null: all of them"
    )


class Retried(Answer):
    """How many are sent again."""

    model_config = example(count=2)

    count: int
