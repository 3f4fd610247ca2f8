"""What the columns of alerts and incidents may hold: a document of a stream is checked where it comes in.

SQLite takes any value into any column, and whoever may write to the streams of a job that signs nothing can
send any. Texts may say what they like, pages and channels show them as text; words of a later job (a new kind
of incident) pass, too: they are checked for their form only.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

LATEST_MS, MOST = 253_402_300_799_999, 2**31 - 1
MOST_MONEY = 1e15


Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Moment = Annotated[int, Field(ge=0, le=LATEST_MS)]
Count = Annotated[int, Field(ge=0, le=MOST)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Columns(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class IncidentColumns(_Columns):
    """The columns of a revision."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    """What a path of the service takes: an incident of another id could be neither opened nor closed."""
    kind: Word
    status: Word
    severity: Word
    severity_rank: Count
    action: str
    pattern: str | None
    headline: str | None
    opened_at: Moment
    updated_at: Moment
    closed_at: Moment | None
    revision: Count
    alerts: Count
    accounts: Count
    money: Annotated[float, Field(ge=0, le=MOST_MONEY)]
    score_max: Share
    ring: str
    merged_into: str | None
    is_listed: bool
    document: dict[str, Any]


class AlertColumns(_Columns):
    """The columns of an alert."""

    id: str
    account: str
    event_id: str
    incident_id: None
    is_loose: bool
    time: Moment
    event_type: str
    score: Share
    decision: Word
    severity: Word
    ring: str | None
    amount: Annotated[float, Field(allow_inf_nan=False)] | None
    currency: str | None
    document: dict[str, Any]


def checked(row: dict[str, Any], columns: type[BaseModel]) -> dict[str, Any]:
    """Return the row; raise ValueError with the columns that hold what none may, without what they hold."""
    try:
        columns.model_validate(row)
    except ValidationError as error:
        raise ValueError("; ".join(f"{one['loc'][0]}: {one['msg']}" for one in error.errors(include_input=False))) from None
    return row
