"""What a reason may show of a line, whose every text may be personal: names of fields, numbers and kinds."""

from __future__ import annotations

import re
from typing import Any

_KINDS = {dict: "an object", list: "an array", str: "a string", bool: "true or false", int: "a number", float: "a number"}
_BETWEEN_WORDS = re.compile(r"[-_\s]+")
_NAME = re.compile(r"(?!.*[0-9]{4})[A-Za-z_][A-Za-z0-9_.-]{0,40}")


def short(value: int | float) -> str:
    """Return a number as a reason shows it, however many digits it has."""
    return ascii(value)[:64]


def name_of(key: str) -> str:
    """Return a key of an object if it looks like a name, else "a field": it may be anybody's e-mail."""
    return key if _NAME.fullmatch(key) else "a field"


def folded(name: str) -> str:
    """Return a name without its case, spaces, hyphens and underscores, in which programs differ."""
    return _BETWEEN_WORDS.sub("", name.lower())


def kind_of(value: Any) -> str:
    """Return what kind of JSON value it is, in words."""
    return "nothing" if value is None else _KINDS[type(value)]
