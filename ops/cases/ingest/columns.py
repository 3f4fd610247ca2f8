"""What the columns of alerts and incidents may hold: a document of a stream is checked where it comes in.

SQLite takes any value into any column, and whoever may write to the streams of a job that signs nothing can
send any. Words of a later job (a new kind of incident) pass: they are checked for their form only.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

LATEST_MS, MOST = 253_402_300_799_999, 2**31 - 1
MOST_MONEY = 1e15


def _storable(text: str) -> str:
    """Refuse what PostgreSQL does not take, or UTF-8 not write: raises ValueError."""
    if "\0" in text:
        raise ValueError("it holds U+0000")
    text.encode()
    return text


Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Line = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(_storable)]
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
    action: Line
    pattern: Line | None
    headline: Line | None
    opened_at: Moment
    updated_at: Moment
    closed_at: Moment | None
    revision: Count
    alerts: Count
    accounts: Count
    money: Annotated[float, Field(ge=0, le=MOST_MONEY)]
    score_max: Share
    ring: Line
    merged_into: Line | None
    is_listed: bool
    document: dict[str, Any]


class AlertColumns(_Columns):
    """The columns of an alert."""

    id: Line
    account: Line
    event_id: Line
    incident_id: None
    is_loose: bool
    time: Moment
    event_type: Line
    score: Share
    decision: Word
    severity: Word
    ring: Line | None
    amount: Annotated[float, Field(allow_inf_nan=False)] | None
    currency: Line | None
    document: dict[str, Any]


def checked(row: dict[str, Any], columns: type[BaseModel]) -> dict[str, Any]:
    """Return the row; raise ValueError with the columns that hold what none may, without what they hold."""
    try:
        columns.model_validate(row)
    except ValidationError as error:
        raise ValueError("; ".join(f"{one['loc'][0]}: {one['msg']}" for one in error.errors(include_input=False))) from None
    return row
