"""Kinds of fields that several bodies have, with the bounds that are checked."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

MAX_TEXT, MAX_COMMENT = 200, 4000
"""Longest reason, in characters, as a control record takes it; longest comment."""
LATEST_MS = 253_402_300_799_999
MOST_IDS = 200
"""Most ids in one request."""
_CONTROLS = {"\n": "a line break", "\r": "a line break", "\t": "a tab", "\x1b": "escape", "\x7f": "delete"}


def _printable(text: str) -> str:
    return _refused_if(next((one for one in text if not one.isprintable()), None), text)


def storable(text: str) -> str:
    """Refuse what a database or a reader cannot bear; line breaks and tabs are fine."""
    return _refused_if(next((one for one in text if not one.isprintable() and one not in "\n\t"), None), text)


def _refused_if(found: str | None, text: str) -> str:
    """Return the text; raise ValueError with the name of a character that was found in it."""
    if found is None:
        return text
    name = unicodedata.name(found, "") or _CONTROLS.get(found, "a control character")
    raise ValueError(f"it holds U+{ord(found):04X} ({name.lower()}), which cannot be printed; leave it out")


Severity = Literal["low", "medium", "high", "critical"]
Action = Literal["block", "escalate", "verify", "monitor"]
Kind = Literal["ring", "unconnected", "wave"]
Status = Literal["opened", "grown", "closed"]
SaidAction = Annotated[str, Field(description="block, escalate, verify or monitor; a later job may say others")]
SaidKind = Annotated[str, Field(description="ring, unconnected or wave; a later job may have others")]
SaidStatus = Annotated[str, Field(description="opened, grown or closed; a later job may have others")]
CaseStatus = Literal["open", "claimed", "closed"]
Outcome = Literal["approve", "investigate", "block"]
Verdict = Literal["fraud", "legitimate", "inconclusive"]
State = Literal["active", "shadow", "paused", "deleted"]
ChangeStatus = Literal["proposed", "waiting", "sent", "applied", "refused", "overtaken", "withdrawn"]

Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT), AfterValidator(_printable)
]  # fmt: skip
Comment = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_COMMENT), AfterValidator(storable)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._@+-]+$")]
"""A login, or the name of a pattern or an event type."""
IncidentId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]
RecordId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]
Pseudonym = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
Moment = Annotated[int, Field(ge=0, le=LATEST_MS, description="ms since 1970")]
Document = dict[str, Any]


class Request(BaseModel):
    """What a request may hold: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", str_max_length=20_000)


class Answer(BaseModel):
    """What an answer holds."""

    model_config = ConfigDict(from_attributes=True)


def example(**fields: Any) -> ConfigDict:
    """Return the configuration of a body with one example."""
    return ConfigDict(json_schema_extra={"examples": [fields]})
