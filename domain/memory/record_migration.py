"""Records of older versions, read as the current one. Frozen samples of each version are in the tests."""

from __future__ import annotations

import struct

import numpy as np

from domain.memory.place_record import PLACE_BYTES
from domain.memory.place_record import VERSION as PLACE_VERSION
from domain.memory.record import COUNTERS, NEVER, VERSION, EntityRecord, RecordLayout

# version, n_links, tag, n_ids, first_seen, last_seen, clock, events, frauds, legitimates, habit_n,
# habit_mean, habit_var, hour_cos, hour_sin, run_first, run_n, last_fraud, last_legit, distinct_since, ring
_HEAD_1 = struct.Struct("<BBHBqqqIIIfffffqIqqqQ")
# version 1 kept events, amount, squared amount, unusual, fraud, legitimate; it did not tell frauds apart by
# their amount
_COUNTERS_1_TO_2 = (0, 1, 3, 4, 2, 5)
_SQUARED_AMOUNT = 2


class RecordVersionError(ValueError):
    """A stored record that this program cannot read; the message names the setting to restore."""


def migrate(data: bytes, layout: RecordLayout) -> bytes:
    """A stored record in the current version; refuses one of another graph or of a newer program."""
    if data[0] == VERSION and data[2:4] == layout.tag_bytes:
        return data
    version, tag = data[0], int.from_bytes(data[2:4], "little")
    if version not in (1, VERSION):
        raise RecordVersionError(
            f"a {layout.graph.entities[layout.position]} record has version {version}, this program reads up to {VERSION}: "
            "start it with the ringwatch release that wrote the savepoint, or without the savepoint"
        )
    if tag != layout.tag:
        raise RecordVersionError(
            f"a {layout.graph.entities[layout.position]} record was written with other graph.entities or graph.half_lives_s: "
            "restore those settings, or start without the savepoint"
        )
    return _from_version_1(data, layout)


def migrate_place(data: bytes) -> bytes:
    """A stored record of a ring entity; refuses one of another version. There has been one only."""
    if data[0] == PLACE_VERSION and len(data) == PLACE_BYTES:
        return data
    raise RecordVersionError(
        f"a record of graph.ring_entities has version {data[0]} and {len(data)} bytes, this program reads version {PLACE_VERSION} of "
        f"{PLACE_BYTES}: drop the savepoint"
    )


def _from_version_1(data: bytes, layout: RecordLayout) -> bytes:
    """Version 1 had one run of frauds: they become frauds at usual amounts, which is what a fraud without an
    amount is, too.
    """
    record = EntityRecord(layout, 0)
    (
        _, record.n_links, _, record.n_ids, record.first_seen, record.last_seen, record.clock, record.events, record.frauds,
        record.legitimates, record.habit_n, record.habit_mean, record.habit_var, record.hour_cos, record.hour_sin,
        record.usual_first, record.usual_n, record.usual_last, record.last_legit, record.distinct_since, record.ring,
    ) = _HEAD_1.unpack_from(data)  # fmt: skip
    if record.usual_last == NEVER:
        record.usual_n = 0
    n_counters, kinds_at = layout.n_counters, _HEAD_1.size + 4 * layout.n_counters
    counters = np.frombuffer(data[_HEAD_1.size : kinds_at], "<f4").reshape(-1, len(COUNTERS)).copy()
    counters[:, _SQUARED_AMOUNT] = 0.0
    record.decayed[:n_counters] = counters[:, _COUNTERS_1_TO_2].ravel()
    bitmaps_at = kinds_at + 4 * (layout.n_decayed - n_counters)
    record.decayed[n_counters:] = np.frombuffer(data[kinds_at:bitmaps_at], "<f4")
    ids_at = bitmaps_at + len(record.bitmaps)
    record.bitmaps = bytearray(data[bitmaps_at:ids_at])
    links_at = ids_at + 8 * record.n_ids
    record.ids, record.links = data[ids_at:links_at], data[links_at:]
    return record.encode()
