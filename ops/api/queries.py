"""Kinds of query and path parts that several routes have."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Header, Path, Query

from domain.decisions.alert import SEVERITIES
from ops.api.bodies.fields import LATEST_MS, Severity

SeverityQuery = Annotated[Severity | None, Query(description="Only this severity")]
Since = Annotated[int | None, Query(ge=0, le=LATEST_MS, description="From this time on, ms since 1970")]
Until = Annotated[int | None, Query(ge=0, le=LATEST_MS, description="Before this time, ms since 1970")]
EventType = Literal["signup", "login", "order", "payment", "refund_request", "account_change"]
Pattern = Annotated[str | None, Query(max_length=64, pattern=r"^[a-z -]+$", description="Such as `device farm`")]
IncidentPath = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9._-]+$", description="Id of an incident")]
CasePath = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9._-]+$", description="Id of a case")]
AlertPath = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Id of an alert")]
VerdictPath = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9._-]+$", description="Id of a verdict")]
DayName = Annotated[
    str, Query(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2}|yesterday|today)$", description="A day in UTC: `2026-03-02`, `yesterday`, `today`")
]
IfMatch = Annotated[
    str | None,
    Header(pattern=r'^"[0-9]{1,9}"$', description="The ETag of the case as you saw it: if it was changed since, the answer is 409"),
]


def rank_of(severity: str | None) -> int | None:
    """Return the place of a severity, None for any."""
    return None if severity is None else SEVERITIES.index(severity)


def version_in(if_match: str | None) -> int | None:
    """Return the version that an If-Match names, None for any."""
    return None if if_match is None else int(if_match.strip('"'))
