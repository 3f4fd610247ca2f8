"""Which ring an event belongs to, by streaming label propagation. What joins a ring stands in `joins` and nowhere else.

A ring is a component of the graph whose nodes are entities and whose edges are the events that join them. Labels begin as
the accounts' own pseudonyms; an event takes the smallest label among the entities that it joins and leaves it behind.
The stages lie one way: a later one can tell an earlier one nothing, so that no fixed number of stages finds a component on
its own. An event therefore carries each label that it met, and `RingBook` takes labels that met in a flagged event for one.
"""

from __future__ import annotations

from domain.graph import DAY_S
from domain.place_record import PlaceRecord
from domain.record import NEVER, UNUSUAL_Z, EntityRecord, is_hub
from domain.trail import NO_RING, Trail

FRESH_MS = 7 * DAY_S * 1000  # rings bring devices and addresses of their own; what is older is most likely a place that people share
NEWCOMER_MS = 7 * DAY_S * 1000
PLACE_ACCOUNTS = 20  # more behind one line are an office or a carrier's customers, or will be
QUIET_MS = 30 * DAY_S * 1000  # an entity that no event joined for so long has left its ring


def joins(record: EntityRecord | PlaceRecord, trail: Trail) -> bool:
    """Does the event join its ring to that of a later stage's entity (`record` as it was before the event)?

    Never by a hub, and not by weak evidence alone: the entity must be new to the shop or have known frauds, or the account must
    be a newcomer or spend an unusual amount. Old accounts that do the usual at an old office, kiosk or home join nothing. An
    entity of `graph.ring_entities` must be new and have few accounts.
    """
    event = trail.event
    is_fresh = event.time_ms - record.first_seen < FRESH_MS
    if isinstance(record, PlaceRecord):
        return is_fresh and round(record.accounts()) <= PLACE_ACCOUNTS
    is_newcomer = event.created_ms != NEVER and event.time_ms - event.created_ms < NEWCOMER_MS
    is_strong = is_fresh or is_newcomer or record.frauds > 0 or trail.z >= UNUSUAL_Z
    return is_strong and not is_hub(record)


def pass_ring(record: EntityRecord | PlaceRecord, trail: Trail, position: int) -> None:
    """Note the label that the event meets at this stage in the trail, and leave the smallest it has met in the record.

    Labels of an entity only fall, until it is quiet for QUIET_MS. Call it before the record learns the event.
    """
    event = trail.event
    if position == 0:
        record.ring = trail.rings[0] = event.entities[0]
    elif joins(record, trail):
        alive = record.ring_seen != NEVER and event.time_ms - record.ring_seen <= QUIET_MS
        trail.rings[position] = record.ring if alive else NO_RING
        record.ring = min(filter(None, trail.rings), default=event.entities[0])
    else:
        return
    record.ring_seen = max(record.ring_seen, event.time_ms)


def labels_of(trail: Trail) -> list[int]:
    """The distinct labels that the event met, smallest first; those behind the first belong to the same ring.

    An event too late for its account to learn from has met none at that stage: its account stands for it.
    """
    return sorted({label for label in trail.rings if label != NO_RING} or {trail.event.entities[0]})
