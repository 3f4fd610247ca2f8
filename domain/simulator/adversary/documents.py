"""Documents that an author writes: valid by the contract, of accounts and devices that nobody has."""

from __future__ import annotations

from random import Random
from typing import Any
from uuid import UUID

from domain.graph import LABEL
from domain.simulator.adversary.history import Arrival, History
from domain.simulator.documents import EventDocument

SHARED = ("device_fingerprint", "ip", "address")
"""Fields of what accounts may share."""

REGULAR = 8
"""Events of a customer at whom somebody aims, as many as customers have on average."""


def new_id(dice: Random) -> str:
    """Return a UUID that nobody has."""
    return str(UUID(int=dice.getrandbits(128), version=4))


def new_device(dice: Random) -> str:
    """Return a device's fingerprint that nobody has."""
    return f"{dice.getrandbits(128):032x}"


def new_address(dice: Random) -> str:
    """Return an address where nobody lives."""
    return f"{dice.randint(200, 9_999)} {dice.choice(('Foundry', 'Tanner', 'Glass'))} Row, {dice.randint(10_000, 99_999)} Wien, AT"


def new_ip(dice: Random) -> str:
    """Return a public line."""
    return f"{dice.choice((23, 45, 62, 77, 81, 91))}.{dice.randint(0, 255)}.{dice.randint(0, 255)}.{dice.randint(1, 254)}"


def crafted(dice: Random, at_ms: int, event_type: str, account: str, stamp_ms: int | None = None, **fields: Any) -> Arrival:
    """Return an event that comes in at `at_ms` and says that it is of `stamp_ms`."""
    document = {"event_id": new_id(dice), "event_type": event_type, "event_time": at_ms if stamp_ms is None else stamp_ms}
    shown = {name: value for name, value in fields.items() if value is not None}
    return Arrival(at_ms, {**document, "account_id": account, **shown}, crafted=True, by_shop=False)


def label(dice: Random, at_ms: int, subject: Arrival, *, is_fraud: bool, source: str, by_shop: bool, known: bool = True) -> Arrival:
    """Return a label about `subject`, or, not `known`, about an event with all that it names but its id."""
    named = {name: subject.document[name] for name in ("account_id", *SHARED) if name in subject.document}
    document: EventDocument = {
        "event_id": new_id(dice),
        "event_type": LABEL,
        "event_time": at_ms,
        **named,
        "subject_event_id": subject.event_id if known else new_id(dice),
        "is_fraud": is_fraud,
        "source": source,
    }
    return Arrival(at_ms, document, crafted=True, by_shop=by_shop)


def moments(history: History, count: int) -> list[int]:
    """Return so many times, evenly over the history."""
    span = history.end_ms - history.start_ms
    return [history.start_ms + span * (2 * number + 1) // (2 * count) for number in range(count)]


def regulars(history: History, dice: Random, count: int, field: str = "") -> list[Arrival]:
    """Return one event each of `count` regular customers, their first that has a field.

    Each of them has `REGULAR` events, and that one comes in the first half of the history.
    """
    middle = (history.start_ms + history.end_ms) // 2
    many = (events for events in history.customers.values() if len(events) >= REGULAR)
    first = (next((one for one in events if not field or field in one.document), None) for events in many)
    there = [one for one in first if one is not None and one.at_ms < middle]
    return dice.sample(there, min(count, len(there)))
