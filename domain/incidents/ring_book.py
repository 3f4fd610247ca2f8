"""Which alerts are told together: the one place that knows which ring labels have met.

Keyed stages see one entity each, so that two labels of one ring may live on apart; the book joins them
(union-find) for as long as their alerts do not rest longer than an incident may. It keeps no evidence, only
who goes where, so that one place is enough for the alerts of the whole shop. All times are event time in ms
since the epoch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from domain.graph import DAY_S
from domain.incidents.settings import UNCONNECTED, IncidentSettings
from domain.memory.ring_labels import QUIET_MS

_DAY_MS = DAY_S * 1000
_SEVERE = "block"


@dataclass(frozen=True, slots=True)
class Told:
    """An alert or a merger, on its way to the incident session of `ring`."""

    ring: str
    at_ms: int
    alert: Mapping[str, Any] | None = None
    into: str | None = None
    """The session's ring has become part of this one: its incident closes."""
    merged: str | None = None
    """This ring has become part of the session's."""

    def to_document(self) -> dict[str, Any]:
        return {"ring": self.ring, "at": self.at_ms, "alert": self.alert, "into": self.into, "merged": self.merged}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Told:
        return cls(document["ring"], document["at"], document["alert"], document["into"], document["merged"])


@dataclass(slots=True)
class _Ring:
    """The alerts that belong together under the name `ring`."""

    ring: str
    first_ms: int
    last_ms: int
    alerts: int = 0
    accounts: list[str] = field(default_factory=list)
    """At most two: more are company just the same."""
    waiting: list[dict[str, Any]] | None = field(default_factory=list)
    """Alerts of a lone account that wait for company; None once the ring has a session."""
    due_ms: int | None = None
    """Until when they wait."""

    @property
    def is_told(self) -> bool:
        return self.waiting is None

    def note(self, time_ms: int, account: str) -> None:
        self.first_ms, self.last_ms = min(self.first_ms, time_ms), max(self.last_ms, time_ms)
        self.accounts = sorted({*self.accounts, account})[:2]


