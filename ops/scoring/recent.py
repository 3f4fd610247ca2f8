"""The newest decisions in memory, for those who ask again."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from ops.scoring.waiting import Key


class Remembered(NamedTuple):
    """A decision that was made."""

    text: bytes
    """Its document, JSON."""
    digest: str
    """Of the event's body, empty where it is not known: another instance has sent it."""


class RecentDecisions:
    """The newest decisions, of a fixed number. Of two on one event the first counts."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[Key, Remembered] = OrderedDict()

    def put(self, key: Key, text: bytes, digest: str = "") -> bytes:
        """Keep a decision; return the one that counts."""
        known = self._found.get(key)
        if known is not None:
            return known.text
        self._found[key] = Remembered(text, digest)
        if len(self._found) > self._most:
            self._found.popitem(last=False)
        return text

    def get(self, key: Key) -> Remembered | None:
        """Return the decision on an event, if it is still known."""
        return self._found.get(key)

    def has_of_another(self, key: Key) -> bool:
        """Return whether a decision on an event with this id, of another account, is known. Slow."""
        return key not in self._found and any(event_id == key[1] for _, event_id in self._found)

    def __contains__(self, key: Key) -> bool:
        return key in self._found

    def __len__(self) -> int:
        return len(self._found)
