"""The natural order of files: `month-2` before `month-10`, folder by folder.

It is the order in which the job and all commands read a folder. `flink_job/java/NaturalOrder.java` makes the
same key in Java; a test holds the two against each other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_ENDINGS = re.compile(r"(?<!^)(?:\.[A-Za-z][A-Za-z0-9]*)+\Z")
"""`.jsonl.gz` of `events.jsonl.gz`: `events.jsonl` comes before `events-1.jsonl`."""
_LAST_WITH_CASE = 0x1C80
"""Later letters have case in some versions of Unicode only."""
HIDDEN = (".", "_")
"""First characters of names that nobody reads: what is being written, and a system's own files."""


def natural_key(path: str | Path) -> str:
    """Return ASCII text whose order is the natural order of paths.

    Numbers count by their value, however long, in the digits of every script; upper and lower case are one.
    Endings are compared last. Where that makes names equal (`a-1`, `a-01`), their characters decide.
    """
    return "".join(map(_name_key, filter(None, str(path).split("/"))))


@lru_cache(maxsize=4096)
def _name_key(given: str) -> str:
    name = unicodedata.normalize("NFC", given)
    endings = _ENDINGS.search(name)
    stem = endings.start() if endings else len(name)
    return f"{_runs(name[:stem])}!{_runs(name[stem:])}!{''.join(f'{ord(one):06x}' for one in name)} "


def _runs(text: str) -> str:
    """Return the key of characters and numbers, in which a shorter number comes first."""
    key, at = [], 0
    while at < len(text):
        if _digit(text[at]) is None:
            key.append(f"{ord(_lower(text[at])):06x}")
            at += 1
            continue
        number = ""
        while at < len(text) and (digit := _digit(text[at])) is not None:
            number += str(digit)
            at += 1
        number = number.lstrip("0")
        key.append(f"{ord('0'):06x}{len(number):06x}{number}")
    return "".join(key)


def _digit(one: str) -> int | None:
    return unicodedata.decimal(one, None) if one <= "\uffff" else None


def _lower(one: str) -> str:
    # the small dotted i of "İ" is two characters
    return one.lower() if ord(one) < _LAST_WITH_CASE and one != "\u0130" else one


def files_in_order(path: Path) -> Iterator[Path]:
    """Yield the files below a folder in natural order; a file yields itself.

    Left out are hidden ones and what cannot be read to its end: a link that leads nowhere or back, a pipe.
    """
    if path.is_dir():
        yield from _below(path, frozenset())
    else:
        yield path


def _below(folder: Path, above: frozenset[Path]) -> Iterator[Path]:
    real = folder.resolve()
    if real in above:
        return
    for inside in sorted(folder.iterdir(), key=lambda inside: natural_key(inside.name)):
        if inside.name.startswith(HIDDEN):
            continue
        if inside.is_dir():
            yield from _below(inside, above | {real})
        elif inside.is_file():
            yield inside
