"""Records of older versions, read as current ones. Frozen samples of each version are in the tests."""

from __future__ import annotations

import numpy as np

from domain.memory.event_ids import LABELLED, WORTHS
from domain.memory.place_record import PLACE_BYTES, PLACE_HEAD_BYTES, PLACE_MARKS_AT
from domain.memory.place_record import VERSION as PLACE_VERSION
from domain.memory.record import BITMAP_BYTES, COUNTERS, NEVER, RECORD_HEAD, VERSION, RecordLayout

_HEAD_1 = np.dtype([
    ("version", "u1"), ("n_links", "u1"), ("tag", "<u2"), ("n_ids", "u1"),
    ("first_seen", "<i8"), ("last_seen", "<i8"), ("clock", "<i8"), ("events", "<u4"), ("frauds", "<u4"), ("legitimates", "<u4"),
    ("habit_n", "<f4"), ("habit_mean", "<f4"), ("habit_var", "<f4"), ("hour_cos", "<f4"), ("hour_sin", "<f4"),
    ("run_first", "<i8"), ("run_n", "<u4"), ("last_fraud", "<i8"), ("last_legit", "<i8"), ("distinct_since", "<i8"), ("ring", "<u8"),
])  # fmt: skip
_NEW_IN_5 = tuple(f"other_{name}_{number}" for number in (1, 2) for name in ("unit", "n", "mean", "var"))
_HEAD_4 = np.dtype([(name, RECORD_HEAD[name]) for name in RECORD_HEAD.names or () if name not in _NEW_IN_5])
_HEAD_3 = np.dtype([(name, _HEAD_4[name]) for name in _HEAD_4.names or () if name not in ("n_labels", "labels_gone")])
# Version 1 kept events, amount, squared amount, unusual, fraud, legitimate: its frauds are at any amount.
_COUNTERS_OF_1 = {"events": 0, "amount": 1, "unusual": 3, "fraud_usual": 4, "legitimate": 5}
_COUNTERS_5 = COUNTERS[:6]
"""Those of versions 2 to 5, which knew of no meetings."""
_PLACE_BYTES_1 = PLACE_HEAD_BYTES + 2 * BITMAP_BYTES
_COUNTERS_OF_PLACE_2 = 3
"""Of each span: version 2 counted events as well."""
_PLACE_BYTES_2 = _PLACE_BYTES_1 + 4 * 2 * _COUNTERS_OF_PLACE_2
_COUNTERS_OF_PLACE_3 = 2
"""Of the longer span alone."""
_PLACE_BYTES_3 = _PLACE_BYTES_1 + 4 * _COUNTERS_OF_PLACE_3
PLACE_LENGTHS = (_PLACE_BYTES_1, _PLACE_BYTES_2, _PLACE_BYTES_3, PLACE_BYTES)
"""Bytes of a place's record in each version."""
_RENAMED_SINCE_1 = {"usual_first": "run_first", "usual_n": "run_n", "usual_last": "last_fraud"}


class RecordVersionError(ValueError):
    """A stored record that this program cannot read; the message names the mend."""


def migrate(data: bytes, layout: RecordLayout) -> bytes:
    """Return a stored record in the current version.

    Raise RecordVersionError for one of another graph or of a newer program.
    """
    # version and tag begin every version's head
    version, tag = data[0], int.from_bytes(data[2:4], "little")
    if version == VERSION and tag == layout.tag:
        return data
    if not 1 <= version <= VERSION:
        raise RecordVersionError(
            f"a {layout.graph.entities[layout.position]} record has version {version}, this program reads up to {VERSION}: "
            "start it with the ringwatch release that wrote the savepoint, or without the savepoint"
        )
    if tag != layout.tag:
        raise RecordVersionError(
            f"a {layout.graph.entities[layout.position]} record was written with other graph.entities or graph.half_lives_s: "
            "restore those settings, or start without the savepoint"
        )
    if version == 1:
        data = _from_version_1(data, layout)
    if version <= 2:
        data = _from_version_2(data, layout)
    if version <= 3:
        data = _from_version_3(data, layout)
    if version <= 4:
        data = _from_version_4(data, layout)
    return _from_version_5(data, layout)


def migrate_place(data: bytes) -> bytes:
    """Return a stored record of a ring entity; version 1 had no counters, version 2 counted events as
    well, and version 3 did not count over a day.

    Raise RecordVersionError for another one.
    """
    if data[0] == PLACE_VERSION and len(data) == PLACE_BYTES:
        return data
    if data[0] == 1 and len(data) == _PLACE_BYTES_1:
        counters = bytes(PLACE_MARKS_AT - PLACE_HEAD_BYTES)
        return bytes([PLACE_VERSION]) + data[1:PLACE_HEAD_BYTES] + counters + data[PLACE_HEAD_BYTES:]
    if data[0] == 2 and len(data) == _PLACE_BYTES_2:
        marks_at = len(data) - 2 * BITMAP_BYTES
        kept = np.frombuffer(data[PLACE_HEAD_BYTES:marks_at], "<f4").reshape(-1, _COUNTERS_OF_PLACE_2)[:, 1:]
        return bytes([PLACE_VERSION]) + data[1:PLACE_HEAD_BYTES] + kept.tobytes() + data[marks_at:]
    if data[0] == 3 and len(data) == _PLACE_BYTES_3:
        marks_at = len(data) - 2 * BITMAP_BYTES
        of_a_day, of_a_month = bytes(4 * _COUNTERS_OF_PLACE_3), data[PLACE_HEAD_BYTES:marks_at]
        return bytes([PLACE_VERSION]) + data[1:PLACE_HEAD_BYTES] + of_a_day + of_a_month + data[marks_at:]
    raise RecordVersionError(
        f"a record of graph.ring_entities has version {data[0]} and {len(data)} bytes, this program reads up to version {PLACE_VERSION} of "
        f"{PLACE_BYTES}: drop the savepoint"
    )


