"""The waiting room: who waits for which decision, and until when. No clock and no event loop of its own.

A place is known by account and event: ids are an account's own, so an id alone could give somebody the
decision of another's event. Those who wait for one event share what comes.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

Key = tuple[str, str]
"""Pseudonym of the account, id of the event."""
DEADLINE = "deadline"
"""Why somebody got no decision: it had not come when the time was over."""


@dataclass(slots=True, eq=False)
class Seat:
    """Somebody who waits. `tell` is called once: with the decision, or with None and why there is none."""

    key: Key
    due: float
    tell: Callable[[bytes | None, str], None]
    has_ended: bool = False


class WaitingRoom:
    """All who wait in this instance. Times are of whatever clock the caller has."""

    def __init__(self) -> None:
        self._seats: dict[Key, list[Seat]] = {}
        self._digests: dict[Key, str] = {}
        self._by_due: list[tuple[float, int, Seat]] = []
        self._numbers = count()
        self.waiting = 0

    def digest(self, key: Key) -> str | None:
        """Return the digest of the body that is waited for under this key; None if nobody waits."""
        return self._digests.get(key)

    def enter(self, key: Key, digest: str, due: float, tell: Callable[[bytes | None, str], None]) -> bool:
        """Wait until `due`; return whether nobody has waited for this event before."""
        seat, is_first = Seat(key, due, tell), key not in self._seats
        self._seats.setdefault(key, []).append(seat)
        self._digests.setdefault(key, digest)
        heapq.heappush(self._by_due, (due, next(self._numbers), seat))
        self.waiting += 1
        return is_first

    def decide(self, key: Key, decision: bytes) -> None:
        """Give a decision to all who wait for it."""
        self._end(key, decision, "")

    def give_up(self, key: Key, why: str) -> None:
        """Tell all who wait for an event that none will come."""
        self._end(key, None, why)

    def expire(self, now: float) -> float | None:
        """End the wait of all whose time is over; return when the next one's is, None if nobody waits."""
        while self._by_due:
            due, _, seat = self._by_due[0]
            if due > now and not seat.has_ended:
                return due
            heapq.heappop(self._by_due)
            if not seat.has_ended:
                self._leave(seat)
                seat.tell(None, DEADLINE)
        return None

    def close(self, why: str) -> None:
        """End the wait of all."""
        for key in list(self._seats):
            self._end(key, None, why)
        self._by_due.clear()

    def _end(self, key: Key, decision: bytes | None, why: str) -> None:
        for seat in self._seats.get(key, [])[:]:
            self._leave(seat)
            seat.tell(decision, why)

    def _leave(self, seat: Seat) -> None:
        seat.has_ended = True
        self.waiting -= 1
        those = self._seats[seat.key]
        those.remove(seat)
        if not those:
            del self._seats[seat.key], self._digests[seat.key]
