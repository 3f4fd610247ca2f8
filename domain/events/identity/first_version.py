"""The forms of the first version, until November 2026: for state that was made with them.

They never change. What they share with today's forms is a copy on purpose: those may change.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import partial

_ABBREVIATIONS = {
    "street": "st", "str": "st", "strasse": "st", "avenue": "ave", "av": "ave", "road": "rd", "boulevard": "blvd",
    "drive": "dr", "lane": "ln", "court": "ct", "place": "pl", "square": "sq", "highway": "hwy", "parkway": "pkwy",
    "apartment": "apt", "appartment": "apt", "suite": "ste", "unit": "apt", "flat": "apt", "floor": "fl",
    "building": "bldg", "number": "no", "north": "n", "south": "s", "east": "e", "west": "w", "saint": "st",
}  # fmt: skip
_WORD = re.compile(r"[^\W_]+")
_GERMAN_STREET = re.compile(r"(?<=\w)(?:strasse|str)$")


def form(kind: str) -> Callable[[str], str]:
    """Return what makes the text that was hashed."""
    return partial(_normalise, kind)


def _normalise_address(address: str) -> str:
    """Return the address without case, accents, punctuation; accents of every script."""
    # in this order: the numero sign becomes "No" first, then "no"
    plain = unicodedata.normalize("NFKD", address).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = (_GERMAN_STREET.sub(" st", word) for word in _WORD.findall(plain))
    return " ".join(_ABBREVIATIONS.get(word, word) for word in " ".join(words).split())


def _normalise(kind: str, value: str) -> str:
    """Return an identifier in lower case; accounts, merchants and payments keep theirs."""
    if kind == "address":
        return _normalise_address(value)
    value = value.strip()
    return value.casefold() if kind in ("email", "ip", "device") else value
