"""One encoded trail as a row of columns, compiled.

What the columns of each part are is written in the part's module, names and writer side by side; where a
part's columns begin is written in `row_layout.py`. Values are computed in 64 bits and kept in 32.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.features.event_columns import event_columns
from domain.features.label_views import clearances_count, is_resident, without_frauds
from domain.features.link_columns import link_columns
from domain.features.node_columns import node_columns
from domain.features.row_cells import Row
from domain.features.sharing_columns import sharing_columns
from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, array_at
from domain.memory.label_book import ENTRY_BYTES
from domain.memory.link import SUMMARY_BYTES
from domain.memory.record import RECORD_HEAD, RECORD_LIMIT_BYTES
from domain.memory.trail import EVENT_HEAD
from domain.memory.trail_blocks import block_bytes, blocks_at

_NO_RECORD = np.zeros(RECORD_LIMIT_BYTES, np.uint8)


@compiled
def write_columns(trail: Bytes, shape: Any, stages: Any, row: Row, counts: NDArray[np.int64]) -> None:
    """Write the whole row, f4[width], of one encoded trail, and how many links of each kind it has, i8[N].

    `trail` is u1[size] and no label's; `shape` is a `SHAPE`, `stages` are `STAGE`[N], both of `FeatureRow`.
    An entity's links lie oldest first, with zeros after the newest. Raise ValueError for a trail that was
    cut short, RuntimeError if there are not as many columns as names.
    """
    if len(trail) < stages[0]["head_bytes"]:
        raise ValueError("a trail ends before its last block")
    event = array_at(trail, 0, 1, EVENT_HEAD)[0]
    at = event_columns(row, 0, trail, event, shape)
    block_at = blocks_at(trail, stages[0])
    account, own_links, _ = record_at(trail, block_at, stages[0])
    for position in range(shape["entities"]):
        stage = stages[position]
        fixed, links, block_at = record_at(trail, block_at, stage)
        if is_resident(trail, account, own_links, fixed, links, stages[0], stage):
            fixed, links = without_frauds(fixed, links, stage)
        check_place(at, shape["node_at"][position])
        at = node_columns(row, at, trail, event, fixed, stage, shape["labelled"])
        at = sharing_columns(row, at, trail, event, fixed, links, stage)
        check_place(at, shape["node_at"][position + 1])
        cleared = clearances_count(event, array_at(fixed, 0, 1, RECORD_HEAD)[0])
        counts[position] = write_links(row, trail, event, links, stage, shape, cleared)


@compiled
def check_place(at: int, expected: int) -> None:
    """Raise RuntimeError unless columns end where their names do."""
    if at != expected:
        raise RuntimeError("there are not as many columns as names")


@compiled
def record_at(trail: Bytes, at: int, stage: Any) -> tuple[Bytes, Bytes, int]:
    """Return the fixed part of the record in the block at `at`, its newest links, and where the block ends.

    Without a record the fixed part is zeros. There are at most `graph.links` links. Raise ValueError for a
    block that was cut short.
    """
    if at + 2 > len(trail):
        raise ValueError("a trail ends before its last block")
    size: Any = np.int64(block_bytes(trail, at))
    at += 2
    end, links_at = at + size, at + SUMMARY_BYTES + stage["fixed_bytes"]
    if size == 0:
        return array_at(_NO_RECORD, 0, stage["fixed_bytes"], np.uint8), array_at(_NO_RECORD, 0, 0, np.uint8), at
    if end > len(trail) or links_at > end:
        raise ValueError("a trail ends in the middle of a record")
    fixed = array_at(trail, at + SUMMARY_BYTES, stage["fixed_bytes"], np.uint8)
    head = array_at(fixed, 0, 1, RECORD_HEAD)[0]
    links_bytes = np.int64(head["n_links"]) * stage["link_bytes"]
    if links_at + 8 * np.int64(head["n_ids"]) + ENTRY_BYTES * np.int64(head["n_labels"]) + links_bytes > end:
        raise ValueError("a trail ends in the middle of a record")
    # there are more where it was written with a higher graph.links
    links_bytes = min(links_bytes, stage["links"] * stage["link_bytes"])
    return fixed, array_at(trail, end - links_bytes, links_bytes, np.uint8), end


@compiled
def write_links(row: Row, trail: Bytes, event: Any, links: Bytes, stage: Any, shape: Any, cleared: bool) -> int:
    """Write one kind's link columns, zeros after the last link; return the number of links."""
    at, end = shape["link_at"][stage["position"]], shape["link_at"][stage["position"] + 1]
    width, size = (end - at) // shape["links"], stage["link_bytes"]
    for link_at in range(0, len(links), size):
        expected = at + width
        at = link_columns(row, at, trail, event, array_at(links, link_at, size, np.uint8), stage, cleared)
        check_place(at, expected)
    row[at:end] = 0.0
    return len(links) // size
