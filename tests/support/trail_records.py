"""The records of many trails as arrays, straight from the bytes (`trail.py` and `record.py` say how those
are laid out).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.memory.label_book import ENTRY_BYTES
from domain.memory.link import SUMMARY_BYTES
from domain.memory.record import RecordLayout
from domain.memory.trail import TrailCodec

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Records:
    """One kind's records of B trails: `fixed` [B], `links` [B, K] oldest first, zeros after them, `known`
    bool[B].
    """

    fixed: NDArray
    links: NDArray
    known: NDArray[np.bool_]


class TrailRecords:
    """B encoded trails: `heads` [B] as `TrailCodec.head_dtype`, and `of` each kind its records."""

    def __init__(self, trails: Sequence[bytes], codec: TrailCodec) -> None:
        joined = b"".join(trails)
        self._data = np.frombuffer(joined, np.uint8)
        sizes = np.fromiter(map(len, trails), np.int64, len(trails))
        starts = np.cumsum(sizes) - sizes
        heads = self._data[starts[:, None] + np.arange(codec.head_bytes)]
        self.heads: NDArray = heads.view(codec.head_dtype)[:, 0]
        texts = sum((self.heads[f"{text}_bytes"].astype(np.int64) for text in ("id", "currency", "model")), np.int64(codec.head_bytes))
        self._at = starts + texts  # where the next kind's blocks begin

    def next(self, layout: RecordLayout) -> Records:
        """Records of the next stage's kind; empty ones become zeros."""
        keep = layout.graph.links * layout.link_bytes
        fixed, links = (np.zeros((len(self._at), size), np.uint8) for size in (layout.fixed_bytes, keep))
        known = _unpack(self._data, self._at, layout.n_ids_at, fixed, links)
        return Records(fixed.view(layout.fixed_dtype)[:, 0], links.view(layout.link_dtype), known)


def _unpack(data: Bytes, at: Places, n_ids_at: int, fixed: Bytes, links: Bytes) -> NDArray[np.bool_]:
    """Copy the records of the blocks that begin `at` i8[B] into their two parts, u1[B, ...] each, and move
    `at` after them.

    bool[B]: was there one?
    """
    known = np.zeros(len(at), np.bool_)
    size, keep = fixed.shape[1], links.shape[1]
    for row in range(len(at)):
        if at[row] + 2 > len(data):
            raise ValueError("a trail ends before its last block")
        length = data[at[row]] | np.int64(data[at[row] + 1]) << 8
        at[row] += 2 + length
        if not length:
            continue
        end = at[row]
        record = end - length + SUMMARY_BYTES
        first = record + size + 8 * np.int64(data[record + n_ids_at]) + ENTRY_BYTES * np.int64(data[record + n_ids_at + 1])
        if end > len(data) or first > end:
            raise ValueError("a trail ends in the middle of a record")
        # the newest ones, where a record was written with a higher graph.links
        first = max(first, end - keep)
        fixed[row] = data[record : record + size]
        links[row, : end - first] = data[first:end]
        known[row] = True
    return known
