"""The events that were answered just now: a label may come before the store's index knows its event."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ops.fraud_detector.parts import NamedEvent

MOST = 10_000


class RecentEvents:
    """The last decisions by event id, `most` of them. Only pseudonyms are kept."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._events: OrderedDict[tuple[str, str, str], NamedEvent] = OrderedDict()
        self._accounts: dict[tuple[str, str], set[str]] = {}

    def add(self, decision: Mapping[str, Any]) -> None:
        """Remember a decision document; forget the oldest one."""
        entities = dict(decision.get("entities") or {})
        account = entities.get("account")
        if account is None:
            return
        event = (decision["event_id"], decision["event_type"])
        self._events[(*event, account)] = NamedEvent(account, entities, decision["event_time"])
        self._events.move_to_end((*event, account))
        self._accounts.setdefault(event, set()).add(account)
        if len(self._events) > self._most:
            self._forget()

    def find(self, event_id: str, types: Collection[str]) -> Iterator[NamedEvent]:
        """Yield the events of an id that have one of the types."""
        for kind in types:
            for account in self._accounts.get((event_id, kind), ()):
                yield self._events[(event_id, kind, account)]

    def _forget(self) -> None:
        (event_id, kind, account), _ = self._events.popitem(last=False)
        accounts = self._accounts[(event_id, kind)]
        accounts.discard(account)
        if not accounts:
            del self._accounts[(event_id, kind)]
