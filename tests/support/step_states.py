"""States of the step, and short events, labels and records for them."""

from __future__ import annotations

from domain.events.event import Event
from domain.events.identity import MISSING
from domain.graph import EVENT_TYPES, LABEL_CODE
from domain.memory.trail import Trail
from domain.step import Step
from tests.support.entity_record import EntityRecord
from tests.support.event_histories import key_of, make_event

ORDER = EVENT_TYPES.index("order")
LOGIN = EVENT_TYPES.index("login")
States = list[dict[int, bytes]]


def fresh(step: Step) -> States:
    return [{} for _ in step.graph.entities]


def order(number: int, time_ms: int, account: int = 1, device: int = 1, amount: float = 20.0, address: int | None = None) -> Event:
    entities = (key_of(0, account), key_of(1, device), MISSING if address is None else key_of(2, address))
    return make_event(f"o{number}", ORDER, time_ms, entities, amount)


def label(number: int, time_ms: int, is_fraud: bool | None, account: int = 1, device: int = 1, name: str = "l", source: int = 0) -> Event:
    entities = (key_of(0, account), key_of(1, device), MISSING)
    return make_event(f"{name}{number}-{time_ms}", LABEL_CODE, time_ms, entities, subject=f"o{number}", is_fraud=is_fraud, source=source)


def taken(step: Step, event: Event, states: States, stream_ms: int) -> Trail | None:
    """The step on an event that comes when its stream has reached a time."""
    trail = Trail(event)
    trail.clock_ms = stream_ms
    data = step.encoded(trail, states)
    return None if data is None else step.codec.update(trail, data)


def account_record(step: Step, states: States, account: int = 1) -> EntityRecord:
    return EntityRecord.decode(states[0][key_of(0, account)], step.layouts[0])
