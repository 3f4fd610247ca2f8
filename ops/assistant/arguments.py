"""Arguments of tools, read strictly: a model, an address or a person wrote them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from ops.cases.errors import Invalid

_CHARS = 200


def known_only(arguments: Mapping[str, Any], known: Collection[str], where: str = "arguments") -> None:
    """Raise `Invalid` for an argument that there is not; the nearest one is named."""
    for name in arguments:
        if name not in known:
            near = get_close_matches(str(name), known, n=1)
            raise Invalid(
                where, f"there is no {str(name)[:40]!r}{f', did you mean {near[0]}?' if near else ''}; there are {', '.join(known)}"
            )


def text_of(arguments: Mapping[str, Any], name: str, among: Collection[str] | None = None, default: str | None = None) -> str:
    """Return an argument that is a text, one of `among` if that is given. Raises `Invalid`."""
    value = arguments.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or not 0 < len(value) <= _CHARS:
        raise Invalid(name, f"write a text of at most {_CHARS} characters" if among is None else f"use one of {', '.join(among)}")
    if among is not None and value not in among:
        raise Invalid(name, f"there is no {value[:40]!r}; use one of {', '.join(among)}")
    return value


def chosen(arguments: Mapping[str, Any], name: str, among: Collection[str]) -> str | None:
    """Return an argument that is one of some words, None where it is not given."""
    return text_of(arguments, name, among) if arguments.get(name) is not None else None


def texts_of(arguments: Mapping[str, Any], name: str, among: Collection[str], most: int) -> tuple[str, ...]:
    """Return an argument that is a list of words; one alone may stand without brackets. Raises `Invalid`."""
    value = arguments.get(name) or ()
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list | tuple) or len(values) > most or len(set(map(str, values))) != len(values):
        raise Invalid(name, f"write a list of at most {most} different words of {', '.join(among)}")
    return tuple(text_of({name: one}, name, among) for one in values)


def whole_of(arguments: Mapping[str, Any], name: str, default: int, most: int) -> int:
    """Return an argument that is a whole number from 1 to `most`. Raises `Invalid`."""
    value = arguments.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise Invalid(name, f"write a whole number from 1 to {most}")
    return value
