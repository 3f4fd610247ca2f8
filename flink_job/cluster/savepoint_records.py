"""The records of entities that a savepoint holds, found and read without Flink.

In a savepoint, and in a checkpoint of the heap, a record lies as it is. Before it are the time at which it
was touched last, by which Flink expires it (ms since 1970, eight bytes), and its length (four bytes). Its
head has the tag of its kind and graph (`domain.memory.record`). A record of `graph.ring_entities` has no
tag: it is known by its length and by the times in its head. In RocksDB's files all are compressed.
"""

from __future__ import annotations

import mmap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from domain.graph import GraphSettings
from domain.memory.place_record import PLACE_HEAD
from domain.memory.record import RECORD_LIMIT_BYTES, RecordLayout
from domain.memory.record_migration import PLACE_LENGTHS, RecordVersionError, migrate, migrate_place

_TAG_AT, _TAG_BYTES = 2, 2
_TIME_BYTES, _LENGTH_BYTES = 8, 4
_SHORTEST = 60
_TIMES = range(1_500_000_000_000, 4_500_000_000_000)
"""Of the years 2017 to 2112: bytes that only look like a record have no time before them."""
_OF_A_PLACE = ("first_seen", "clock", "distinct_since")


@dataclass(frozen=True)
class Records:
    """How many records of each version there are, and why some cannot be read."""

    versions: Counter[int] = field(default_factory=Counter)
    places: Counter[int] = field(default_factory=Counter)
    """Of `graph.ring_entities`."""
    refused: Counter[str] = field(default_factory=Counter)


def records_in(folder: Path, graph: GraphSettings) -> Records:
    """Read every record of a savepoint, as the job would when it meets its entity."""
    found = Records()
    layouts = [RecordLayout(graph, position) for position in range(len(graph.entities))]
    for file in sorted(path for path in folder.iterdir() if path.is_file() and path.stat().st_size):
        with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
            for layout in layouts:
                _read(_records(content, layout.tag), partial(migrate, layout=layout), found.versions, found.refused)
            _read(_places(content), migrate_place, found.places, found.refused)
    return found


def _read(records: Iterable[bytes], current: Callable[[bytes], bytes], versions: Counter[int], refused: Counter[str]) -> None:
    for record in records:
        try:
            current(record)
            versions[record[0]] += 1
        except RecordVersionError as error:
            refused[str(error)] += 1


def _records(content: mmap.mmap, tag: int) -> Iterator[bytes]:
    """Yield what begins with a version and this tag, and has a time and its length before it."""
    for begin, length in _with_a_time(content, tag.to_bytes(_TAG_BYTES, "little"), _TAG_AT):
        if _SHORTEST <= length <= RECORD_LIMIT_BYTES:
            yield content[begin : begin + length]


def _places(content: mmap.mmap) -> Iterator[bytes]:
    """Yield what has the length of such a record of any version, a time before it, and times in its head."""
    for bytes_ in PLACE_LENGTHS:
        for begin, length in _with_a_time(content, bytes_.to_bytes(_LENGTH_BYTES, "big"), -_LENGTH_BYTES):
            record = content[begin : begin + length]
            if length == bytes_ and all(int(np.frombuffer(record, PLACE_HEAD, 1)[0][name]) in _TIMES for name in _OF_A_PLACE):
                yield record


def _with_a_time(content: mmap.mmap, wanted: bytes, within: int) -> Iterator[tuple[int, int]]:
    """Yield begin and length of what has `wanted` at this place, and a time and its length before it."""
    at = content.find(wanted, _TIME_BYTES + _LENGTH_BYTES + within)
    while at >= 0:
        begin = at - within
        counted = begin - _LENGTH_BYTES
        length, touched = int.from_bytes(content[counted:begin], "big"), int.from_bytes(content[counted - _TIME_BYTES : counted], "big")
        if touched in _TIMES and begin + length <= len(content):
            yield begin, length
        at = content.find(wanted, at + 1)
