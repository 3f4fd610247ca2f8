"""A hash table of entries, pseudonym and number of its record: open addressing, 12 bytes a slot, half full
at most. One pseudonym in several records takes several slots.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.kernel.compiled import compiled, compiled_entry
from domain.kernel.raw_bytes import items_at

TABLE = np.dtype([
    (name, "i8") for name in (
        "slots", "keys_at", "records_at", "alive_at", "records", "stages", "salts_at", "asked_at", "found_at", "room",
    )
])  # fmt: skip
"""Where everything lies (`*_at` are addresses), and how many there are of each.

`keys` u8[slots] and the `records` u4[slots] they belong to; `alive` u1[records]; per stage the salt and the
key that is asked for, u8[stages]; what was found, i8[room].
"""
EMPTY = np.uint32(0xFFFFFFFF)
_HALF = np.uint64(32)
_LEAST_SLOTS = 1024


class EntryTable:
    """The table of one judge. It grows by being built anew, and drops what is not alive then."""

    def __init__(self, salts: NDArray[np.uint64], asked: NDArray[np.uint64]) -> None:
        """Take the salt of each stage, and where the caller writes the keys that `find` looks for."""
        self._salts, self._asked = salts, asked
        self._sizes: dict[int, int] = {}  # live record -> its entries
        self._used = 0
        self._alive = np.zeros(64, np.uint8)
        self._free = list(range(len(self._alive) - 1, -1, -1))
        self._dead: list[int] = []  # still in slots
        self._found = np.zeros(64, np.int64)
        self.entries = 0
        """Entries of live records."""
        self._plan = np.zeros(1, TABLE)
        self._new_slots(_LEAST_SLOTS)
        self._get_ready()

    def _get_ready(self) -> None:
        """Let all be compiled, or read from the cache, now and not at an event."""
        put_keys(self._address, self._address, 0, 0, 0)
        move_entries(self._address, self._address)
        look_up(self._address)

    @property
    def bytes(self) -> int:
        """Return the memory that the slots take."""
        return self._keys.nbytes + self._records.nbytes

    def add(self, keys: NDArray[np.uint64], stage: int) -> int:
        """Put a record's keys in, repeats and 0 left out; return the record's number."""
        self._make_room(len(keys))
        if not self._free:
            self._grow_records()
        record = self._free.pop()
        self._alive[record] = 1
        added = put_keys(self._plan.ctypes.data, keys.ctypes.data, len(keys), stage, record)
        self._sizes[record] = added
        self._used += added
        self.entries += added
        return record

    def drop(self, record: int) -> None:
        """Leave a record out from now on."""
        self._alive[record] = 0
        self.entries -= self._sizes.pop(record)
        self._dead.append(record)

    def find(self) -> list[int]:
        """Return stage << 32 | record for each live entry of a key that is asked for; 0 asks for nothing."""
        count = look_up(self._address)
        if count > len(self._found):
            self._found = np.zeros(2 * count, np.int64)
            self._plan_all()
            return self.find()
        found: list[int] = self._found[:count].tolist() if count else []
        return found

    def _make_room(self, more: int) -> None:
        if 2 * (self._used + more) <= len(self._keys):
            return
        slots = _LEAST_SLOTS
        while slots < 2 * (self.entries + more):
            slots *= 2
        old, kept = self._plan.copy(), (self._keys, self._records)
        self._new_slots(slots)
        move_entries(old.ctypes.data, self._plan.ctypes.data)
        del kept
        self._used = self.entries
        self._free += self._dead
        self._dead.clear()

    def _new_slots(self, slots: int) -> None:
        self._keys, self._records = np.zeros(slots, np.uint64), np.full(slots, EMPTY)
        self._plan_all()

    def _grow_records(self) -> None:
        before = len(self._alive)
        self._alive = np.concatenate([self._alive, np.zeros(before, np.uint8)])
        self._free = list(range(2 * before - 1, before - 1, -1))
        self._plan_all()

    def _plan_all(self) -> None:
        plan = self._plan
        plan["slots"], plan["records"], plan["stages"], plan["room"] = len(self._keys), len(self._alive), len(self._salts), len(self._found)
        arrays = {"keys": self._keys, "records": self._records, "alive": self._alive, "salts": self._salts, "asked": self._asked}
        for name, array in (*arrays.items(), ("found", self._found)):
            plan[f"{name}_at"] = array.ctypes.data
        self._address = int(plan.ctypes.data)


@compiled
def slot_of(key: Any, slots: int) -> Any:
    """Return where the search for a mixed key begins; pseudonyms are hashes already."""
    at: Any = np.int64((key ^ (key >> _HALF)) & np.uint64(slots - 1))
    return at


@compiled
def put_key(keys: Any, records: Any, key: np.uint64, record: int) -> int:
    """Put one mixed key in; return 0 if it was there for this record, else 1."""
    slots = len(keys)
    at = slot_of(key, slots)
    while records[at] != EMPTY:
        if keys[at] == key and records[at] == record:
            return 0
        at = (at + 1) & (slots - 1)
    keys[at], records[at] = key, record
    return 1


@compiled_entry
def put_keys(table_at: int, keys_at: int, count: int, stage: int, record: int) -> int:
    """Put the keys u8[count] of a record into the `TABLE`; return how many are new."""
    table = items_at(table_at, 1, TABLE)[0]
    keys, records = items_at(table["keys_at"], table["slots"], np.uint64), items_at(table["records_at"], table["slots"], np.uint32)
    salt, given = items_at(table["salts_at"], table["stages"], np.uint64)[stage], items_at(keys_at, count, np.uint64)
    added = 0
    for index in range(count):
        if given[index] != 0:
            added += put_key(keys, records, given[index] ^ salt, record)
    return added


@compiled_entry
def move_entries(from_at: int, to_at: int) -> None:
    """Put the entries of live records into an empty table that is large enough."""
    old, new = items_at(from_at, 1, TABLE)[0], items_at(to_at, 1, TABLE)[0]
    keys, records = items_at(old["keys_at"], old["slots"], np.uint64), items_at(old["records_at"], old["slots"], np.uint32)
    to_keys, to_records = items_at(new["keys_at"], new["slots"], np.uint64), items_at(new["records_at"], new["slots"], np.uint32)
    alive = items_at(new["alive_at"], new["records"], np.uint8)
    for at in range(len(keys)):
        if records[at] != EMPTY and alive[records[at]]:
            put_key(to_keys, to_records, keys[at], records[at])


@compiled_entry
def look_up(table_at: int) -> int:
    """Find the live entries of all keys that are asked for; return how many. `found` has the first `room`."""
    table = items_at(table_at, 1, TABLE)[0]
    slots, stages = table["slots"], table["stages"]
    keys, records = items_at(table["keys_at"], slots, np.uint64), items_at(table["records_at"], slots, np.uint32)
    alive, found = items_at(table["alive_at"], table["records"], np.uint8), items_at(table["found_at"], table["room"], np.int64)
    salts, asked = items_at(table["salts_at"], stages, np.uint64), items_at(table["asked_at"], stages, np.uint64)
    count = 0
    for stage in range(stages):
        if asked[stage] == 0:
            continue
        key = asked[stage] ^ salts[stage]
        at = slot_of(key, slots)
        while records[at] != EMPTY:
            if keys[at] == key and alive[records[at]]:
                if count < len(found):
                    found[count] = (np.int64(stage) << 32) | np.int64(records[at])
                count += 1
            at = (at + 1) & (slots - 1)
    return count
