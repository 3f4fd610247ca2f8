"""A line of bytes to a JSON object with distinct keys, or `Rejected` with what the line is instead."""

from __future__ import annotations

import json
import re
from typing import Any

from domain.events.event import FIELDS, LABEL_FIELDS, MAX_LINE_BYTES, Rejected
from domain.events.quoting import name_of
from domain.events.unreadable import no_object, not_json, not_utf8, too_long

MAX_DEPTH = 4  # the contract nests two deep; the JSON scanner's own recursion must never be reached

# possessive, and matches without its end, too: linear on any input
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_WHITESPACE = " \t\n\r"
_WHERE_KEYS_END = (b'":', *(b'"' + space.encode() for space in _WHITESPACE))


class TooDeep(Rejected):
    """Refusal of a line that nests deeper than is read."""

    def __init__(self, max_depth: int) -> None:
        super().__init__("line", f"nested deeper than {max_depth} levels; the contract needs two")


def distinct_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object whose keys differ; raise `Rejected` otherwise.

    Of two values nobody knows which one other readers of the line take.
    """
    doc = dict(pairs)
    if len(doc) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in doc if keys.count(key) > 1)
        raise Rejected(twice if twice in FIELDS or twice in LABEL_FIELDS else "line", f"{name_of(twice)} appears twice in an object")
    return doc


# NaN and infinities are left to the fields' checks
_read = json.JSONDecoder().raw_decode
_read_closely = json.JSONDecoder(object_pairs_hook=distinct_keys).decode


def json_object(line: bytes, max_depth: int = MAX_DEPTH) -> dict[str, Any]:
    """Return the object of a line in UTF-8, with or without a byte order mark; raise `Rejected`."""
    if len(line) > MAX_LINE_BYTES:
        raise too_long(line, MAX_LINE_BYTES)
    if line.count(b"[") + line.count(b"{") > max_depth and _depth(line) > max_depth:
        raise TooDeep(max_depth)
    try:
        text = line.decode("utf-8")
        doc = plain_object(text, line)
        if doc is None:
            doc = _read_closely(text.removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        raise not_utf8(line, error) from None
    except json.JSONDecodeError as error:
        raise not_json(line, error) from None
    except ValueError:  # Python refuses integers of thousands of digits
        raise Rejected("line", "a number has too many digits") from None
    if not isinstance(doc, dict):
        raise no_object(doc)
    return doc


def plain_object(text: str, line: bytes) -> dict[str, Any] | None:
    """Return the object of a line where a glance shows that no key occurs twice in it; else None.

    `distinct_keys` looks closely, but takes as long as all the rest of the reading. Every key is followed by
    a colon, at once or after white space: if there are no more of those than keys in the end, none was lost.
    """
    if text[:1] != "{":
        return None
    try:
        doc, end = _read(text)
    except ValueError:
        return None
    if text[end:].strip(_WHITESPACE):
        return None
    keys = len(doc)  # it is an object: the text begins with a brace
    for field in ("address", "attributes"):
        if (inner := doc.get(field)).__class__ is dict:
            keys += len(inner)
    if line.count(b":") > keys and sum(map(line.count, _WHERE_KEYS_END)) > keys + _keys_below(doc):
        return None
    found: dict[str, Any] = doc
    return found


def _keys_below(doc: dict[str, Any]) -> int:
    """Return how many keys the objects hold that few events have."""
    return sum(len(inner) for field in ("pseudonyms", "signature") if (inner := doc.get(field)).__class__ is dict)


def _depth(line: bytes) -> int:
    """Return how deep arrays and objects nest, strings left out; without recursion."""
    depth = deepest = 0
    for char in _STRING.sub(b"", line):
        if char in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in b"]}":
            depth -= 1
    return deepest
