"""Keyed 64-bit hashes of canonical forms."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache

from domain.events.identity import first_version
from domain.events.identity.canonical import canonical_form
from domain.events.identity.settings import FIRST, USUAL, IdentitySettings
from domain.graph import ENTITY_FIELDS

PSEUDONYM_KEY = "RINGWATCH_PSEUDONYM_KEY"
"""Environment variable of the key that pseudonyms are made with."""
DEMO_KEY = b"ringwatch demo key: not secret"
"""The public key of demo and experiments, where no other is set: anyone can recompute its pseudonyms."""
MISSING = 0
"""The pseudonym of "no entity of this kind"."""

# pseudonyms remembered per process: values of attributes repeat, and a hash costs about 1 us
_CACHE = 1 << 16
_DERIVATION = b"pseudonyms v2"


class Pseudonyms:
    """Keyed 64-bit hashes of identifiers (BLAKE2b, RFC 7693), one name space per entity kind.

    The same key and settings give the same pseudonyms in the job and in the replay. Without the key nobody
    can compute them. Entities are hashed under a key derived for the version, so that pseudonyms of two
    versions never meet; event ids and values of attributes under one that stays, for models know the latter.
    """

    def __init__(self, key: bytes, identity: IdentitySettings = USUAL) -> None:
        if not key:
            raise ValueError("the pseudonym key is empty: set the environment variable RINGWATCH_PSEUDONYM_KEY")
        self._key = hashlib.blake2b(key, digest_size=32).digest()
        is_first = identity.pseudonyms == FIRST
        entity_key = self._key if is_first else hashlib.blake2b(key, digest_size=32, person=_DERIVATION).digest()
        self._keys = dict.fromkeys(ENTITY_FIELDS, entity_key)
        self._forms = {kind: first_version.form(kind) if is_first else canonical_form(kind, identity) for kind in ENTITY_FIELDS}
        self.of = lru_cache(maxsize=_CACHE)(self._hash)

    def form(self, kind: str) -> Callable[[str], str]:
        """Return what makes the canonical form of an entity's identifier, see `canonical_form`."""
        return self._forms[kind]

    def _hash(self, kind: str, value: str) -> int:
        """Return the pseudonym of a raw identifier, never `MISSING`; UnicodeEncodeError if no Unicode."""
        form = self._forms.get(kind)
        return self.of_text(kind, form(value) if form else value.strip())

    def of_text(self, space: str, text: str) -> int:
        """Return the pseudonym of a text as it is, not remembered: event ids do not repeat."""
        key = self._keys.get(space, self._key)
        digest = hashlib.blake2b(f"{space}\0{text}".encode(), key=key, digest_size=8).digest()
        return int.from_bytes(digest, "little") or 1


def as_text(pseudonym: int) -> str:
    """Return 16 hex digits, as in decisions, alerts and incidents."""
    return f"{pseudonym:016x}"
