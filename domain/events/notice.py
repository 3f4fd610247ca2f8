"""Notices in the stream of lines: what a source no longer holds, and how much is missing.

A line has one character per byte, so none of its characters lies above U+00FF. A notice begins with one
that does: no record can pass for a notice, whatever its bytes are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from domain.events.event import Rejected

MARK = "\u26a0"
"""Begins a notice; the Java classes named `Notice` write it."""
FIELD = "source"
"""The field at fault in the rejected document."""


class SourceNotice(Rejected):
    """What a source says between its lines: a text, or a JSON object of a text `reason` and details."""

    def __init__(self, reason: str, details: Mapping[str, Any]) -> None:
        super().__init__(FIELD, reason)
        self.details = dict(details)
        """Further fields of the rejected document; of a position in Kafka that is gone `partition`,
        `position`, `goes_on_at` and `missing`, None for what nobody knows.
        """


def bytes_of(value: str | None) -> bytes:
    """Return the bytes of a line, none for no value. Raise `SourceNotice` for what is no line."""
    try:
        return (value or "").encode("latin-1")
    except UnicodeEncodeError:
        raise _notice(str(value).removeprefix(MARK)) from None


def _notice(text: str) -> SourceNotice:
    try:
        details = json.loads(text)
        return SourceNotice(details.pop("reason"), details)
    except (ValueError, KeyError, AttributeError, TypeError):
        return SourceNotice(text, {})
