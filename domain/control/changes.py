"""Accepted records on their way from the ledger to every judge, as keys and bytes of broadcast state.

A list of many entities goes before its record, in chunks that each fit into a message.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.json_text import as_json

CHUNK = 65_536
"""Entities in a chunk: 512 KB."""
_CHUNK_MARK = "#"


class Change(NamedTuple):
    """An accepted record."""

    key: str
    """`ControlRecord.key`."""
    applied: int
    """Its running number."""
    at_ms: int
    """Wall clock when it was accepted, in ms since 1970. Nothing is decided by it."""
    record: dict[str, Any]
    """`ControlRecord.document`."""
    model: str = ""
    """Of a model the text of its `ModelName`."""
    entries: int = 0
    """How many entities a list's file held."""
    digest: str = ""
    """`ListFile.digest`."""

    def to_bytes(self) -> bytes:
        """Return the bytes that `of` reads."""
        return as_json(self).encode()

    @classmethod
    def of(cls, kept: bytes) -> Change:
        """Read what `to_bytes` wrote."""
        return cls(*json.loads(kept))


def chunks(change: Change, keys: NDArray[np.uint64]) -> Iterator[tuple[str, bytes]]:
    """Yield the key and the bytes of each chunk of a list's entities."""
    for part, start in enumerate(range(0, len(keys), CHUNK)):
        yield f"{change.key}{_CHUNK_MARK}{change.applied}/{part:04}", keys[start : start + CHUNK].tobytes()


def is_chunk(key: str) -> bool:
    """Return whether a key is that of a chunk."""
    return _CHUNK_MARK in key


def chunk_of(key: str) -> tuple[str, int, int]:
    """Return the key and the running number of the change that a chunk belongs to, and which part it is."""
    record, _, rest = key.partition(_CHUNK_MARK)
    applied, _, part = rest.partition("/")
    return record, int(applied), int(part)
