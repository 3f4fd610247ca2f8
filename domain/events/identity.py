"""From raw identifiers to keyed pseudonyms: nothing after the parse stage knows who anybody is."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

PSEUDONYM_KEY = "RINGWATCH_PSEUDONYM_KEY"
"""Environment variable of the key that pseudonyms are made with."""
DEMO_KEY = b"ringwatch demo key: not secret"
"""The public key of demo and experiments, where no other is set: anyone can recompute its pseudonyms."""
MISSING = 0
"""The pseudonym of "no entity of this kind"."""

ADDRESS_PARTS = ("line1", "line2", "city", "region", "postal_code", "country")

_ABBREVIATIONS = {
    "street": "st", "str": "st", "strasse": "st", "avenue": "ave", "av": "ave", "road": "rd", "boulevard": "blvd",
    "drive": "dr", "lane": "ln", "court": "ct", "place": "pl", "square": "sq", "highway": "hwy", "parkway": "pkwy",
    "apartment": "apt", "appartment": "apt", "suite": "ste", "unit": "apt", "flat": "apt", "floor": "fl",
    "building": "bldg", "number": "no", "north": "n", "south": "s", "east": "e", "west": "w", "saint": "st",
}  # fmt: skip
_WORD = re.compile(r"[^\W_]+")
_GERMAN_STREET = re.compile(r"(?<=\w)(?:strasse|str)$")
# pseudonyms remembered per process: values of attributes repeat, and a hash costs about 1 us
_CACHE = 1 << 16


def normalise_address(address: str | Mapping[str, str | None]) -> str:
    """Return one spelling for one place.

    Case, accents, spaces, punctuation and common abbreviations are levelled.

        >>> normalise_address({"line1": "12, Main Street", "city": "Springfield"})
        '12 main st springfield'
        >>> normalise_address("12 main st. springfield")
        '12 main st springfield'
    """
    if not isinstance(address, str):
        address = " ".join(address[part] or "" for part in ADDRESS_PARTS if address.get(part))
    # in this order: the numero sign becomes "No" first, then "no"
    plain = unicodedata.normalize("NFKD", address).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = (_GERMAN_STREET.sub(" st", word) for word in _WORD.findall(plain))
    return " ".join(_ABBREVIATIONS.get(word, word) for word in " ".join(words).split())


def normalise(kind: str, value: str) -> str:
    """Return the spelling of an identifier that is hashed; accounts and payments keep their case."""
    if kind == "address":
        return normalise_address(value)
    value = value.strip()
    return value.casefold() if kind in ("email", "ip", "device") else value


class Pseudonyms:
    """Keyed 64-bit hashes of identifiers (BLAKE2b, RFC 7693), one name space per entity kind.

    The same key gives the same pseudonyms in the job and in the replay. Without the key nobody can compute
    them.
    """

    def __init__(self, key: bytes) -> None:
        if not key:
            raise ValueError("the pseudonym key is empty: set the environment variable RINGWATCH_PSEUDONYM_KEY")
        self._key = hashlib.blake2b(key, digest_size=32).digest()
        self.of = lru_cache(maxsize=_CACHE)(self._hash)

    def _hash(self, kind: str, value: str) -> int:
        """Return the pseudonym of a raw identifier, never `MISSING`; UnicodeEncodeError if no Unicode."""
        return self.of_text(kind, normalise(kind, value))

    def of_text(self, space: str, text: str) -> int:
        """Return the pseudonym of a text as it is, not remembered: event ids do not repeat."""
        digest = hashlib.blake2b(f"{space}\0{text}".encode(), key=self._key, digest_size=8).digest()
        return int.from_bytes(digest, "little") or 1


def as_text(pseudonym: int) -> str:
    """Return 16 hex digits, as in decisions, alerts and incidents."""
    return f"{pseudonym:016x}"
