"""Which lone alerts wait until when: an entry for each, so that many of one instant cost no more than one."""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping
from typing import Any

from domain.json_text import as_json


class LoneWaits:
    """Entries by deadline, in the order in which they came: a ring's name, or alerts of a ring that is gone.

    `due` holds how many there are, `entries` each of them under a key of its own. An older build held all of
    a deadline in one list in `due`.
    """

    def __init__(self, due: MutableMapping[int, str], entries: MutableMapping[str, str]) -> None:
        self._due, self._entries = due, entries

    def add(self, deadline_ms: int, name: str) -> tuple[int, bool]:
        """Let the ring `name` wait; return its slot and whether the deadline is new."""
        slot = self._count(deadline_ms)
        self._entries[_key(deadline_ms, slot)] = as_json(name)
        self._due[deadline_ms] = as_json(slot + 1)
        return slot, slot == 0

    def give_up(self, deadline_ms: int, slot: int | None, name: str, alerts: list[dict[str, Any]]) -> None:
        """Put the alerts of a ring in the place of its name; without its slot look for it."""
        self._put(deadline_ms, slot, name, alerts)

    def rename(self, deadline_ms: int, slot: int | None, name: str, now: str) -> None:
        """Let the ring `name` wait under the name `now`; without its slot look for it."""
        self._put(deadline_ms, slot, name, now)

    def take(self, deadline_ms: int) -> Iterator[str | list[dict[str, Any]]]:
        """Yield what waits until the deadline, and forget it."""
        for slot in range(self._count(deadline_ms)):
            yield json.loads(self._entries.pop(_key(deadline_ms, slot), "[]"))
        self._due.pop(deadline_ms, None)

    @staticmethod
    def holds(key: str) -> bool:
        """Return whether a key in `entries` is one of a wait."""
        return "/" in key

    def leave_out(self, key: str, account: str) -> None:
        """Forget an account's alerts in the entry of a ring that is gone; that of any other is its name."""
        entry = json.loads(self._entries[key])
        if isinstance(entry, list):
            self._entries[key] = as_json([alert for alert in entry if alert["entities"].get("account") != account])

    def _put(self, deadline_ms: int, slot: int | None, name: str, entry: str | list[dict[str, Any]]) -> None:
        count = self._count(deadline_ms)
        if slot is None:
            names = (self._entries.get(_key(deadline_ms, at)) for at in range(count))
            slot = next((at for at, found in enumerate(names) if found == as_json(name)), count)
        self._entries[_key(deadline_ms, slot)] = as_json(entry)
        self._due[deadline_ms] = as_json(max(count, slot + 1))

    def _count(self, deadline_ms: int) -> int:
        found: int | list[Any] = json.loads(self._due.get(deadline_ms, "0"))
        if isinstance(found, int):
            return found
        for slot, entry in enumerate(found):
            self._entries[_key(deadline_ms, slot)] = as_json(entry)
        self._due[deadline_ms] = as_json(len(found))
        return len(found)


def _key(deadline_ms: int, slot: int) -> str:
    return f"{deadline_ms}/{slot}"
