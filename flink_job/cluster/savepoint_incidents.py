"""Open incidents and the watch for waves that a savepoint holds, found and read without Flink.

Each is bytes that Python has pickled: a version, the length of a JSON, that JSON, and numbers. The pickle is
not run: its head says how many bytes follow (`B` and four bytes, or `C` and one).
"""

from __future__ import annotations

import mmap
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from domain.incidents.session import IncidentSession
from domain.incidents.settings import IncidentSettings
from domain.incidents.waves.watch import WaveWatch

_SESSION, _WATCH = b'{"ring":', b'{"seen":'
_HEADER_BYTES = 5
_LONG, _SHORT = struct.Struct("<cI"), struct.Struct("<cB")


@dataclass(frozen=True)
class Kept:
    """How many there are, and why some cannot be read."""

    incidents: Counter[int] = field(default_factory=Counter)
    """Open ones, by version."""
    watches: Counter[int] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


def incidents_in(folder: Path, settings: IncidentSettings) -> Kept:
    """Read every open incident and the watch for waves, as the job would."""
    found = Kept()
    for file in sorted(path for path in folder.iterdir() if path.is_file() and path.stat().st_size):
        with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
            _read(content, _SESSION, lambda data: IncidentSession.from_bytes(data, settings), found.incidents, found.refused)
            _read(content, _WATCH, lambda data: WaveWatch(settings).restore(data, None), found.watches, found.refused)
    return found


def _read(content: mmap.mmap, begins: bytes, read: Callable[[bytes], object], versions: Counter[int], refused: Counter[str]) -> None:
    for data in _pickled(content, begins):
        try:
            read(data)
            versions[data[0]] += 1
        except (ValueError, KeyError, TypeError, struct.error) as error:
            refused[str(error)] += 1


def _pickled(content: mmap.mmap, begins: bytes) -> Iterator[bytes]:
    """Yield the bytes whose JSON begins so, if a pickle's head is before them."""
    at = content.find(begins, _HEADER_BYTES + _LONG.size)
    while at >= 0:
        begin = at - _HEADER_BYTES
        for form, code in ((_LONG, b"B"), (_SHORT, b"C")):
            found, length = form.unpack(content[begin - form.size : begin])
            if found == code and _HEADER_BYTES < length <= len(content) - begin:
                yield content[begin : begin + length]
                break
        at = content.find(begins, at + 1)
