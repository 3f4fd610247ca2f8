"""Turns numbers into the identifiers a shop sees: the same keyed scramble for customers and rings.

A scrambled number keeps no trace of when it was handed out or to whom.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.simulator.layout import Bools
from domain.simulator.population import DISPOSABLE

Words = NDArray[np.uint64]
Texts = list[str | None]

FIRST_NAMES = (
    "anna", "ben", "carla", "david", "elena", "felix", "greta", "hanna", "ivan", "julia", "karl", "lena", "marco",
    "nina", "oscar", "paula", "quentin", "rosa", "stefan", "tara", "ulrich", "vera", "walter", "xenia", "yusuf",
    "zoe", "amir", "bianca", "chris", "dora", "emil", "fatima", "george", "helen", "isaac", "jana", "kevin",
    "laura", "mateo", "nora", "olga", "pedro", "rita", "samuel", "tom", "ursula", "victor", "wanda", "yara", "adam",
)  # fmt: skip
LAST_NAMES = (
    "keller", "novak", "rossi", "martin", "jensen", "weber", "silva", "kowalski", "dubois", "meyer", "hansen",
    "fischer", "garcia", "murphy", "costa", "lopez", "moreau", "bauer", "larsen", "schmidt", "evans", "brown",
    "taylor", "walker", "hughes", "santos", "ferrari", "conti", "ricci", "marino", "vogel", "lang", "frank",
    "winter", "sommer", "berg", "wolf", "koch", "braun", "roth", "haas", "lindt", "peeters", "visser", "mulder",
    "devos", "maes", "claes", "smit", "bakker",
)  # fmt: skip
DOMAINS = ("gmail.com", "outlook.com", "yahoo.com", "icloud.com", "web.de", "gmx.net", "orange.fr", "proton.me")
DOMAIN_SHARES = (0.44, 0.14, 0.1, 0.1, 0.08, 0.07, 0.04, 0.03)
DISPOSABLE_DOMAINS = ("mailinator.com", "yopmail.com", "moakt.cc", "trashmail.de", "mvrht.net")
# First octets given out to providers: no private, loopback or multicast network.
OCTETS = np.array([o for o in range(11, 223) if o not in (100, 127, 169, 172, 192, 198, 203)])


class Scrambler:
    """A keyed hash of numbers, one independent function per seed and purpose."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._keys: dict[str, np.uint64] = {}

    def words(self, purpose: str, numbers: NDArray[np.integer[Any]]) -> Words:
        """Return 64 even bits for each number (the finaliser of SplitMix64, Steele et al. 2014)."""
        if purpose not in self._keys:
            digest = hashlib.blake2b(f"{self._seed}:{purpose}".encode(), digest_size=8).digest()
            self._keys[purpose] = np.uint64(int.from_bytes(digest, "little"))
        z = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + self._keys[purpose]
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))

    def unit(self, purpose: str, numbers: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
        """Return a fixed number in [0, 1) for each number."""
        return (self.words(purpose, numbers) >> np.uint64(11)) / float(1 << 53)

    def hex(self, purpose: str, numbers: NDArray[np.integer[Any]]) -> list[str]:
        """Return 32 hex digits for each number."""
        pairs = np.stack([self.words(f"{purpose} high", numbers), self.words(f"{purpose} low", numbers)], axis=1)
        text = pairs.astype(">u8").tobytes().hex()
        return [text[at : at + 32] for at in range(0, len(text), 32)]

    def uuids(self, purpose: str, numbers: NDArray[np.integer[Any]]) -> list[str]:
        """Return a random-looking UUID (RFC 9562, version 4) for each number."""
        digits = self.hex(purpose, numbers)
        return [f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{'89ab'[int(h[16], 16) & 3]}{h[17:20]}-{h[20:]}" for h in digits]

    def cards(self, numbers: NDArray[np.integer[Any]]) -> list[str]:
        """Return a payment provider's token for each card."""
        return [f"pm_{digits[:24]}" for digits in self.hex("card", numbers)]

    def ips(self, numbers: NDArray[np.integer[Any]]) -> list[str]:
        """Return a public IPv4 address for each line; two lines in 2^31 may coincide, as leases do."""
        words = self.words("ip", numbers)
        first = OCTETS[(words % np.uint64(len(OCTETS))).astype(np.int64)].tolist()
        rest = [((words >> np.uint64(shift)) & np.uint64(255)).tolist() for shift in (16, 32, 48)]
        return [f"{a}.{b}.{c}.{d}" for a, b, c, d in zip(first, *rest, strict=True)]

    def emails(self, numbers: NDArray[np.integer[Any]]) -> list[str]:
        """Return a mailbox for each number; the lowest bit sends it to a throw-away domain."""
        words = self.words("email", numbers)
        luck = self.unit("email domain", numbers)
        usual = np.searchsorted(np.cumsum(DOMAIN_SHARES)[:-1], luck, side="right")
        throw_away = (luck * len(DISPOSABLE_DOMAINS)).astype(np.int64) + len(DOMAINS)
        domain = np.where(numbers & DISPOSABLE, throw_away, usual).tolist()
        domains = DOMAINS + DISPOSABLE_DOMAINS
        return [f"{_mailbox(w)}@{domains[d]}" for w, d in zip(words.tolist(), domain, strict=True)]


def _mailbox(word: int) -> str:
    """Return a name and a number of up to five digits, joined in one of the usual ways."""
    word, first = divmod(word, len(FIRST_NAMES))
    word, last = divmod(word, len(LAST_NAMES))
    word, style = divmod(word, 4)
    name = (
        f"{FIRST_NAMES[first]}.{LAST_NAMES[last]}",
        f"{FIRST_NAMES[first]}{LAST_NAMES[last]}",
        f"{FIRST_NAMES[first][0]}.{LAST_NAMES[last]}",
        f"{LAST_NAMES[last]}_{FIRST_NAMES[first]}",
    )[style]
    return f"{name}{word % 100_000}"


def only(shown: Bools, texts: list[str]) -> Texts:
    """Return the texts where `shown`, None elsewhere."""
    return [text if keep else None for keep, text in zip(shown.tolist(), texts, strict=True)]
