"""The document of an entry in a form that every database, page and program can hold."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from ops.redis.entry import Entry

MOST_DEPTH = 32
"""How deep a document nests at most. The job's need a handful; hundreds could be stored, but not shown."""
_NONE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_ESCAPES = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a whole pair: an emoji, say
    r"|\\(?:u(0000|[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def document_of(entry: Entry) -> dict[str, Any]:
    """Return the document of an entry. Null characters and halves of surrogate pairs, which are no text, are
    U+FFFD in it, so that an incident is not lost for a letter of its headline.

    Raises ValueError for what is no JSON object, nests too deep, or holds NaN or an infinite number.
    """
    try:
        found = _READER.decode(sound(entry.fields.get("json", "")))
    except (json.JSONDecodeError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError("its field json holds no JSON object")
    if is_deep(found):
        raise ValueError(f"its document nests deeper than {MOST_DEPTH} levels")
    return found


def sound(text: str) -> str:
    """Return JSON with U+FFFD for each escape of a null character or of half a surrogate pair."""
    if not _NONE.search(text):
        return text
    return _ESCAPES.sub(lambda found: "\\ufffd" if found[1] else found[0], text)


def is_deep(document: Any) -> bool:
    """Return whether a document nests deeper than `MOST_DEPTH`; without recursion."""
    level = [document]
    for _ in range(MOST_DEPTH):
        inner = (value for one in level for value in (one.values() if isinstance(one, dict) else one))
        level = [value for value in inner if isinstance(value, dict | list)]
        if not level:
            return False
    return True


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"its document holds the number {text[:20]}, which is none")


_READER = json.JSONDecoder(parse_float=_finite, parse_constant=_refuse)
