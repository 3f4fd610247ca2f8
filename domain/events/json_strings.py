"""The texts of a JSON document, and what in a text is none: no database and no other program takes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from domain.events.quoting import name_of

_NONE = re.compile("[\0\ud800-\udfff]")


class TooDeepError(ValueError):
    """A document that nests deeper than is read."""


def strings_in(document: Any, most_depth: int) -> Iterator[tuple[str, str]]:
    """Yield every text, keys included, as (path, text); without recursion. Raises `TooDeepError`."""
    left: list[tuple[str, Any, int]] = [("", document, 0)]
    while left:
        path, value, depth = left.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, dict | list):
            if depth >= most_depth:
                raise TooDeepError
            if isinstance(value, dict):
                yield from ((path, key) for key in value)
                inner = [(name_of(key), one) for key, one in value.items()]
            else:
                inner = [(str(place), one) for place, one in enumerate(value)]
            left += [(f"{path}.{name}" if path else name, one, depth + 1) for name, one in inner]


def unwritable(text: str) -> str:
    """Return what in a text is none and the mend, empty for a sound text."""
    found = _NONE.search(text)
    if found is None:
        return ""
    return f"it holds {'a null character' if found[0] == chr(0) else 'half a surrogate pair'}; leave it out"
