"""The raw line in an enriched document, and the join of the two: each waits for the other.

Both come of one reader: the line at once, the document when its event is decided. A line of a repeated event
waits for nothing, and is dropped in time.
"""

from __future__ import annotations

import json
import re
import struct
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii as quoted
from typing import NoReturn, Self

from domain.events.event import Event
from domain.events.identity import as_text
from domain.events.unreadable import framed
from domain.times import MINUTE_S

WAITS_MS = 10 * MINUTE_S * 1000
"""Event time for which one half waits for the other, and after it a line by the machine's clock as well.

The clock of its reader and the watermark of both halves begin it. In a replay days of event time are seconds,
and the watermark of documents may be as far ahead of some of them; no line is ahead of its watermark.
"""
_HEAD = struct.Struct("<cqq")
CLOCK_AT = 1
"""Where the clock is in `Half.to_bytes`, in 8 bytes, the lowest first."""
_LINE, _DOCUMENT = b"L", b"D"
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_NOT_STRICT = ("NaN", "Infinity")
"""What the parser reads where nothing looks at it, and JSON does not know."""


def key_of(event: Event) -> str:
    """Return what is the same of an event's line and of its document, and of no other account's."""
    return f"{as_text(event.entities[0])}:{event.time_ms}:{event.event_id}"


def with_raw(document: str, line: bytes) -> str:
    """Return an enriched document with the line that its event came in."""
    return f'{document[:-1]},"raw":{_raw(line)}}}'


def _raw(line: bytes) -> str:
    """Return a line as JSON text in ASCII without a break: as it is, or as a string if it is no JSON.

    It is JSON after the frame of a schema registry, too.
    """
    text = (framed(line) or line).decode("utf-8", errors="backslashreplace").removeprefix("\ufeff").strip()
    if not _is_strict(text):
        return quoted(text)
    # in JSON a break is white space, and what is not ASCII is in strings; the space hides a sender's own
    # field from who takes the decision's clock out by its text
    text = text.replace("\n", " ").replace("\r", " ").replace('"decided_at":', '"decided_at": ')
    return _NOT_ASCII.sub(lambda found: quoted(found[0])[1:-1], text)


def _is_strict(text: str) -> bool:
    """Return whether a text that the parser has read as an object is one to everybody."""
    if not any(word in text for word in _NOT_STRICT):
        return True
    try:
        json.loads(text, parse_constant=_refused)
    except ValueError:
        return False
    return True


def _refused(constant: str) -> NoReturn:
    raise ValueError(constant)


@dataclass(frozen=True, slots=True)
class Half:
    """A line or an enriched document, with the clock of its reader at its event, in ms since 1970."""

    is_document: bool
    clock_ms: int
    content: bytes
    ends_ms: int = 0
    """Until when it waits, in event time; set where it waits."""

    def to_bytes(self) -> bytes:
        """Return it as streams and state hold it; the Java class `KeyedDocument` writes the same."""
        return _HEAD.pack(_DOCUMENT if self.is_document else _LINE, self.clock_ms, self.ends_ms) + self.content

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Return what `to_bytes` has written."""
        kind, clock_ms, ends_ms = _HEAD.unpack_from(data)
        return cls(kind == _DOCUMENT, clock_ms, data[_HEAD.size :], ends_ms)


@dataclass(frozen=True, slots=True)
class Joined:
    """What becomes of a half: a document that goes on, and what waits from now on; None: nothing."""

    document: str | None
    waiting: Half | None


def taken(came: Half, waiting: Half | None) -> Joined:
    """Take a half in, where another one of its key may wait.

    Of two lines the first stays: the second is of a repeated event. Of two documents the first goes on
    without its line, so that none is lost.
    """
    if waiting is None:
        return Joined(None, came)
    if waiting.is_document != came.is_document:
        line, document = (waiting, came) if came.is_document else (came, waiting)
        return Joined(with_raw(document.content.decode(), line.content), None)
    return Joined(waiting.content.decode(), came) if came.is_document else Joined(None, waiting)


def timed_out(waiting: Half | None, now_ms: int) -> Joined:
    """Return what becomes of what waits at a time of the stream: a document goes on without a line."""
    if waiting is None or waiting.ends_ms > now_ms:
        return Joined(None, waiting)
    return Joined(waiting.content.decode() if waiting.is_document else None, None)
