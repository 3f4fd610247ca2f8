"""External merge sort of lines by time in bounded memory.

Lines are gathered up to a budget, sorted and spilled as a run. The runs are merged a block at a time:
whatever is not above the smallest last key of the blocks in memory can be written, in one vectorised sort
(Knuth, TAOCP vol. 3, 5.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.ipc

RUN_BYTES = 1 << 26
# runs merged at once: bounds open files, and memory to this many blocks, which make up one RUN_BYTES
FAN_IN = 48
_COMPRESSION = "lz4"  # shrinks runs about fivefold for little time
_SCHEMA = pa.schema([("time", pa.int64()), ("place", pa.int64()), ("text", pa.string())])


@dataclass(frozen=True)
class Lines:
    """Lines with their sort key: time, then place. No two lines share a key."""

    time: np.ndarray
    """int64, milliseconds."""
    place: np.ndarray
    """int64, the order among lines of the same time."""
    text: pa.StringArray
    """Without the line break."""

    @staticmethod
    def none() -> Lines:
        """Return no lines."""
        return Lines(np.zeros(0, np.int64), np.zeros(0, np.int64), pa.array([], pa.string()))

    @staticmethod
    def joined(parts: Iterable[Lines]) -> Lines:
        """Return all lines of the parts, sorted."""
        held = list(parts)
        time, place = np.concatenate([p.time for p in held]), np.concatenate([p.place for p in held])
        order = np.lexsort((place, time))
        text = pa.concat_arrays([p.text for p in held])
        return Lines(time[order], place[order], text.take(pa.array(order)))

    def __len__(self) -> int:
        return len(self.time)

    def __getitem__(self, rows: slice) -> Lines:
        return Lines(self.time[rows], self.place[rows], self.text[rows])

    @property
    def last(self) -> tuple[int, int]:
        """Return the key of the last line."""
        return int(self.time[-1]), int(self.place[-1])

    def up_to(self, key: tuple[int, int]) -> int:
        """Return how many of these sorted lines have a key not above `key`."""
        time, place = key
        start, end = (int(np.searchsorted(self.time, time, side)) for side in ("left", "right"))
        return start + int(np.searchsorted(self.place[start:end], place, "right"))

    def write(self, file: BinaryIO) -> None:
        """Write the lines, each with its line break."""
        if len(self):
            file.write(("\n".join(self.text.to_pylist()) + "\n").encode())


class LineSorter:
    """A sorter that takes lines in any order and returns them in order.

    Beyond `run_bytes` of text it spills runs into `folder`. It holds a small multiple of `run_bytes` in
    memory, however many lines there are.
    """

    def __init__(self, folder: Path, run_bytes: int = RUN_BYTES, fan_in: int = FAN_IN) -> None:
        self._folder, self._run_bytes, self._fan_in = folder, run_bytes, fan_in
        self._held: list[Lines] = []
        self._held_bytes = 0
        self._names = count()
        self.runs: list[Path] = []
        """Files of sorted lines, spilled so far."""

    def add(self, lines: Lines) -> None:
        """Take in lines."""
        if len(lines):
            self._held.append(lines)
            self._held_bytes += lines.text.nbytes
        if self._held_bytes > self._run_bytes:
            self._spill()

    def drain(self) -> Iterator[Lines]:
        """Yield all lines, in order, in pieces; nothing may be added afterwards."""
        if not self.runs:
            if self._held:
                yield Lines.joined(self._held)
            return
        self._spill()
        while len(self.runs) > self._fan_in:
            first, self.runs = self.runs[: self._fan_in], self.runs[self._fan_in :]
            self._write_run(_merged(first))
            for path in first:
                path.unlink()
        yield from _merged(self.runs)

    def _spill(self) -> None:
        if self._held:
            self._write_run([Lines.joined(self._held)])
        self._held, self._held_bytes = [], 0

    def _write_run(self, pieces: Iterable[Lines]) -> None:
        path = self._folder / f"run-{next(self._names)}.arrow"
        options = pa.ipc.IpcWriteOptions(compression=_COMPRESSION)
        with path.open("wb") as file, pa.ipc.new_stream(file, _SCHEMA, options=options) as run:
            for piece in pieces:
                batch = pa.RecordBatch.from_arrays([piece.time, piece.place, piece.text], schema=_SCHEMA)
                rows = max(1, len(piece) * (self._run_bytes // self._fan_in) // batch.nbytes)
                for start in range(0, len(piece), rows):
                    run.write_batch(batch.slice(start, rows))
        self.runs.append(path)


def _blocks(path: Path) -> Iterator[Lines]:
    with path.open("rb") as file, pa.ipc.open_stream(file) as run:
        for batch in run:
            yield Lines(batch.column(0).to_numpy(), batch.column(1).to_numpy(), batch.column(2))


def _merged(paths: list[Path]) -> Iterator[Lines]:
    """Yield the lines of sorted runs, in order; one block of each is in memory."""
    runs = [_blocks(path) for path in paths]
    heads = [(block, run) for run in runs if (block := next(run, None)) is not None]
    while heads:
        bound = min(block.last for block, _ in heads)
        taken, rest = [], []
        for block, run in heads:
            ready = block.up_to(bound)
            if ready:
                taken.append(block[:ready])
            left = block[ready:] if ready < len(block) else next(run, None)
            if left is not None:
                rest.append((left, run))
        yield Lines.joined(taken)
        heads = rest
