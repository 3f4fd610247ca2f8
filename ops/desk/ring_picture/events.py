"""The flagged events of an incident, from its stored alerts and from the evidence of its revisions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.decisions.document_fields import LATEST_MS
from domain.incidents.money import NO_CURRENCY, to_units
from domain.incidents.purchases import pairs
from domain.times import moment_ms
from ops.terminal.shown_values import items, mapping

_MOST_UNITS = 10**19
_STRONGEST = 50


@dataclass(frozen=True, slots=True)
class Seen:
    """What a picture takes from a flagged event."""

    event_id: str
    time_ms: int
    event_type: str
    decision: str
    entities: Mapping[str, str]
    amount: float | None
    currency: str
    units: int = 0
    """Its money in ten-thousandths; 0 where another event of the same purchase counts."""


def events_of(revisions: Sequence[Mapping[str, Any]], alerts: Iterable[Mapping[str, Any]]) -> list[Seen]:
    """Return the events in the order of time, each once, with the money that counts."""
    found: dict[tuple[str, str], Seen] = {}
    for event in (*map(_of_alert, alerts), *_of_evidence(revisions)):
        found.setdefault((event.entities.get("account", ""), event.event_id), event)
    return list(_counted(sorted(found.values(), key=lambda event: (event.time_ms, event.event_id, event.entities.get("account", "")))))


def _counted(events: Iterable[Seen]) -> Iterator[Seen]:
    """Yield the events with their money: an order and its payment count once."""
    unpaired: list[list[Any]] = []
    for event in events:
        units = _units(event.amount)
        of = event.entities.get("account"), units, event.currency, event.event_type, event.time_ms
        is_half = event.event_type in ("order", "payment") and units > 0 and pairs(unpaired, *of)
        yield event if is_half else replace(event, units=units)


def _units(amount: float | None) -> int:
    return min(_MOST_UNITS, max(0, to_units(amount))) if amount is not None else 0


def _of_evidence(revisions: Sequence[Mapping[str, Any]]) -> Iterator[Seen]:
    """Yield the strongest events that revisions name: their alerts may have left the store."""
    for document in reversed(revisions):
        for event in map(mapping, items(mapping(document.get("evidence")).get("strongest"), _STRONGEST)):
            yield _seen(event, "id", "time", "type")


def _of_alert(document: Mapping[str, Any]) -> Seen:
    return _seen(document, "event_id", "event_time", "event_type")


def _seen(event: Mapping[str, Any], event_id: str, time: str, event_type: str) -> Seen:
    amount = event.get("amount")
    is_amount = isinstance(amount, int | float) and not isinstance(amount, bool) and math.isfinite(amount)
    return Seen(
        event_id=str(event.get(event_id)),
        time_ms=_time(event.get(time)),
        event_type=str(event.get(event_type)),
        decision=str(event.get("decision")),
        entities={str(kind): str(pseudonym) for kind, pseudonym in mapping(event.get("entities")).items()},
        amount=float(amount) if is_amount and amount is not None else None,
        currency=str(event.get("currency") or NO_CURRENCY),
    )


def _time(value: object) -> int:
    """Return a time in ms since 1970, 0 for what is none."""
    try:
        found = value if isinstance(value, int) else moment_ms(str(value))
    except (ValueError, OverflowError):
        return 0
    return found if 0 <= found < LATEST_MS else 0
