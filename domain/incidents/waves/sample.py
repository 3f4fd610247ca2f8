"""The events that the incident of a wave names, for people to look up: the latest of its class, bounded.

A wave counts events and keeps none. So of each class the `LISTED` latest are held, the same in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from domain.json_text import as_json

LISTED = 20
"""Events that are held of a class: a wave names so many up to when it was found, and of its latest."""
_MOST_WAITING = 2000
"""Events of quarters that are not looked at yet: beyond, those of the latest quarters are let go. Four
quarters of all classes are 2,240."""
_ROOM = 4 * LISTED  # a list is sorted and cut when it is so long

WaveEvent = str
"""An event as text: its time in ms since 1970 (15 digits), the pseudonym of its account (16), its id.

Texts are sorted and stored several times as fast as tuples are, and in this order: by time first.
"""
_TIME, _ACCOUNT = 15, 15 + 16  # where the parts end
Sampled = tuple[int, int, list[WaveEvent]]
"""(bucket, place in `CLASSES`, the latest of its events)."""


def wave_event(time_ms: int, account: str, event_id: str) -> WaveEvent:
    """Return an event as text, as `LatestEvents.java` writes it."""
    return f"{time_ms:015}{account:0>16}{event_id}"


def latest(events: list[WaveEvent]) -> list[WaveEvent]:
    """Return the `LISTED` latest events in order."""
    return sorted(events)[-LISTED:]


def named(events: Iterable[WaveEvent]) -> list[Mapping[str, Any]]:
    """Return events as an incident's document names them, each once, in order."""
    parts = ((event[:_TIME], event[_TIME:_ACCOUNT], event[_ACCOUNT:]) for event in sorted(set(events)))
    return [{"account": account, "event_id": event_id, "time": int(time_ms)} for time_ms, account, event_id in parts]


def account_of(event: WaveEvent) -> str:
    """Return the pseudonym of an event's account."""
    return event[_TIME:_ACCOUNT]


def time_of(event: WaveEvent) -> int:
    """Return an event's time."""
    return int(event[:_TIME])


def without(events: Iterable[WaveEvent], account: str) -> list[WaveEvent]:
    """Return the events of others."""
    return [event for event in events if account_of(event) != account]


class Samples:
    """The latest events of each class: of quarters that wait to be looked at, and of all before."""

    def __init__(self) -> None:
        self._waiting: dict[int, dict[int, list[WaveEvent]]] = {}  # bucket -> class -> events
        self._latest: dict[int, list[WaveEvent]] = {}
        self._texts: dict[int, str] = {}  # each of them as JSON: few classes change in a quarter

    def take(self, bucket: int, position: int, events: Iterable[WaveEvent]) -> None:
        """Add events of a quarter that is not looked at yet."""
        held = self._waiting.setdefault(bucket, {}).setdefault(position, [])
        held.extend(events)
        if len(held) > _ROOM:
            held[:] = latest(held)

    def look_at(self, bucket: int) -> None:
        """Let the events of a quarter be the latest of their classes."""
        for position, events in self._waiting.pop(bucket, {}).items():
            held = self._latest[position] = latest([*self._latest.get(position, ()), *events])
            self._texts[position] = as_json([position, held])

    def leave_out(self, account: str) -> None:
        """Forget the events of an account."""
        for by_class in (*self._waiting.values(), self._latest):
            for events in by_class.values():
                events[:] = without(events, account)
        self._texts = {position: as_json([position, held]) for position, held in self._latest.items()}

    def since(self, position: int, time_ms: int) -> list[WaveEvent]:
        """Return the latest events of a class, not before `time_ms`."""
        first = f"{time_ms:015}"
        return [event for event in self._latest.get(position, ()) if event >= first]

    def waiting(self) -> list[Any]:
        """Return as JSON values what waits, cut to its bounds."""
        for by_class in self._waiting.values():
            for events in by_class.values():
                if len(events) > LISTED:
                    events[:] = latest(events)
        while len(self._waiting) > 1 and sum(map(len, _lists(self._waiting))) > _MOST_WAITING:
            del self._waiting[max(self._waiting)]
        return [[bucket, list(by_class.items())] for bucket, by_class in self._waiting.items()]

    def restore_waiting(self, state: Iterable[Any]) -> None:
        """Read what `waiting` returned."""
        self._waiting = {bucket: dict(by_class) for bucket, by_class in state}

    def to_text(self) -> str:
        """Return the latest events as JSON."""
        return "[" + ",".join(self._texts.values()) + "]"

    @classmethod
    def of(cls, state: Iterable[Any]) -> Self:
        """Read what `to_text` returned, decoded."""
        samples = cls()
        samples._latest = dict(state)
        samples._texts = {position: as_json([position, held]) for position, held in samples._latest.items()}
        return samples


def _lists(waiting: Mapping[int, Mapping[int, list[WaveEvent]]]) -> Iterator[list[WaveEvent]]:
    return (events for by_class in waiting.values() for events in by_class.values())
