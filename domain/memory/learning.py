"""What an entity learns of an event, and what it is in six numbers: compiled rules over one record.

They work in place on three views of a record's bytes: `head` (`RECORD_HEAD`), `decayed` f4[H*C + 2*T], the
counters row by row and then the kinds, and `bitmaps` u1[(N-1)*2*32]. `stage` is the entity kind's row of
`stage_table`; `event` is the beginning of the trail (`EVENT_HEAD`).

A counter of half-life H decays as value <- value * 2^(-t / H) over t seconds; a late event, t seconds after
the clock, adds 2^(-t / H) instead of 1, so that counters do not depend on the order of arrival.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.graph import EVENT_TYPES
from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, f64, put_u64, u64_at
from domain.memory.habit import UNUSUAL_Z
from domain.memory.link import OTHERS_AT, UNKNOWN, link_head, link_tail
from domain.memory.meetings import distinct
from domain.memory.record import (
    AMOUNT,
    BITMAP_BYTES,
    COUNTERS,
    DOUBTFUL,
    EVENTS,
    KIND_HALF_LIVES_S,
    MEETINGS,
    UNUSUAL,
)  # fmt: skip
from domain.memory.trail import ENTITIES_AT
from domain.memory.trail_blocks import write_summaries
from domain.times import DAY_MS

Floats = NDArray[np.float32]

_COLUMNS, _TYPES, _KINDS = len(COUNTERS), len(EVENT_TYPES), len(KIND_HALF_LIVES_S)
_INVERSE_KINDS = tuple(1.0 / seconds for seconds in KIND_HALF_LIVES_S)


@compiled
def advance(head: Any, decayed: Floats, stage: Any, now_ms: int) -> float:
    """Decay the counters to `now_ms`.

    Return how many seconds `now_ms` is before the entity's clock; 0 if it is not, and the clock moves.
    """
    passed_s = (now_ms - head["clock"]) / 1000.0
    if passed_s < 0.0:
        return -passed_s
    if passed_s > 0.0:
        at = 0
        for half_life in range(stage["half_lives"]):
            factor = np.float32(np.exp2(-passed_s * stage["inverse_half_lives"][half_life]))
            for index in range(at, at + _COLUMNS):
                decayed[index] *= factor
            at += _COLUMNS
        for kind in range(_KINDS):
            factor = np.float32(np.exp2(-passed_s * _INVERSE_KINDS[kind]))
            for index in range(at, at + _TYPES):
                decayed[index] *= factor
            at += _TYPES
        head["clock"] = now_ms
    return 0.0


@compiled
def count(head: Any, decayed: Floats, stage: Any, event: Any, late_s: float, unusual: bool, meets: bool, is_doubtful: bool) -> None:
    """Add one event to the decayed counters, with less weight if it is late by `late_s` seconds.

    `meets` and `is_doubtful` are of `meeting_of`.
    """
    amount = event["amount"]
    spent = f64(np.float32(amount)) if amount > 0.0 else 0.0  # false for NaN
    at = 0
    for half_life in range(stage["half_lives"]):
        weight = np.exp2(-late_s * stage["inverse_half_lives"][half_life])
        decayed[at + EVENTS] += weight
        decayed[at + AMOUNT] += weight * spent
        if unusual:
            decayed[at + UNUSUAL] += weight
        if meets:
            decayed[at + MEETINGS] += weight
        if is_doubtful:
            decayed[at + DOUBTFUL] += weight
        at += _COLUMNS
    for kind in range(_KINDS):
        decayed[at + event["type"]] += np.exp2(-late_s * _INVERSE_KINDS[kind])
        at += _TYPES
    head["events"] += 1
    if unusual:
        head["last_unusual"] = max(head["last_unusual"], event["time"])


@compiled
def fade(head: Any, bitmaps: Bytes, now_ms: int, window_ms: int) -> None:
    """Begin the window of `now_ms`: the marks of the window before are kept apart, older ones go."""
    windows = (now_ms - head["distinct_since"]) // window_ms
    if windows <= 0:
        return
    for at in range(0, len(bitmaps), 2 * BITMAP_BYTES):
        for index in range(at, at + BITMAP_BYTES):
            bitmaps[index + BITMAP_BYTES] = bitmaps[index] if windows == 1 else 0
            bitmaps[index] = 0
    head["distinct_since"] += windows * window_ms


@compiled
def mark(bitmaps: Bytes, slot: int, other: np.uint64) -> None:
    """Mark a counterpart as met."""
    byte, bit = np.int64((other >> np.uint64(3)) % np.uint64(BITMAP_BYTES)), np.int64(other & np.uint64(7))
    bitmaps[2 * BITMAP_BYTES * slot + byte] |= np.uint8(1 << bit)


@compiled
def has_others(bitmaps: Bytes, slot: int, own: np.uint64) -> bool:
    """Return whether a counterpart besides `own` has been met; one in 256 others looks like it."""
    byte, bit = np.int64((own >> np.uint64(3)) % np.uint64(BITMAP_BYTES)), np.int64(own & np.uint64(7))
    first = 2 * BITMAP_BYTES * slot
    for at in range(2 * BITMAP_BYTES):
        marks = np.int64(bitmaps[first + at])
        if marks != 0 and (at % BITMAP_BYTES != byte or marks != 1 << bit):
            return True
    return False


@compiled
def meet(head: Any, bitmaps: Bytes, stage: Any, trail: Bytes, now_ms: int) -> None:
    """Mark the event's counterparts as met."""
    fade(head, bitmaps, now_ms, stage["window_ms"])
    slot = 0
    for position in range(stage["entities"]):
        if position != stage["position"]:
            other = u64_at(trail, ENTITIES_AT + 8 * position)
            if other != 0:
                mark(bitmaps, slot, other)
            slot += 1


