"""Elements of SVG and HTML as text, in which everything from outside is escaped."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from ops.terminal.shown_values import plain, visible

_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may hold."""
_HARMLESS = re.compile(r"[\w .,:;/#()+%-]*", re.ASCII)
"""Most texts, of which nothing is to be escaped: a large picture has ten thousand."""

_KEPT = "\n\r\t\u200c\u200d"
"""Ends of lines, and what joins letters of some languages and emoji: invisible, and no trick."""
_MOST = 2_000  # characters of a text; a comment has as many


def element(name: str, attributes: dict[str, object] | None = None, *children: str) -> Markup:
    """Return an element. Attributes that are None or False are left out, those that are True are empty;
    children that are no `Markup` are escaped.
    """
    written = "".join(_attribute(key, value) for key, value in (attributes or {}).items() if value is not None and value is not False)
    return Markup(f"<{name}{written}>{joined(*children)}</{name}>")  # noqa: S704 - attributes and children are escaped


def joined(*parts: str) -> Markup:
    """Return texts one after the other, escaped where they are no `Markup`."""
    return Markup("".join(part if isinstance(part, Markup) else _escaped(part) for part in parts))  # noqa: S704 - so is each part


def shortened(value: object, limit: int = 40) -> str:
    """Return a text from outside as one line of at most `limit` characters, without invisible ones."""
    return plain(value, limit)


def written(value: object) -> object:
    """Return what a template writes: of a text what is to be seen of it, with its lines, and not without end;
    all else as it is.
    """
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return visible(value if len(value) <= _MOST else f"{value[: _MOST - 1]}…", _KEPT)


def coordinate(value: float) -> str:
    """Return a length in the picture with one digit: the same on every machine."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def _attribute(key: str, value: object) -> str:
    if value is True:
        return f' {key}=""'
    if isinstance(value, int | float):
        return f' {key}="{coordinate(value) if isinstance(value, float) else value}"'
    return f' {key}="{_escaped(str(value))}"'


def _escaped(text: str) -> str:
    return text if _HARMLESS.fullmatch(text) else escape(_UNWRITABLE.sub("", text))
