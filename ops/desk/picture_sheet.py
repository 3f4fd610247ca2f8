"""The style sheet of pictures, resolved for a drawer that knows no variables and no conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from ops.desk.static_files import FOLDER

SHEET = FOLDER / "pictures.css"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_TOKEN = re.compile(r"(--[\w-]+)\s*:\s*([^;}]+)")
_USE = re.compile(r"var\((--[\w-]+)\)")


@cache
def light_sheet() -> str:
    """Return the rules that hold without a condition, with the light tokens in place of variables.

    Rules with a pseudo-class are left out: nobody hovers over a PNG.
    """
    values = tokens(dark=False)
    rules = (f"{selector} {{{body}}}" for selector, body in _rules(_text()) if ":" not in selector and not selector.startswith("@"))
    return _USE.sub(lambda use: values[use[1]], "\n".join(rules))


@cache
def tokens(*, dark: bool) -> Mapping[str, str]:
    """Return the colours by the name of their variable, those of the dark ground where `dark`."""
    found: dict[str, str] = {}
    for selector, body in _rules(_text()):
        if selector == ":root" or (dark and "prefers-color-scheme: dark" in selector):
            found |= {name: value.strip() for name, value in _TOKEN.findall(body)}
    return found


def _text() -> str:
    return _COMMENT.sub("", SHEET.read_text(encoding="utf-8"))


def _rules(text: str) -> Iterator[tuple[str, str]]:
    """Yield selectors and bodies of the outermost blocks."""
    start = depth = 0
    selector = ""
    for at, letter in enumerate(text):
        if letter == "{":
            selector, start = (text[start:at].strip(), at + 1) if depth == 0 else (selector, start)
            depth += 1
        elif letter == "}":
            depth -= 1
            if depth == 0:
                yield selector, text[start:at].strip()
                start = at + 1