@compiled
def summarise(head: Any, decayed: Floats, bitmaps: Bytes, stage: Any, now_ms: int, summary: Floats) -> None:
    """Write the entity in six numbers, f4[S], as `SUMMARY` names them, each about 0 to 10.

    age             ln(1 + days since first seen)
    events          ln(1 + events)
    events_day      ln(1 + events, decayed over about a day)
    fraud_rate      frauds / (frauds + legitimates + 1), of the known labels
    counterparts    ln(1 + distinct counterparts of the kind with the most)
    unusual         ln(1 + unusual amounts, decayed over the longest half-life)
    """
    passed_s = max(0.0, (now_ms - head["clock"]) / 1000.0)
    counterparts = 0.0
    for slot in range(stage["others"]):
        counterparts = max(counterparts, distinct(bitmaps, slot))
    day, last = stage["day"], stage["half_lives"] - 1
    events_day = decayed[_COLUMNS * day + EVENTS] * np.exp2(-passed_s * stage["inverse_half_lives"][day])
    unusual = decayed[_COLUMNS * last + UNUSUAL] * np.exp2(-passed_s * stage["inverse_half_lives"][last])
    summary[0] = math.log1p(max(0, now_ms - head["first_seen"]) / DAY_MS)
    summary[1] = math.log1p(f64(head["events"]))
    summary[2] = math.log1p(events_day)
    summary[3] = head["frauds"] / (head["frauds"] + head["legitimates"] + 1.0)
    summary[4] = math.log1p(counterparts)
    summary[5] = math.log1p(unusual)


@compiled
def living_links(links: Bytes, stage: Any, now_ms: int) -> Bytes:
    """Return the links that stay beside a new one.

    They are fewer than `graph.links`, and none is older than `graph.link_days`.
    """
    size = stage["link_bytes"]
    start = max(0, len(links) - (stage["links"] - 1) * size)
    while start < len(links) and link_head(links, start)["time"] < now_ms - stage["link_ms"]:
        start += size
    return links[start:]


@compiled
def write_link(record: Bytes, at: int, stage: Any, trail: Bytes, event: Any, z: float) -> int:
    """Write the link of an event at `at`; return where it ends."""
    head, tail, other_at = link_head(record, at), link_tail(record, at, stage), at + OTHERS_AT
    head["time"], head["event"] = event["time"], event["id_hash"]
    for position in range(stage["entities"]):
        if position != stage["position"]:
            put_u64(record, other_at, u64_at(trail, ENTITIES_AT + 8 * position))
            other_at += 8
    tail["type"], tail["label"], tail["unusual"], tail["source"] = event["type"], UNKNOWN, z >= UNUSUAL_Z, 0
    tail["amount"], tail["z"] = event["amount"], z
    return write_summaries(record, at + stage["summaries_at"], stage, trail)
