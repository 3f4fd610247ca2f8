"""Which ids of its events an account remembers: the latest, and those of what was paid most before.

If only the latest stayed, a few cheap events would make room for an old order to be decided again. So of the
older half the id of an event without money goes first, then that of what was only tried, then that of the
least that was paid, the oldest of equals. A payment makes the order before it one that was paid: orders that
nobody pays, however dear and many, make no room for a paid one.

An id is the 59 high bits of its hash; in the others are the event's worth, and whether a label of the event
was learnt.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from domain.graph import AMOUNT_TYPES, EVENT_TYPES
from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, array_at, copy_into, put_u64

WORTH_BITS = 4
WORTHS = np.uint64((1 << WORTH_BITS) - 1)
LABELLED = np.uint64(1 << WORTH_BITS)
NOTES = WORTHS | LABELLED
"""Bits of an id that are not its hash's."""
_DEAREST = (1 << WORTH_BITS) - 1
TRIED = 2
"""The greatest worth of what is only tried, whatever its amount."""
PAID = 3
"""The least worth of an order that is paid."""
_NOTHING, _TRIED, _PAID = np.uint64(0), np.uint64(TRIED), np.uint64(PAID)
_FACTOR = 4.0
"""From one worth to the next."""
_PAYMENT = EVENT_TYPES.index("payment")
_WITH_MONEY = np.array([code < len(EVENT_TYPES) and EVENT_TYPES[code] in AMOUNT_TYPES for code in range(256)])


@compiled
def worth_of(event: Any) -> int:
    """Return 0 for an event without money, else its worth by its amount, as it was sent if it has no rate.

    For what is tried it is 1 below 4, else 2; for a payment 0 below 4, else 4 to 15. An order that is paid
    with less than 4 gets 3, and so does its payment.
    """
    if not _WITH_MONEY[event["type"]]:
        return 0
    worth, least = 1, _FACTOR
    amount = event["amount"] if event["unit"] == 0 else event["given"]
    if event["type"] != _PAYMENT:
        return TRIED if amount >= least else worth
    if not amount >= least:
        return 0
    worth, least = PAID + 1, least * _FACTOR
    while worth < _DEAREST and amount >= least:
        worth, least = worth + 1, least * _FACTOR
    return worth


@compiled
def has_seen(ids: Bytes, id_hash: np.uint64) -> bool:
    """Return whether this event id is among those remembered, u8[n] as bytes."""
    for seen in array_at(ids, 0, len(ids) // 8, np.uint64):
        if seen ^ id_hash <= NOTES:
            return True
    return False


@compiled
def is_labelled(ids: Bytes, id_hash: np.uint64) -> bool:
    """Return whether a label of this event, whose id is remembered, was learnt."""
    for seen in array_at(ids, 0, len(ids) // 8, np.uint64):
        if seen ^ id_hash <= NOTES:
            return seen & LABELLED != 0
    return False


@compiled
def note_labelled(ids: Bytes, id_hash: np.uint64) -> None:
    """Note with the event's id, if that is remembered, that a label of it was learnt."""
    hashes = array_at(ids, 0, len(ids) // 8, np.uint64)
    for at in range(len(hashes)):
        if hashes[at] ^ id_hash <= NOTES:
            hashes[at] |= LABELLED


@compiled
def remember_id(head: Any, ids: Bytes, stage: Any, event: Any, record: Bytes) -> int:
    """Write the ids that stay and the new one into the record; return where they end.

    Only the first stage has any.
    """
    at, most = stage["fixed_bytes"], stage["max_ids"]
    if most == 0:
        return copy_into(record, at, ids)
    # more than `most` where they were remembered with a higher graph.duplicates
    ids = ids[8 * max(0, len(ids) // 8 - most) :]
    if len(ids) // 8 == most:
        gone = least_worth(ids, most)
        at = copy_into(record, at, ids[: 8 * gone])
        ids = ids[8 * (gone + 1) :]
    at = copy_into(record, at, ids)
    worth = np.uint64(worth_of(event))
    if event["type"] == _PAYMENT and note_paid(record[stage["fixed_bytes"] : at], most // 2, max(worth, _PAID)):
        worth = max(worth, _PAID)
    put_u64(record, at, (event["id_hash"] & ~NOTES) | worth)
    head["n_ids"] = (at + 8 - stage["fixed_bytes"]) // 8
    return at + 8


@compiled
def note_paid(ids: Bytes, latest: int, worth: np.uint64) -> bool:
    """Give the last of the `latest` ids that was only tried the worth of its payment; return whether there
    is one.
    """
    hashes = array_at(ids, 0, len(ids) // 8, np.uint64)
    for at in range(len(hashes) - 1, max(-1, len(hashes) - 1 - latest), -1):
        known = hashes[at] & WORTHS
        if known > _NOTHING and known <= _TRIED:
            hashes[at] = (hashes[at] & ~WORTHS) | worth
            return True
    return False


@compiled
def least_worth(ids: Bytes, most: int) -> int:
    """Return the place of the id of least worth in the older half of `most` ids, the oldest of equals."""
    hashes = array_at(ids, 0, most, np.uint64)
    found = 0
    for at in range(1, most - most // 2):
        if hashes[at] & WORTHS < hashes[found] & WORTHS:
            found = at
    return found
