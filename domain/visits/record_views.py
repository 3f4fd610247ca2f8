"""Parts of a record, to be read or written."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, array_at
from domain.memory.label_book import ENTRY_BYTES, MOST_ENTRIES
from domain.memory.record import RECORD_HEAD, RECORD_LIMIT_BYTES, VERSION

LONGEST_RECORD = RECORD_LIMIT_BYTES + 8 * 255
"""Bytes of the longest record: of former, higher settings, and with more ids since."""
RECORD_ROOM = LONGEST_RECORD + 8 + (MOST_ENTRIES + 1) * ENTRY_BYTES
"""Bytes that the longest record becomes with one event."""
_HEAD_BYTES = RECORD_HEAD.itemsize


@compiled
def decayed_in(record: Bytes, stage: Any) -> NDArray[np.float32]:
    """Return the decayed counters of a record, to be read or written."""
    return array_at(record, _HEAD_BYTES, (stage["bitmaps_at"] - _HEAD_BYTES) // 4, np.float32)


@compiled
def bitmaps_in(record: Bytes, stage: Any) -> Bytes:
    """Return the bitmaps of a record, to be read or written."""
    return record[stage["bitmaps_at"] : stage["fixed_bytes"]]


@compiled
def is_current(stored: Bytes, stage: Any) -> bool:
    """Return whether it is a record of this version and this graph, as long as one can be."""
    if not stage["fixed_bytes"] <= len(stored) <= LONGEST_RECORD:
        return False
    head = array_at(stored, 0, 1, RECORD_HEAD)[0]
    return head["version"] == VERSION and head["tag"] == stage["tag"]
