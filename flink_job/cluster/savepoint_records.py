"""The records of entities that a savepoint holds, found and read without Flink.

In a savepoint, and in a checkpoint of the heap, a record lies as it is. Before it are the time at which it
was touched last, by which Flink expires it (ms since 1970, eight bytes), and its length (four bytes). Its
head has the tag of its kind and graph (`domain.memory.record`). In RocksDB's files it is compressed.
"""

from __future__ import annotations

import mmap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from domain.graph import GraphSettings
from domain.memory.record import RECORD_LIMIT_BYTES, RecordLayout
from domain.memory.record_migration import RecordVersionError, migrate

_TAG_AT, _TAG_BYTES = 2, 2
_TIME_BYTES, _LENGTH_BYTES = 8, 4
_SHORTEST = 60
_TIMES = range(1_500_000_000_000, 4_500_000_000_000)
"""Of the years 2017 to 2112: bytes that only look like a record have no time before them."""


@dataclass(frozen=True)
class Records:
    """How many records of each version there are, and why some cannot be read."""

    versions: Counter[int] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


def records_in(folder: Path, graph: GraphSettings) -> Records:
    """Read every record of a savepoint, as the job would when it meets its entity."""
    found = Records()
    layouts = [RecordLayout(graph, position) for position in range(len(graph.entities))]
    for file in sorted(path for path in folder.iterdir() if path.is_file() and path.stat().st_size):
        with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
            for layout in layouts:
                _read(content, layout, found)
    return found


def _read(content: mmap.mmap, layout: RecordLayout, found: Records) -> None:
    for record in _records(content, layout.tag):
        try:
            migrate(record, layout)
            found.versions[record[0]] += 1
        except RecordVersionError as error:
            found.refused[str(error)] += 1


def _records(content: mmap.mmap, tag: int) -> Iterator[bytes]:
    """Yield what begins with a version and this tag, and has a time and its length before it."""
    wanted = tag.to_bytes(_TAG_BYTES, "little")
    at = content.find(wanted, _TIME_BYTES + _LENGTH_BYTES + _TAG_AT)
    while at >= 0:
        begin = at - _TAG_AT
        counted = begin - _LENGTH_BYTES
        length, touched = int.from_bytes(content[counted:begin], "big"), int.from_bytes(content[counted - _TIME_BYTES : counted], "big")
        if _SHORTEST <= length <= RECORD_LIMIT_BYTES and touched in _TIMES and begin + length <= len(content):
            yield content[begin : begin + length]
        at = content.find(wanted, at + 1)
