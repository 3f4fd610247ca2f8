"""The simulated shop on its way into the job's stream: each event when its time has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from domain.json_text import as_unicode_json
from domain.simulator import LiveShop
from domain.simulator.attack_plan import Attack

Send = Callable[[Sequence[bytes]], None]
"""Takes lines, in their order."""


class ShopFeed:
    """A shop's events, sent when they happen; what happened before is sent at once."""

    def __init__(self, shop: LiveShop, send: Send) -> None:
        self._documents, self._send = shop.documents(), send
        self._next = next(self._documents)
        self._coming, self._at_work = shop.attacks(), list[Attack]()
        self._attack = next(self._coming)
        self.events = 0
        """Events sent so far, labels not counted."""

    def feed(self, now_ms: int) -> None:
        """Send all events and labels up to now."""
        if lines := list(self._due(now_ms)):
            self._send(lines)

    def attacks(self, now_ms: int) -> list[str]:
        """Return the names of the attacks that are under way, the latest first."""
        while self._attack.start <= now_ms:
            self._at_work.append(self._attack)
            self._attack = next(self._coming)
        self._at_work = [attack for attack in self._at_work if attack.end > now_ms]
        return list(dict.fromkeys(attack.name.replace("_", " ") for attack in reversed(self._at_work)))

    def _due(self, now_ms: int) -> Iterator[bytes]:
        while self._next["event_time"] <= now_ms:
            self.events += self._next["event_type"] != "label"
            yield as_unicode_json(self._next).encode()
            self._next = next(self._documents)
