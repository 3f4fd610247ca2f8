"""The feature columns of one encoded trail, compiled: what they mean stands in `feature_names.py`, where
each stands in the row in `feature_row.py`. Values are computed in 64 bits and kept in 32.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.features.link_columns import link_columns, sharing_columns
from domain.features.names import CATEGORY_BUCKETS
from domain.features.node_columns import node_columns
from domain.features.row_cells import Row, amount_or_0, put, put_log, put_signed_log
from domain.graph import EVENT_TYPES
from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, array_at
from domain.memory.link import SUMMARY_BYTES
from domain.memory.record import NEVER, RECORD_HEAD, RECORD_LIMIT_BYTES
from domain.memory.trail import EVENT_HEAD
from domain.memory.trail_blocks import block_bytes, blocks_at
from domain.times import DAY_MS

_TYPES = len(EVENT_TYPES)
_NO_RECORD = np.zeros(RECORD_LIMIT_BYTES, np.uint8)


@compiled
def write_columns(trail: Bytes, shape: Any, stages: Any, row: Row, counts: NDArray[np.int64]) -> None:
    """Write the whole row, f4[width], of one encoded trail, u1[size], that is no label's, and how many links
    of each kind it has, i8[N].

    `shape` is a `SHAPE`, `stages` are `STAGE`[N] (`FeatureRow` has both). An entity's links stand newest
    last, zeros behind them. Raises ValueError for a trail that was cut short, RuntimeError if columns and
    names are not as many.
    """
    if len(trail) < stages[0]["head_bytes"]:
        raise ValueError("a trail ends before its last block")
    event = array_at(trail, 0, 1, EVENT_HEAD)[0]
    at = event_columns(row, 0, trail, event, shape)
    block_at = blocks_at(trail, stages[0])
    for position in range(shape["entities"]):
        stage = stages[position]
        fixed, links, block_at = record_at(trail, block_at, stage)
        check_place(at, shape["node_at"][position])
        at = node_columns(row, at, trail, event, fixed, stage, shape["labelled"])
        at = sharing_columns(row, at, trail, event, fixed, links, stage)
        check_place(at, shape["node_at"][position + 1])
        counts[position] = write_links(row, trail, event, links, stage, shape)


@compiled
def check_place(at: int, expected: int) -> None:
    """Raises RuntimeError unless columns end where their names do."""
    if at != expected:
        raise RuntimeError("there are not as many columns as names")


@compiled
def record_at(trail: Bytes, at: int, stage: Any) -> tuple[Bytes, Bytes, int]:
    """Of the block at `at`: the record's fixed part, zeros if there is no record; its newest links, as many
    as the graph keeps; and where the block ends.
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
    if links_at + 8 * np.int64(head["n_ids"]) + links_bytes > end:
        raise ValueError("a trail ends in the middle of a record")
    # there are more where it was written with a higher graph.links
    links_bytes = min(links_bytes, stage["links"] * stage["link_bytes"])
    return fixed, array_at(trail, end - links_bytes, links_bytes, np.uint8), end


@compiled
def write_links(row: Row, trail: Bytes, event: Any, links: Bytes, stage: Any, shape: Any) -> int:
    """Write one kind's link columns, zeros behind the last link; returns the number of links."""
    at, end = shape["link_at"][stage["position"]], shape["link_at"][stage["position"] + 1]
    width, size = (end - at) // shape["links"], stage["link_bytes"]
    for link_at in range(0, len(links), size):
        expected = at + width
        at = link_columns(row, at, trail, event, array_at(links, link_at, size, np.uint8), stage)
        check_place(at, expected)
    row[at:end] = 0.0
    return len(links) // size


@compiled
def event_columns(row: Row, at: int, trail: Bytes, event: Any, shape: Any) -> int:
    """Columns of the event itself; returns where they end."""
    for code in range(_TYPES):
        at = put(row, at, event["type"] == code)
    at = put_log(row, at, amount_or_0(event["amount"]))
    at = put(row, at, not math.isnan(event["amount"]))
    days = event["time"] / DAY_MS
    at = turn_columns(row, at, days)
    at = turn_columns(row, at, days / 7.0)
    known = event["created"] != NEVER
    at = put_log(row, at, (event["time"] - event["created"]) / DAY_MS if known else 0.0)
    at = put(row, at, known)
    return attribute_columns(row, at, trail, shape)


@compiled
def turn_columns(row: Row, at: int, turns: float) -> int:
    """Columns of a place on a circle, so that the end of a day is near its beginning."""
    angle = 2.0 * math.pi * (turns % 1.0)
    return put(row, put(row, at, math.cos(angle)), math.sin(angle))


@compiled
def attribute_columns(row: Row, at: int, trail: Bytes, shape: Any) -> int:
    """Columns of the event's numeric and categorical attributes; a category of 0 is none."""
    for value in array_at(trail, shape["numeric_at"], shape["numeric"], np.float64):
        known = not math.isnan(value)
        at = put_signed_log(row, at, value if known else 0.0)
        at = put(row, at, known)
    for category in array_at(trail, shape["categorical_at"], shape["categorical"], np.uint32):
        row[at : at + CATEGORY_BUCKETS] = 0.0
        if category != 0:
            row[at + np.int64(category) % CATEGORY_BUCKETS] = 1.0
        at += CATEGORY_BUCKETS
    return at
