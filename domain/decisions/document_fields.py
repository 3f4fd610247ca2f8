"""Fields of a decision document, each of the one kind that it has: no other is turned into it.

An id that is a list, say, would be acted on as its text, which no shop knows. All raise ValueError that names
the field.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

LATEST_MS = 253_402_300_800_000  # the year 10000
_MOST = 2**63  # what a number of a database holds
_PSEUDONYM = re.compile(r"[0-9a-f]{16}", re.ASCII)


def text(document: Mapping[str, Any], field: str) -> str:
    """Return a text that is not empty."""
    value = document.get(field)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{field} must be a text that is not empty")
    return value


def text_or_none(document: Mapping[str, Any], field: str) -> str | None:
    """Return a text, None where there is none."""
    value = document.get(field)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{field} must be a text or null")
    return value


def whole(value: Any, field: str) -> int:
    """Return a whole number that is not negative, 0 where there is none."""
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _MOST:
        raise ValueError(f"{field} must be a whole number that is not negative")
    return value


def moment(value: Any, field: str) -> int:
    """Return milliseconds since 1970, 0 where there are none."""
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < LATEST_MS:
        raise ValueError(f"{field} must be milliseconds since 1970")
    return value


def finite(value: Any, field: str) -> float:
    """Return a number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"{field} must be a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{field} must be a finite number")
    return number


def amount_or_none(value: Any, field: str) -> float | None:
    """Return a sum of money, which is not negative; None where there is none."""
    if value is None:
        return None
    if (number := finite(value, field)) < 0:
        raise ValueError(f"{field} must not be negative")
    return number


def mappings(document: Mapping[str, Any], field: str) -> list[Mapping[str, Any]]:
    """Return a list of mappings, an empty one where there is none."""
    value = document.get(field)
    if value is None:
        return []
    if not isinstance(value, list | tuple) or not all(isinstance(one, Mapping) for one in value):
        raise ValueError(f"{field} must be a list of mappings")
    return list(value)


def pseudonyms(document: Mapping[str, Any], field: str) -> dict[str, str]:
    """Return pseudonyms by entity kind: no raw identifier passes here."""
    found = _mapping(document, field)
    for kind, pseudonym in found.items():
        if not isinstance(pseudonym, str) or not _PSEUDONYM.fullmatch(pseudonym):
            raise ValueError(f"{field}.{kind} must be a pseudonym of 16 hexadecimal digits")
    return dict(found)


def switched_off(document: Mapping[str, Any], field: str) -> tuple[str, ...]:
    """Return the names of what is off."""
    found = _mapping(document, field)
    if not all(isinstance(is_on, bool) for is_on in found.values()):
        raise ValueError(f"{field} must name what is true or false")
    return tuple(name for name, is_on in found.items() if not is_on)


def _mapping(document: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    value = document.get(field)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ValueError(f"{field} must be a mapping")
    return value
