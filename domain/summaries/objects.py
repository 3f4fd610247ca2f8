"""JSON objects within a text, found by decoding at each brace that may begin one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# A brace before anything else begins no JSON object: prose and placeholders ({F3}) cost no try.
_BEGIN = re.compile(r'\{\s*["}]')
_TRAILING_COMMA = re.compile(r",\s*[}\]]")
_DECODER = json.JSONDecoder(strict=False)  # line breaks within strings are what small models write
_TRIES = 200
_WORK = 32  # characters decoded at most, per character of the text


@dataclass(frozen=True, slots=True)
class FoundObject:
    """An object with its place in the text: from `begin` up to, not including, `end`."""

    value: dict[str, Any]
    begin: int
    end: int


def objects_in(text: str) -> Iterator[FoundObject]:
    """Yield the whole JSON objects in a text from left to right; none is within another.

    Those within an object that is not whole are found too. A comma before a closing bracket is forgiven.
    The work is bounded: what comes after many broken objects may not be found.
    """
    at, work = 0, _WORK * len(text)
    for _ in range(_TRIES):
        begin = _BEGIN.search(text, at)
        if begin is None or work < 0:
            return
        try:
            value, end = _DECODER.raw_decode(text, begin.start())
        except (ValueError, RecursionError) as error:
            work -= _read_by(error, text, begin.start())
            comma = _trailing_comma(error, text)
            if comma is None:
                at = begin.start() + 1
            else:
                text = f"{text[:comma]} {text[comma + 1 :]}"
            continue
        yield FoundObject(value, begin.start(), end)
        at = end


def string_of(text: str) -> str | None:
    """Return what a text that is one JSON string holds, fenced or not; None for any other text."""
    begin = text.find('"')
    if begin < 0 or "{" in text[:begin]:
        return None
    try:
        value, _ = _DECODER.raw_decode(text, begin)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, str) else None


def _read_by(error: Exception, text: str, begin: int) -> int:
    """Return about how many characters a decoder has read before it gave up."""
    if isinstance(error, json.JSONDecodeError) and not error.msg.startswith("Unterminated"):
        return error.pos - begin
    return len(text) - begin


def _trailing_comma(error: Exception, text: str) -> int | None:
    """Return where the comma is that alone was wrong, None if it was something else."""
    if not isinstance(error, json.JSONDecodeError):
        return None
    at = error.pos if text[error.pos : error.pos + 1] == "," else len(text[: error.pos].rstrip()) - 1
    return at if at >= 0 and _TRAILING_COMMA.match(text, at) else None
