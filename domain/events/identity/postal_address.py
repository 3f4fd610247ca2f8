"""One spelling for one place, by the rules of each script."""

from __future__ import annotations

import re
from collections.abc import Mapping

from domain.events.identity.scripts import letters_of
from domain.events.identity.text import seen

ADDRESS_PARTS = ("line1", "line2", "city", "region", "postal_code", "country")

_ABBREVIATIONS = {
    "street": "st", "str": "st", "strasse": "st", "avenue": "ave", "av": "ave", "road": "rd", "boulevard": "blvd",
    "drive": "dr", "lane": "ln", "court": "ct", "place": "pl", "square": "sq", "highway": "hwy", "parkway": "pkwy",
    "apartment": "apt", "appartment": "apt", "suite": "ste", "unit": "apt", "flat": "apt", "floor": "fl",
    "building": "bldg", "number": "no", "north": "n", "south": "s", "east": "e", "west": "w", "saint": "st",
}  # fmt: skip
_WORD = re.compile("[a-z0-9]+")
_GERMAN_STREET = re.compile(r"(?<=\w)(?:strasse|str)$")


def normalise_address(address: str | Mapping[str, str | None]) -> str:
    """Return one spelling for one place; empty if it holds no letter and no digit.

    Case, spaces, punctuation and common abbreviations are levelled in all scripts, the rest by the rules of
    each: see `letters_of`.

        >>> normalise_address({"line1": "12, Main Street", "city": "Springfield"})
        '12 main st springfield'
        >>> normalise_address("12 main st. springfield")
        '12 main st springfield'
        >>> normalise_address("Élysée, Łódź") == normalise_address("ELYSEE, Lodz")
        True
    """
    if not isinstance(address, str):
        address = " ".join(address[part] or "" for part in ADDRESS_PARTS if address.get(part))
    words = _WORD.findall(address.lower()) if address.isascii() else letters_of(seen(address)).split()
    if any(word.endswith(("str", "strasse")) for word in words):
        words = " ".join(_GERMAN_STREET.sub(" st", word) for word in words).split()
    return " ".join([_ABBREVIATIONS.get(word, word) for word in words])
