"""How a reason quotes what was sent: short, in ASCII, and by its kind where its text may be personal."""

from __future__ import annotations

from typing import Any

_KINDS = {dict: "an object", list: "an array", str: "a string", bool: "true or false", int: "a number", float: "a number"}


def short(value: str | int | float) -> str:
    """Return a value as a reason quotes it: ASCII, and never longer than a line of text."""
    return ascii(value[:40] if isinstance(value, str) else value)[:64]


def kind_of(value: Any) -> str:
    """Return what kind of JSON value it is, in words."""
    return "nothing" if value is None else _KINDS[type(value)]