def _fixed_3(layout: RecordLayout) -> np.dtype:
    """Return how records of versions 2 and 3 begin: without a book of labels."""
    return _with_sizes(_HEAD_3, layout)


def _with_sizes(head: np.dtype, layout: RecordLayout) -> np.dtype:
    return np.dtype([*((name, head[name]) for name in head.names or ()), *_sizes(layout)])


def _sizes(layout: RecordLayout) -> list[tuple[str, str, tuple[int, ...]]]:
    """Return what followed the head in versions 2 to 5."""
    counters = (layout.counters_shape[0], len(_COUNTERS_5))
    return [("counters", "<f4", counters), ("kinds", "<f4", layout.kinds_shape), ("bitmaps", "u1", layout.bitmaps_shape)]


def _from_version_5(data: bytes, layout: RecordLayout) -> bytes:
    """Return a record of version 5 as one of version 6: whom it met before, nobody was in doubt of; and if
    its book has lost labels, each of its events may have had one.
    """
    old_dtype = _with_sizes(RECORD_HEAD, layout)
    old, new = np.frombuffer(data, old_dtype, 1)[0], np.zeros(1, layout.fixed_dtype)[0]
    for name in old_dtype.names or ():
        if name != "counters":
            new[name] = old[name]
    new["version"] = VERSION
    new["counters"][:, : len(_COUNTERS_5)] = old["counters"]
    ids_end = old_dtype.itemsize + 8 * int(old["n_ids"])
    ids = (np.frombuffer(data[old_dtype.itemsize : ids_end], "<u8") & ~LABELLED) | (LABELLED if old["labels_gone"] else np.uint64(0))
    return bytes(new.tobytes()) + ids.tobytes() + data[ids_end:]


def _from_version_4(data: bytes, layout: RecordLayout) -> bytes:
    """Return a record of version 4 as one of version 5, without a habit in any other currency.

    Its habit may be one of numbers in several currencies; it becomes right again as amounts come.
    """
    old_dtype = _with_sizes(_HEAD_4, layout)
    old, new = np.frombuffer(data, old_dtype, 1)[0], np.zeros(1, _with_sizes(RECORD_HEAD, layout))[0]
    for name in old_dtype.names or ():
        new[name] = old[name]
    new["version"] = 5
    return bytes(new.tobytes()) + data[old_dtype.itemsize :]


def _from_version_3(data: bytes, layout: RecordLayout) -> bytes:
    """Return a record of version 3 as one of version 4.

    Of its labels it knows those on its links; others may be in its counters, as if the book had lost them.
    """
    old_dtype = _fixed_3(layout)
    old, new = np.frombuffer(data, old_dtype, 1)[0], np.zeros(1, _with_sizes(_HEAD_4, layout))[0]
    for name in old_dtype.names or ():
        new[name] = old[name]
    new["version"], new["labels_gone"] = 4, old["frauds"] > 0 or old["legitimates"] > 0
    return bytes(new.tobytes()) + data[old_dtype.itemsize :]


def _from_version_2(data: bytes, layout: RecordLayout) -> bytes:
    """Return a record of version 2 as one of version 3.

    Ids of version 2 say nothing of their events' worth: they become those of events without money.
    """
    begin = _fixed_3(layout).itemsize
    at = begin + 8 * data[layout.n_ids_at]
    ids = np.frombuffer(data[begin:at], "<u8") & ~WORTHS
    return bytes([3]) + data[1:begin] + ids.tobytes() + data[at:]


def _from_version_1(data: bytes, layout: RecordLayout) -> bytes:
    """Return a record of version 1 as one of version 2.

    Version 1 had one run of frauds: they become frauds at usual amounts, as is a fraud without an amount.
    """
    old_dtype, new_dtype = np.dtype([*((name, _HEAD_1[name]) for name in _HEAD_1.names or ()), *_sizes(layout)]), _fixed_3(layout)
    old, new = np.frombuffer(data, old_dtype, 1)[0], np.zeros(1, new_dtype)[0]
    for name in new_dtype.names or ():
        if (before := _RENAMED_SINCE_1.get(name, name)) in (old_dtype.names or ()) and name != "counters":
            new[name] = old[before]
    for name, column in _COUNTERS_OF_1.items():
        new["counters"][:, COUNTERS.index(name)] = old["counters"][:, column]
    new["version"] = 2
    if old["last_fraud"] == NEVER:
        new["usual_n"] = 0
    for name in ("unusual_first", "unusual_last", "last_unusual", "ring_seen"):
        new[name] = NEVER
    return bytes(new.tobytes()) + data[old_dtype.itemsize :]
