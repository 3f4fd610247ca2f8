"""Rows that repeat another one, wherever in the tables it is, by a hash of eight bytes a row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

LIMIT = 1 << 25
"""Rows whose hashes are kept: 256 MB, twice as much while they are sorted. Later ones are not looked at."""
_START, _FACTOR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)
_MASKS = np.array([(1 << 8 * n) - 1 for n in range(9)], np.uint64)
"""Number of bytes to the mask of a word that keeps them."""


class Repeats:
    """The hashes of rows, over all batches of all tables."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._parts: list[np.ndarray] = []
        self._room = limit

    def see(self, hashes: np.ndarray) -> None:
        """Take in the hashes u8[N] of a batch."""
        self._parts.append(hashes[: self._room])
        self._room -= len(self._parts[-1])

    @property
    def is_full(self) -> bool:
        """Return whether there may be rows that were not looked at."""
        return self._room == 0

    def count(self) -> int:
        """Return how many rows repeat an earlier one."""
        if not self._parts:
            return 0
        self._parts = [np.concatenate(self._parts)]
        self._parts[0].sort()
        return int((self._parts[0][1:] == self._parts[0][:-1]).sum())


def row_hashes(columns: Sequence[pa.StringArray | np.ndarray]) -> np.ndarray:
    """Return a hash u8[N] of each row of some columns of texts or of numbers of eight bytes."""
    found = np.full(len(columns[0]), _START)
    for column in columns:
        found = _mixed(found, column.view(np.uint64)) if isinstance(column, np.ndarray) else _with_texts(found, column)
    return found


def _with_texts(found: np.ndarray, text: pa.StringArray) -> np.ndarray:
    """Return the hashes with those of texts, eight bytes at a time; null is as empty text."""
    _, offsets_buffer, data = text.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int32)[text.offset : text.offset + len(text) + 1].astype(np.int64)
    if not len(text):
        return found
    lengths, begin = np.diff(offsets), offsets[:-1] - offsets[0]
    padded = np.zeros(int(offsets[-1] - offsets[0]) + 8, np.uint8)
    if data is not None:
        padded[:-8] = np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]]
    words: np.ndarray = np.ndarray((len(padded) - 7,), "<u8", padded, strides=(1,))
    found = _mixed(found, lengths.astype(np.uint64))
    for place in range(0, int(lengths.max()), 8):
        rows = np.flatnonzero(lengths > place)
        word = words[begin[rows] + place] & _MASKS[np.minimum(lengths[rows] - place, 8)]
        found[rows] = _mixed(found[rows], word)
    return found


def _mixed(found: np.ndarray, word: np.ndarray) -> np.ndarray:
    mixed: np.ndarray = (found ^ word) * _FACTOR
    return mixed ^ (mixed >> _HALF)  # type: ignore[no-any-return]
