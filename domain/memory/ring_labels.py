"""Which ring an event belongs to, by streaming label propagation.

What joins a ring is written in `entity_joins` and `place_joins` and nowhere else.

A ring is a component of the graph whose nodes are entities and whose edges are the events that join them.
Labels begin as the accounts' own pseudonyms; an event takes the smallest label among the entities that it
joins and leaves it with them. A later stage cannot tell an earlier one anything, so that no fixed number of
stages finds a component on its own. An event therefore carries each label that it met, and `RingBook` takes
labels that met in a flagged event for one.

What is published of a label is its `ring_name`: the label of a forgotten account lives on in the records of
others, and must name nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import numpy as np

from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, array_at, f64, put_u64, u64_at
from domain.memory.crowd import NO_CROWD, OTHERS
from domain.memory.habit import UNUSUAL_Z
from domain.memory.learning import Floats, has_others
from domain.memory.meetings import CROWDED, distinct, established, is_hub
from domain.memory.place_record import LONG_DOUBTFUL, LONG_MEETINGS
from domain.memory.record import NEVER
from domain.memory.trail import ENTITIES_AT, EVENT_HEAD, NO_RING
from domain.times import DAY_MS

# rings bring devices and addresses of their own; what is older is most likely a place that people share
FRESH_MS = 7 * DAY_MS
NEWCOMER_MS = 7 * DAY_MS
RING_ACCOUNTS = 2  # besides the one that comes
PLACE_ACCOUNTS = 20  # more at one address are an office or a carrier's customers, or will be
QUIET_MS = 30 * DAY_MS  # an entity that no event joined for so long has left its ring


@compiled
def entity_joins(head: Any, decayed: Floats, bitmaps: Bytes, stage: Any, event: Any, z: float) -> bool:
    """Return whether the event joins its ring to that of a later stage's entity.

    `head` and `bitmaps` are of the entity's record as it was before the event. A hub joins none, and weak
    evidence alone does not either: the entity must be new to the shop or have known frauds, or the account
    must be a newcomer or spend an unusual amount. Old accounts that do the usual at an old office, kiosk or
    home join nothing.
    """
    is_fresh = event["time"] - head["first_seen"] < FRESH_MS
    is_newcomer = event["created"] != NEVER and event["time"] - event["created"] < NEWCOMER_MS
    is_strong = is_fresh or is_newcomer or head["frauds"] > 0 or z >= UNUSUAL_Z
    return is_strong and not is_hub(decayed, bitmaps, stage)


@compiled
def place_joins(head: Any, counters: Floats, bitmaps: Bytes, event: Any) -> bool:
    """Return the same for an entity of `graph.ring_entities`: it must be new and have few established
    accounts, and not `CROWDED` times as many of any kind.
    """
    accounts = established(bitmaps, f64(counters[LONG_MEETINGS]), f64(counters[LONG_DOUBTFUL]))
    has_few = round(accounts) <= PLACE_ACCOUNTS and distinct(bitmaps, 0) <= CROWDED * PLACE_ACCOUNTS
    return event["time"] - head["first_seen"] < FRESH_MS and has_few


@compiled
def join_ring(head: Any, bitmaps: Bytes, stage: Any, trail: Bytes, now_ms: int) -> None:
    """Note in the trail the label that the event meets here; leave the smallest that it met in the record.

    An event that meets a ring is in no crowd, see `is_ring`.

    Labels of an entity only fall, until it is quiet for QUIET_MS. Call it before the record learns the
    event.
    """
    account, rings_at = u64_at(trail, ENTITIES_AT), stage["rings_at"]
    if stage["position"] == 0:
        head["ring"] = account
        put_u64(trail, rings_at, account)
    else:
        alive = head["ring_seen"] != NEVER and now_ms - head["ring_seen"] <= QUIET_MS
        if alive and head["ring"] != account and head["ring"] != NO_RING and is_ring(head, bitmaps, now_ms):
            array_at(trail, 0, 1, EVENT_HEAD)[0]["crowd"] = NO_CROWD
        put_u64(trail, rings_at + 8 * stage["position"], head["ring"] if alive else np.uint64(NO_RING))
        head["ring"] = smallest_label(trail, stage)
    head["ring_seen"] = max(head["ring_seen"], now_ms)


@compiled
def note_others(bitmaps: Bytes, trail: Bytes) -> None:
    """Note in the crowd of the event whether another account has named this entity or place before.

    So it is known of a wave whether anything connects its accounts. Call it before the record learns the
    event, at each stage but the account's own.
    """
    event = array_at(trail, 0, 1, EVENT_HEAD)[0]
    if event["crowd"] != NO_CROWD and event["crowd"] < OTHERS and has_others(bitmaps, 0, u64_at(trail, ENTITIES_AT)):
        event["crowd"] += OTHERS


@compiled
def is_ring(head: Any, bitmaps: Bytes, now_ms: int) -> bool:
    """Return whether an entity or place with another account's label is a ring's: new, with two accounts.

    Otherwise a wave could hide: each of its accounts gives the address of some old customer, or shares a
    device with one decoy.
    """
    return now_ms - head["first_seen"] < FRESH_MS and round(distinct(bitmaps, 0)) >= RING_ACCOUNTS


@compiled
def smallest_label(trail: Bytes, stage: Any) -> np.uint64:
    """Return the smallest label that the event has met; its account where it has met none."""
    smallest = np.uint64(NO_RING)
    for position in range(stage["stages"]):
        label = u64_at(trail, stage["rings_at"] + 8 * position)
        if label != 0 and (smallest == 0 or label < smallest):
            smallest = label
    return smallest if smallest != 0 else u64_at(trail, ENTITIES_AT)


def labels_of(rings: Iterable[int], account: int) -> list[int]:
    """Return the distinct labels that an account's event met, smallest first; all are of one ring.

    An event too late for its account to learn from has met none at that stage: the account itself takes its
    place.
    """
    return sorted({label for label in rings if label != NO_RING} or {account})


def ring_name(label: str) -> str:
    """Return the name of a ring by its label as text: of the same form, one way, and everywhere the same."""
    return blake2b(label.encode(), digest_size=8, person=b"ring name").hexdigest()
