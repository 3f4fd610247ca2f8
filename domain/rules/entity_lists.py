"""Lists of entities: which records name the entities of an event, among a million of entries."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.events.event import Event
from domain.graph import GraphSettings
from domain.rules.conditions import ACTIVE, SHADOW
from domain.rules.entry_table import EntryTable

_STAGE_SHIFT = 32  # a find is stage << 32 | record


@dataclass(frozen=True, slots=True)
class ListRecord:
    """One record of a list: a single entity, or those of a file."""

    id: str
    version: int
    state: str
    """One of `STATES`."""
    list: str
    """Name of the list."""
    kind: str
    """Kind of entity."""
    expires_ms: int | None
    """The record does not count for events from this time on, in ms since 1970; None: it stays."""
    by: str
    reason: str

    @property
    def is_active(self) -> bool:
        """Return whether rules see the record; a shadow one is only reported."""
        return self.state == ACTIVE


class ListHit(NamedTuple):
    """A record that names the event's entity of a kind."""

    record: ListRecord
    kind: str


class EntityLists:
    """The records of all lists. A record that is paused or deleted, and an expired one, names nobody."""

    def __init__(self, graph: GraphSettings) -> None:
        self._stages = {kind: stage for stage, kind in enumerate(graph.stages)}
        self._kinds = graph.stages
        self._salts = np.array([_salt(kind) for kind in graph.stages], np.uint64)
        self._keys = np.zeros(len(graph.stages), np.uint64)
        self._packer = struct.Struct(f"={len(graph.stages)}Q")
        self._table = EntryTable(self._salts, self._keys)
        self._records: dict[int, ListRecord] = {}
        self._numbers: dict[str, int] = {}

    @property
    def entries(self) -> int:
        """Return how many entries count."""
        return self._table.entries

    @property
    def bytes(self) -> int:
        """Return the memory that the entries take."""
        return self._table.bytes

    def put(self, record: ListRecord, keys: NDArray[np.uint64]) -> None:
        """Take a record in with the pseudonyms that it names, in place of an earlier one of its id."""
        self.remove(record.id)
        if record.state not in (ACTIVE, SHADOW):
            return
        number = self._table.add(np.ascontiguousarray(keys, np.uint64), self._stages[record.kind])
        self._records[number], self._numbers[record.id] = record, number

    def remove(self, id: str) -> None:
        """Forget a record; an unknown id is none."""
        number = self._numbers.pop(id, None)
        if number is not None:
            del self._records[number]
            self._table.drop(number)

    def hits(self, event: Event) -> list[ListHit]:
        """Return the records that name an entity of the event and hold at its time, by kind and by id."""
        if not self._records:
            return []
        try:
            self._packer.pack_into(self._keys.data, 0, *event.entities, *event.places)
        except struct.error:  # an event made by hand may leave places out
            self._packer.pack_into(self._keys.data, 0, *map(event.key, range(len(self._kinds))))
        found = self._table.find()
        return self._held(found, event.time_ms) if found else []

    def _held(self, found: list[int], time_ms: int) -> list[ListHit]:
        hits = []
        for one in found:
            record = self._records[one & 0xFFFFFFFF]
            if record.expires_ms is None or time_ms < record.expires_ms:
                hits.append((one >> _STAGE_SHIFT, record.id, record))
        hits.sort(key=lambda hit: hit[:2])  # not in the order of the table, which depends on what came first
        return [ListHit(record, self._kinds[stage]) for stage, _, record in hits]


def _salt(kind: str) -> int:
    """Return what a kind's pseudonyms are mixed with, so that those of two kinds do not meet."""
    return int.from_bytes(hashlib.blake2b(kind.encode(), digest_size=8).digest(), "little")
