"""What an event is shown of the labels of its entities: not all that they know.

A clearance is one person's word, and cheap to get. So it counts only a week after its event, and no more than
the known frauds that it is held against: an entity is never less suspicious for it than without any label.

A stranger's fraud says little of who was there before. An event of an account without known frauds that used
a device or address well before the first known fraud there does not see the frauds of others. Of a merchant
nobody is a resident: there frauds of strangers are all that there is to go by.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, array_at, i64, put_f32, u64_at
from domain.memory.link import FRAUD_LABEL, SUMMARY, SUMMARY_BYTES, UNKNOWN, link_head, link_tail, other_in
from domain.memory.record import COUNTERS, FRAUD_UNUSUAL, FRAUD_USUAL, NEVER, RECORD_HEAD
from domain.memory.trail import ENTITIES_AT
from domain.times import DAY_MS, HOUR_MS

SEASON_MS = 7 * DAY_MS
"""Rings last hours or days: what cleared one of them does not count while it is at work."""
RESIDENT_MS = 12 * HOUR_MS
"""So long before the first known fraud somebody was there whom that fraud says nothing of."""
_HEAD_BYTES, _COLUMNS, _FRAUD_RATE = RECORD_HEAD.itemsize, len(COUNTERS), SUMMARY.index("fraud_rate")


@compiled
def clearances_count(event: Any, head: Any) -> bool:
    """Return whether an event is shown what was cleared: there are frauds, and it is long ago."""
    return head["frauds"] > 0 and event["time"] - head["last_legit"] >= SEASON_MS


@compiled
def is_resident(trail: Bytes, account: Bytes, own_links: Bytes, fixed: Bytes, links: Bytes, account_stage: Any, stage: Any) -> bool:
    """Return whether the event's account was at an entity well before the first known fraud there.

    `account` and `own_links` are of its own record, `fixed` and `links` of the entity's.
    """
    head = array_at(fixed, 0, 1, RECORD_HEAD)[0]
    if not stage["has_residents"] or head["frauds"] == 0 or array_at(account, 0, 1, RECORD_HEAD)[0]["frauds"] > 0:
        return False
    until = first_fraud(head) - RESIDENT_MS
    key, own = u64_at(trail, ENTITIES_AT + 8 * stage["position"]), u64_at(trail, ENTITIES_AT)
    return was_there(own_links, account_stage, stage["position"] - 1, key, until) or was_there(links, stage, 0, own, until)


@compiled
def first_fraud(head: Any) -> int:
    """Return when the first fraud of the present runs happened; 0 if there is no run."""
    usual, unusual = i64(head["usual_first"]), i64(head["unusual_first"])
    if usual == NEVER or unusual == NEVER:
        return max(usual, unusual, 0)
    return min(usual, unusual)


@compiled
def was_there(links: Bytes, stage: Any, slot: int, other: np.uint64, until: int) -> bool:
    """Return whether one of the links until a time has this counterpart."""
    for at in range(0, len(links), stage["link_bytes"]):
        if link_head(links, at)["time"] <= until and other_in(links, at, slot) == other:
            return True
    return False


@compiled
def without_frauds(fixed: Bytes, links: Bytes, stage: Any) -> tuple[Bytes, Bytes]:
    """Return copies of a record's fixed part and links that know of no fraud."""
    fixed, links = fixed.copy(), links.copy()
    head = array_at(fixed, 0, 1, RECORD_HEAD)[0]
    head["frauds"] = head["usual_n"] = head["unusual_n"] = 0
    head["usual_first"] = head["usual_last"] = head["unusual_first"] = head["unusual_last"] = NEVER
    decayed = array_at(fixed, _HEAD_BYTES, _COLUMNS * stage["half_lives"], np.float32)
    for first in range(0, len(decayed), _COLUMNS):
        decayed[first + FRAUD_USUAL] = decayed[first + FRAUD_UNUSUAL] = 0.0
    for at in range(0, len(links), stage["link_bytes"]):
        tail = link_tail(links, at, stage)
        if tail["label"] == FRAUD_LABEL:
            tail["label"] = UNKNOWN
        for earlier in range(stage["position"]):
            put_f32(links, at + stage["summaries_at"] + SUMMARY_BYTES * earlier + 4 * _FRAUD_RATE, 0.0)
    return fixed, links
