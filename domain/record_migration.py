"""Records of older versions, read as the current one. Frozen samples of each version are in the tests."""

from __future__ import annotations

import struct

import numpy as np

from domain.record import COUNTERS, NEVER, VERSION, EntityRecord, RecordLayout

# version, n_links, tag, n_ids, first_seen, last_seen, clock, events, frauds, legitimates, habit_n, habit_mean, habit_var,
# hour_cos, hour_sin, run_first, run_n, last_fraud, last_legit, distinct_since, ring
_HEAD_1 = struct.Struct("<BBHBqqqIIIfffffqIqqqQ")
# version 1 kept events, amount, squared amount, unusual, fraud, legitimate; it did not tell frauds apart by their amount
_COUNTERS_1_TO_2 = (0, 1, 3, 4, 2, 5)
_SQUARED_AMOUNT = 2


class RecordVersionError(ValueError):
    """A stored record that this program cannot read; the message names the setting to restore."""


def migrate(data: bytes, layout: RecordLayout) -> bytes:
    """A stored record in the current version; refuses one of another graph or of a newer program."""
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
    return data if version == VERSION else _from_version_1(data, layout)


def _from_version_1(data: bytes, layout: RecordLayout) -> bytes:
    """Version 1 had one run of frauds: they become frauds at usual amounts, which is what a fraud without an amount is, too."""
    record = EntityRecord(layout, 0)
    (
        _, record.n_links, _, record.n_ids, record.first_seen, record.last_seen, record.clock, record.events, record.frauds,
        record.legitimates, record.habit_n, record.habit_mean, record.habit_var, record.hour_cos, record.hour_sin,
        record.usual_first, record.usual_n, record.usual_last, record.last_legit, record.distinct_since, record.ring,
    ) = _HEAD_1.unpack_from(data)  # fmt: skip
    if record.usual_last == NEVER:
        record.usual_n = 0
    counters_end = _HEAD_1.size + record.counters.nbytes
    counters = np.frombuffer(data[_HEAD_1.size : counters_end], "<f4").reshape(-1, len(COUNTERS)).copy()
    counters[:, _SQUARED_AMOUNT] = 0.0
    record.counters = counters[:, _COUNTERS_1_TO_2]
    kinds_end = counters_end + record.kinds.nbytes
    record.kinds = np.frombuffer(data[counters_end:kinds_end], "<f4").reshape(layout.kinds_shape)
    ids_at = kinds_end + record.bitmaps.nbytes
    record.bitmaps = np.frombuffer(data[kinds_end:ids_at], np.uint8).reshape(layout.bitmaps_shape)
    links_at = ids_at + 8 * record.n_ids
    record.ids, record.links = data[ids_at:links_at], data[links_at:]
    return record.encode()
