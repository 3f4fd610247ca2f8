"""The ring book of an older build, where a ring is named by its label, which is an account's pseudonym."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

from domain.incidents.assignment import AccountForgotten, Assignment, RingAbsorbed
from domain.incidents.lone_waits import LoneWaits
from domain.incidents.ring import Ring
from domain.incidents.settings import UNCONNECTED
from domain.memory.ring_labels import ring_name
from domain.times import DAY_MS

_ADOPTED = -1
"""Key in the mapping of deadlines, which are never negative: when older names were found, 0 for none."""


class OlderNames:
    """Rings that go on under their older name, for as long as they have alerts: labels lead there.

    It has three of the mappings of a ring book. These are looked through once after an upgrade, and when an
    account is forgotten.
    """

    def __init__(self, parents: MutableMapping[str, str], rings: MutableMapping[str, str], due: MutableMapping[int, str]) -> None:
        self._parents, self._rings, self._due = parents, rings, due
        self._is_looked_at = False

    def adopt(self, now_ms: int) -> None:
        """Lead the labels of an older build's rings to these, unless that has been done."""
        if self._is_looked_at:
            return
        self._is_looked_at = True
        if _ADOPTED in self._due:
            return
        older = {name for name in (*self._parents, *self._rings) if _is_label(name)}
        for name in older:
            self._parents[ring_name(name)] = f"{name} {now_ms}"
        self._due[_ADOPTED] = str(now_ms if older else 0)

    def forget(self, account: str, now_ms: int) -> list[Assignment]:
        """Give what is named after an account its name of today; return what its session must know."""
        name, sent = ring_name(account), list[Assignment]()
        before, text = self._parents.pop(account, None), self._rings.pop(account, None)
        if before is None and text is None and not self._parents.get(name, "").startswith(account):
            return sent
        for label, parent in list(self._parents.items()):
            to, seen_ms = parent.split(" ")
            if to == account:
                self._parents[label] = f"{name} {seen_ms}"
        self._parents.pop(name, None)  # it led to itself
        if before is not None:
            self._parents[name] = before
        if text is not None:
            ring = Ring.of(text)
            if ring.has_session and ring.gathered is None:
                sent = [AccountForgotten(account, now_ms, account), RingAbsorbed(account, now_ms, account, name)]
            ring.ring = name
            self._rings[name] = ring.to_text()
            if ring.waiting is not None and ring.due_ms is not None:
                LoneWaits(self._due, self._rings).rename(ring.due_ms, ring.slot, account, name)
        return sent

    def sessions(self, now_ms: int, longest_ms: int) -> Iterator[str]:
        """Yield sessions that may be open since before an upgrade: nobody noted whose alerts they have."""
        found_ms = int(self._due.get(_ADOPTED, "0"))
        if not found_ms or now_ms - found_ms > longest_ms:
            return
        for name, text in self._rings.items():
            if _is_label(name) and (ring := Ring.of(text)).has_session:
                yield ring.session
        yield from (f"{UNCONNECTED}{day}" for day in range((found_ms - longest_ms) // DAY_MS, found_ms // DAY_MS + 1))


def _is_label(name: str) -> bool:
    return len(name) == len(ring_name("")) and "/" not in name and " " not in name
