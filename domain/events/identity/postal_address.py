"""One spelling for one place, by the rules of each script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from domain.events.identity.abbreviations import ABBREVIATIONS
from domain.events.identity.address_signs import has_signs, with_signs_read
from domain.events.identity.countries import country_part, with_country
from domain.events.identity.scripts import letters_of
from domain.events.identity.text import seen

ADDRESS_PARTS = ("line1", "line2", "city", "region", "postal_code", "country")

_WORD = re.compile("[a-z0-9]+")
_HOUSE_LETTER = re.compile(r"([0-9]+)([a-dfgh-lp-rt-vx-zабве])")
"""A house number and its letter; not one that may be a direction or a word of its own."""
_GERMAN_STREET = re.compile(r"(?<=\w\w)(?:strasse|str)$")
_REMEMBERED = 1 << 16


class _Spelling(dict[str, str]):
    """The one way to write a word of an address; as many words are remembered as `_REMEMBERED` says."""

    def __missing__(self, word: str) -> str:
        if house := _HOUSE_LETTER.fullmatch(word):
            spelling = f"{house[1]} {house[2]}"
        elif word.endswith(("str", "strasse")):
            spelling = " ".join([ABBREVIATIONS.get(part, part) for part in _GERMAN_STREET.sub(" st", word).split()])
        else:
            spelling = word
        if len(self) < _REMEMBERED:
            self[word] = spelling
        return spelling


_SPELLING = _Spelling(ABBREVIATIONS)


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
        address = parts_joined({part: text for part, text in address.items() if text})
    if address.isascii():
        text = address.lower()
        words = _WORD.findall(with_signs_read(text) if has_signs(text) else text)
    else:
        words = letters_of(with_signs_read(unicodedata.normalize("NFC", seen(address)))).split()
    return " ".join(with_country([_SPELLING[word] for word in words]))


def parts_joined(parts: dict[str, str]) -> str:
    """Return the parts of an address as one text."""
    if "country" in parts:
        parts = {**parts, "country": country_part(parts["country"])}
    return " ".join([parts[part] for part in ADDRESS_PARTS if part in parts])
