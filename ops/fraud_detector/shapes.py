"""The members of a request, checked as Amazon Fraud Detector's service model says, all faults at once.

Members that are not in the model are passed over, as AWS does; null is as good as missing. Nothing that was
sent is quoted: variables may be anybody's data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from domain.events.event import Rejected
from domain.events.json_object import json_object
from domain.events.json_strings import unwritable
from domain.events.quoting import kind_of, name_of
from ops.fraud_detector.errors import INVALID, UNREADABLE, WireError

MAX_DEPTH = 4
"""Of the JSON: entities and the blobs of external models nest three deep."""
_MOST_FAULTS = 8
_TIME = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)?)?", re.ASCII)
_1970 = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Text:
    """The constraints of a text."""

    least: int = 1
    most: int = 128
    pattern: str = ""


NAME = Text(1, 256)
"""Of a detector, an event type or an entity type where the model has no constraint."""
EVENT_ID = Text(1, 128)
"""Of an event to predict: the model has no constraint, the event contract has this one."""
IDENTIFIER = Text(1, 64, "^[0-9a-z_-]+$")
VERSION = Text(1, 5, "^([1-9][0-9]*)$")
ENTITY_ID = Text(1, 256, "^[0-9A-Za-z_.@+-]+$")
VARIABLE = Text(1, 64)
VALUE = Text(1, 8192)
TIME = Text(10, 30)


@dataclass(frozen=True)
class Entity:
    """Who acts in an event."""

    kind: str
    """`entityType`."""
    id: str
    """`entityId`."""


def members_of(body: bytes) -> Members:
    """Return the members of a request's body; raise `WireError` for what is no JSON object."""
    try:
        return Members(json_object(body, MAX_DEPTH) if body else {})
    except Rejected as why:
        raise WireError(UNREADABLE, f"The body cannot be read: {why.reason}.") from None


class Members:
    """A reader of a request's members that gathers what is wrong with them."""

    def __init__(self, members: Mapping[str, Any], path: str = "", faults: list[str] | None = None) -> None:
        self._members, self._path = members, path
        self._faults: list[str] = [] if faults is None else faults

    def text(self, name: str, rule: Text) -> str:
        """Return a text that must be there; "" if it is at fault."""
        value = self._members.get(name)
        return self._null(name) if value is None else self._checked(value, name, rule)

    def optional(self, name: str, rule: Text) -> str | None:
        """Return a text that may be missing."""
        value = self._members.get(name)
        return None if value is None else self._checked(value, name, rule)

    def time(self, name: str) -> int:
        """Return a time in ms since 1970."""
        return self._moment(name, self.text(name, TIME))

    def optional_time(self, name: str) -> int | None:
        """Return a time in ms since 1970 that may be missing."""
        return None if self._members.get(name) is None else self.time(name)

    def entities(self) -> list[Entity]:
        """Return who acts, one at least."""
        value = self._members.get("entities")
        if value is None:
            self._null("entities")
        elif not isinstance(value, list):
            self._unreadable("entities", f"a list is wanted, not {kind_of(value)}")
        elif not value:
            self._fault("entities", "Member must have length greater than or equal to 1")
        return [self._entity(one, f"entities.{place}.member") for place, one in enumerate(value or (), 1)]

    def variables(self) -> dict[str, str]:
        """Return the variables, one at least."""
        name = "eventVariables"
        value = self._members.get(name)
        if value is None:
            self._null(name)
        elif not isinstance(value, dict):
            self._unreadable(name, f"an object is wanted, not {kind_of(value)}")
        elif not value:
            self._fault(name, "Member must have length greater than or equal to 1")
        else:
            inner = Members(value, f"{name}.", self._faults)
            return {key: inner._variable(key, one) for key, one in value.items() if one is not None}
        return {}

    def check(self) -> None:
        """Raise `WireError` with all that is wrong with the members read so far."""
        if self._faults:
            count = len(self._faults)
            shown = "; ".join(self._faults[:_MOST_FAULTS])
            raise WireError(INVALID, f"{count} validation error{'s' if count > 1 else ''} detected: {shown}")

    def _variable(self, name: str, value: Any) -> str:
        if not 1 <= len(name) <= VARIABLE.most:
            self._fault("", f"Member must have names of length 1 to {VARIABLE.most}")
            return ""
        if why := unwritable(name):
            self._fault("", f"Member must have names that are text: {why}")
            return ""
        return self._checked(value, name_of(name), VALUE)

    def _entity(self, value: Any, path: str) -> Entity:
        if not isinstance(value, dict):
            self._unreadable(path, f"an object is wanted, not {kind_of(value)}")
        inner = Members(value, f"{path}.", self._faults)
        return Entity(inner.text("entityType", NAME), inner.text("entityId", ENTITY_ID))

    def _checked(self, value: Any, name: str, rule: Text) -> str:
        if not isinstance(value, str):
            self._unreadable(name, f"a string is wanted, not {kind_of(value)}")
        if len(value) < rule.least:
            self._fault(name, f"Member must have length greater than or equal to {rule.least}")
        elif len(value) > rule.most:
            self._fault(name, f"Member must have length less than or equal to {rule.most}")
        elif rule.pattern and not re.fullmatch(rule.pattern.strip("^$"), value, re.ASCII):
            self._fault(name, f"Member must satisfy regular expression pattern: {rule.pattern}")
        elif why := unwritable(value):
            self._fault(name, f"Member must be text: {why}")
        else:
            return value
        return ""

    def _moment(self, name: str, text: str) -> int:
        if not text:
            return 0
        try:
            return _milliseconds(text)
        except (ValueError, OverflowError):
            self._fault(name, "Member must be an ISO 8601 time in UTC, such as 2026-01-31T12:00:00Z")
            return 0

    def _null(self, name: str) -> str:
        self._faults.append(f"Value null at '{self._path}{name}' failed to satisfy constraint: Member must not be null")
        return ""

    def _fault(self, name: str, constraint: str) -> None:
        self._faults.append(f"Value at '{(self._path + name).rstrip('.')}' failed to satisfy constraint: {constraint}")

    def _unreadable(self, name: str, what: str) -> NoReturn:
        raise WireError(UNREADABLE, f"{self._path}{name}: {what}.")


def _milliseconds(text: str) -> int:
    """Return a time in ms since 1970: of a day its beginning, in UTC where it names no offset."""
    if not _TIME.fullmatch(text):
        raise ValueError(text)
    moment = datetime.fromisoformat(text.upper())
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _1970
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000