class RingBook:
    """Sorts alerts into rings. Its state is in three mappings of text, which an engine may keep where it
    likes.

    A lone account's alerts wait `lone_wait_s` for a second account, unless they are many or one is strong.
    If none comes they are told with the other unconnected alerts of their day: an analyst reads one list of
    those, not an incident for each. Of rings that meet, a told one goes on before one that waits, then the
    one with more alerts, then the older one.
    """

    def __init__(
        self, settings: IncidentSettings, parents: MutableMapping[str, str], rings: MutableMapping[str, str], due: MutableMapping[int, str]
    ) -> None:
        self._parents, self._rings, self._due = parents, rings, due
        self._gap_ms, self._wait_ms = settings.gap_s * 1000, min(settings.lone_wait_s, settings.gap_s) * 1000
        self._many, self._lone_score = settings.first_summary_alerts, settings.lone_score

    def on_alert(self, alert: dict[str, Any]) -> tuple[list[Told], int | None]:
        """What to tell at once, and when to call `on_deadline`, if a new deadline came up. The alert must be
        a valid one.

        `clock` in the alert is the latest event time that the stream had reached with it: what was due
        before counts as told, whether or not `on_deadline` has been called for it, and nothing new falls due
        before. So what is told does not hang on how far the watermark behind the stream has come, even where
        alerts come late.
        """
        time_ms = max(alert["event_time"], alert.get("clock", 0))
        roots = list(dict.fromkeys(self._root(label, time_ms) for label in (alert["ring"], *alert.get("joins", ()))))
        for root in roots:
            self._give_up(root, time_ms)
        told: list[Told] = []
        found = [ring for ring in (self._living(root, time_ms) for root in roots) if ring is not None]
        born_ms = alert["event_time"]
        ring = min(found, key=lambda r: (not r.is_told, -r.alerts, r.first_ms, r.ring)) if found else _Ring(roots[0], born_ms, born_ms)
        told += self._merge(ring, found, time_ms)
        for root in roots:
            if root != ring.ring:
                self._rings.pop(root, None)
                self._parents[root] = f"{ring.ring} {time_ms}"
        ring.alerts += 1
        ring.note(born_ms, alert["entities"].get("account", ""))
        deadline = None
        if ring.waiting is None:
            told.append(Told(ring.ring, time_ms, alert))
        else:
            ring.waiting.append(alert)
            if self._is_told_now(ring, alert):
                told += [Told(ring.ring, time_ms, waiting) for waiting in ring.waiting]
                ring.waiting = None
            else:
                deadline = self._wait(ring, time_ms)
        self._rings[ring.ring] = _text(ring)
        return told, deadline

    def on_deadline(self, now_ms: int) -> list[Told]:
        """What waited long enough by `now_ms`, a deadline that `on_alert` returned."""
        told: list[Told] = []
        for waited in json.loads(self._due.pop(now_ms, "[]")):
            told += self._unconnected(waited, now_ms) if isinstance(waited, list) else self._overdue(waited, now_ms)
        return told

    def _is_told_now(self, ring: _Ring, alert: Mapping[str, Any]) -> bool:
        many = len(ring.waiting or ()) >= self._many
        strong = alert["decision"] == _SEVERE or alert["score"] >= self._lone_score
        return len(ring.accounts) > 1 or many or strong or not self._wait_ms

    def _overdue(self, name: str, now_ms: int) -> list[Told]:
        """The alerts of a lone account that company did not come to until `now_ms`."""
        ring = self._ring(name)
        if ring is None or ring.waiting is None or self._due_ms(ring) > now_ms:
            return []
        del self._rings[name]
        return self._unconnected(ring.waiting, now_ms)

    def _give_up(self, name: str, now_ms: int) -> None:
        """A lone account whose deadline has passed has no ring any more, though `on_deadline`, which tells
        of its alerts, is still to come.

        Only `on_deadline` tells of unconnected alerts, so that their order does not hang on how far the
        clock behind it has come.
        """
        ring = self._ring(name)
        if ring is None or ring.waiting is None or (deadline := self._due_ms(ring)) >= now_ms:
            return
        del self._rings[name]
        self._due[deadline] = json.dumps([ring.waiting if waited == name else waited for waited in json.loads(self._due[deadline])])

    def _unconnected(self, alerts: list[dict[str, Any]], deadline_ms: int) -> list[Told]:
        return [Told(unconnected(alert["event_time"]), deadline_ms, alert) for alert in alerts]

    def _root(self, label: str, time_ms: int) -> str:
        """The name under which the label's ring is known, itself if under none or not for long; shortens the
        way there.
        """
        path = [label]
        while (parent := self._parents.get(path[-1])) is not None:
            name, seen_ms = parent.split(" ")
            if time_ms - int(seen_ms) > QUIET_MS:
                del self._parents[path[-1]]
                break
            path.append(name)
        for label in path[:-1]:
            self._parents[label] = f"{path[-1]} {time_ms}"
        return path[-1]

    def _living(self, name: str, time_ms: int) -> _Ring | None:
        ring = self._ring(name)
        if ring is not None and ring.is_told and time_ms - ring.last_ms > self._gap_ms:
            return None  # its incident has closed
        return ring

    def _ring(self, name: str) -> _Ring | None:
        text = self._rings.get(name)
        return None if text is None else _Ring(*json.loads(text))

    def _merge(self, ring: _Ring, found: list[_Ring], time_ms: int) -> list[Told]:
        told: list[Told] = []
        for other in found:
            if other is ring:
                continue
            if other.waiting is None:
                told += [Told(other.ring, time_ms, into=ring.ring), Told(ring.ring, time_ms, merged=other.ring)]
            elif ring.waiting is None:
                told += [Told(ring.ring, time_ms, alert) for alert in other.waiting]
            else:
                ring.waiting += other.waiting
            ring.alerts += other.alerts
            for account in other.accounts:
                ring.note(other.first_ms, account)
            ring.note(other.last_ms, other.accounts[0])
        return told

    def _due_ms(self, ring: _Ring) -> int:
        return ring.first_ms + self._wait_ms if ring.due_ms is None else ring.due_ms

    def _wait(self, ring: _Ring, now_ms: int) -> int | None:
        deadline = ring.due_ms = max(now_ms, ring.first_ms + self._wait_ms)
        names = json.loads(self._due.get(deadline) or "[]")
        if ring.ring in names:
            return None
        self._due[deadline] = json.dumps([*names, ring.ring])
        return deadline


def unconnected(time_ms: int) -> str:
    """The name under which unconnected alerts of one UTC day are told."""
    return f"{UNCONNECTED}{time_ms // _DAY_MS}"


def _text(ring: _Ring) -> str:
    return json.dumps(
        [ring.ring, ring.first_ms, ring.last_ms, ring.alerts, ring.accounts, ring.waiting, ring.due_ms], separators=(",", ":")
    )
