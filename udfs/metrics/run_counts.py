"""Counts of a local run in files that the command line reads while the job runs and after it has ended.

Flink's REST interface shows a count late and forgets it with the job. `ringwatch run` sets
`RINGWATCH_RUN_COUNTS` to a folder for its local Flink. Then each labelled counter also keeps a small file
there, in memory that both sides map. On a cluster the variable is not set, and nothing is kept.
"""

from __future__ import annotations

import json
import mmap
import os
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkstemp

FOLDER = "RINGWATCH_RUN_COUNTS"
_HEAD_BYTES, _WORD = 4096, 8


class CountsFile:
    """File of signed 64-bit counts by label, from 0 on, and of the time of the newest count in ms.

    Only the one task of an operator that owns it may write them.
    """

    def __init__(self, folder: Path, name: str, labels: Sequence[str]) -> None:
        """Make a file of its own: each attempt of a task begins at 0."""
        head = json.dumps({"name": name, "labels": list(labels), "made_ms": time.time_ns() // 1_000_000}).encode()
        if len(head) > _HEAD_BYTES:
            raise ValueError(f"{name} has too many labels to be kept in {_HEAD_BYTES} bytes")
        handle, _ = mkstemp(".counts", f"{name}-", folder)
        with os.fdopen(handle, "r+b") as file:
            file.write(head.ljust(_HEAD_BYTES) + bytes(_WORD * (len(labels) + 1)))
            file.flush()
            self._map = mmap.mmap(file.fileno(), 0)
        self._cells = memoryview(self._map)[_HEAD_BYTES:].cast("q")
        self._places = {label: place for place, label in enumerate(labels)}

    def add(self, label: str, by: int = 1) -> None:
        """Raise the count of a label; KeyError if there is no such label."""
        place = self._places[label]
        self._cells[-1] = time.time_ns() // 1_000_000  # before the count: a reader of both sees no count that is newer
        self._cells[place] += by


def counts_file(name: str, labels: Sequence[str]) -> CountsFile | None:
    """Return a new file for a counter of this run; None where nobody reads it."""
    folder = os.environ.get(FOLDER)
    return CountsFile(Path(folder), name, labels) if folder and Path(folder).is_dir() else None


def read_counts(folder: Path, since_ms: int = 0) -> dict[str, dict[str, int]]:
    """Return the counts by name and label, summed over all tasks that began at `since_ms` or later."""
    return read_counts_and_times(folder, since_ms)[0]


def read_counts_and_times(folder: Path, since_ms: int = 0) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """Return the counts as `read_counts` does, and by name the time (ms) of the newest, 0 if none is."""
    found: dict[str, dict[str, int]] = {}
    newest: dict[str, int] = {}
    for path in folder.glob("*.counts"):
        content = path.read_bytes()
        if len(content) <= _HEAD_BYTES:  # it is being made
            continue
        head = json.loads(content[:_HEAD_BYTES])
        if head["made_ms"] < since_ms:
            continue
        counts = found.setdefault(head["name"], {})
        *cells, last_ms = memoryview(content)[_HEAD_BYTES:].cast("q")
        newest[head["name"]] = max(newest.get(head["name"], 0), last_ms)
        for label, count in zip(head["labels"], cells, strict=True):
            counts[label] = counts.get(label, 0) + count
    return found, newest
