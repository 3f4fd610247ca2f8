"""Which alerts belong together: the one place that knows which ring labels have met.

Keyed stages see one entity each, so two labels of one ring may live on apart. The book joins them
(union-find) for as long as their alerts rest no longer than an incident may. It keeps no evidence, only
which alert goes where, so one place is enough for the alerts of the whole shop. All times are event time in
ms since the epoch.
"""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from dataclasses import dataclass, field

from domain.decisions.alert import Alert
from domain.decisions.decision import BLOCK
from domain.incidents.assignment import AlertAssigned, Assignment, RingAbsorbed
from domain.incidents.settings import UNCONNECTED, IncidentSettings
from domain.json_text import as_json
from domain.memory.ring_labels import QUIET_MS
from domain.times import DAY_MS


@dataclass(slots=True)
class _Ring:
    """The alerts that belong together under the name `ring`."""

    ring: str
    first_ms: int
    last_ms: int
    alerts: int = 0
    accounts: list[str] = field(default_factory=list)
    """At most two: more are company just the same."""
    waiting: list[Alert] | None = field(default_factory=list)
    """Alerts of a lone account that wait for company; None once the ring has a session."""
    due_ms: int | None = None
    """Until when they wait."""

    @property
    def has_session(self) -> bool:
        return self.waiting is None

    def note(self, time_ms: int, account: str) -> None:
        """Widen the ring's time to `time_ms` and add the account."""
        self.first_ms, self.last_ms = min(self.first_ms, time_ms), max(self.last_ms, time_ms)
        self.accounts = sorted({*self.accounts, account})[:2]


class RingBook:
    """Book of which alert belongs to which ring.

    Its state is three mappings of text, which an engine may keep where it likes.

    The alerts of a lone account wait `lone_wait_s` for a second account, unless they are many or one is
    strong. If no second account comes, they join the other unconnected alerts of their day: an analyst reads
    one list of those, not an incident for each. When rings meet, one that has a session absorbs one that
    waits; otherwise the one with more alerts absorbs the other, then the older one.
    """

    def __init__(
        self, settings: IncidentSettings, parents: MutableMapping[str, str], rings: MutableMapping[str, str], due: MutableMapping[int, str]
    ) -> None:
        self._parents, self._rings, self._due = parents, rings, due
        self._gap_ms, self._wait_ms = settings.gap_s * 1000, min(settings.lone_wait_s, settings.gap_s) * 1000
        self._many, self._lone_score = settings.first_summary_alerts, settings.lone_score

    def on_alert(self, alert: Alert) -> tuple[list[Assignment], int | None]:
        """Return what to send to sessions at once, and when to call `on_deadline` if a new deadline came up.

        What was due before the alert's `clock_ms` counts as sent, whether or not `on_deadline` has been
        called for it, and nothing new falls due before. So the result does not depend on how far the
        watermark has come, even where alerts come late.
        """
        time_ms, born_ms = max(alert.time_ms, alert.clock_ms), alert.time_ms
        roots = list(dict.fromkeys(self._root(label, time_ms) for label in alert.labels))
        for root in roots:
            self._give_up(root, time_ms)
        found = [ring for ring in (self._living(root, time_ms) for root in roots) if ring is not None]
        ring = min(found, key=_precedence) if found else _Ring(roots[0], born_ms, born_ms)
        sent = self._absorb(ring, found, time_ms)
        for root in roots:
            if root != ring.ring:
                self._rings.pop(root, None)
                self._parents[root] = f"{ring.ring} {time_ms}"
        ring.alerts += 1
        ring.note(born_ms, alert.account or "")
        deadline = None
        if ring.waiting is None:
            sent.append(AlertAssigned(ring.ring, time_ms, alert))
        else:
            ring.waiting.append(alert)
            if self._needs_no_company(ring, alert):
                sent += [AlertAssigned(ring.ring, time_ms, waiting) for waiting in ring.waiting]
                ring.waiting = None
            else:
                deadline = self._wait(ring, time_ms)
        self._rings[ring.ring] = _text(ring)
        return sent, deadline

    def on_deadline(self, now_ms: int) -> list[Assignment]:
        """Return the alerts that have waited long enough by `now_ms`, a deadline that `on_alert` returned."""
        sent: list[Assignment] = []
        for waited in json.loads(self._due.pop(now_ms, "[]")):
            given_up = isinstance(waited, list)
            sent += _unconnected(list(map(Alert.of, waited)), now_ms) if given_up else self._overdue(waited, now_ms)
        return sent

    def _needs_no_company(self, ring: _Ring, alert: Alert) -> bool:
        many = len(ring.waiting or ()) >= self._many
        strong = alert.decision.outcome == BLOCK or alert.decision.score >= self._lone_score
        return len(ring.accounts) > 1 or many or strong or not self._wait_ms

    def _overdue(self, name: str, now_ms: int) -> list[Assignment]:
        """Return the alerts of a lone account that found no company until `now_ms`."""
        ring = self._ring(name)
        if ring is None or ring.waiting is None or self._due_ms(ring) > now_ms:
            return []
        del self._rings[name]
        return _unconnected(ring.waiting, now_ms)

    def _give_up(self, name: str, now_ms: int) -> None:
        """Drop the ring of a lone account whose deadline has passed, and keep its alerts for `on_deadline`.

        Only `on_deadline` sends unconnected alerts: so their order does not depend on how far the watermark
        has come.
        """
        ring = self._ring(name)
        if ring is None or ring.waiting is None or (deadline := self._due_ms(ring)) >= now_ms:
            return
        del self._rings[name]
        waiting = [alert.to_record() for alert in ring.waiting]
        self._due[deadline] = as_json([waiting if waited == name else waited for waited in json.loads(self._due[deadline])])

    def _root(self, label: str, time_ms: int) -> str:
        """Return the ring that the label belongs to, else the label; shorten the way there."""
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
        if ring is not None and ring.has_session and time_ms - ring.last_ms > self._gap_ms:
            return None  # its incident has closed
        return ring

    def _ring(self, name: str) -> _Ring | None:
        text = self._rings.get(name)
        return None if text is None else _ring_of(text)

    def _absorb(self, ring: _Ring, found: list[_Ring], time_ms: int) -> list[Assignment]:
        """Make the other rings of `found` part of `ring`; return what their sessions must know."""
        sent: list[Assignment] = []
        for other in found:
            if other is ring:
                continue
            if other.waiting is None:
                sent += [RingAbsorbed(name, time_ms, other.ring, ring.ring) for name in (other.ring, ring.ring)]
            elif ring.waiting is None:
                sent += [AlertAssigned(ring.ring, time_ms, alert) for alert in other.waiting]
            else:
                ring.waiting += other.waiting
            ring.alerts += other.alerts
            for account in other.accounts:
                ring.note(other.first_ms, account)
            ring.note(other.last_ms, other.accounts[0])
        return sent

    def _due_ms(self, ring: _Ring) -> int:
        return ring.first_ms + self._wait_ms if ring.due_ms is None else ring.due_ms

    def _wait(self, ring: _Ring, now_ms: int) -> int | None:
        deadline = ring.due_ms = max(now_ms, ring.first_ms + self._wait_ms)
        names = json.loads(self._due.get(deadline) or "[]")
        if ring.ring in names:
            return None
        self._due[deadline] = as_json([*names, ring.ring])
        return deadline


def unconnected(time_ms: int) -> str:
    """Return the ring name of the unconnected alerts of one UTC day."""
    return f"{UNCONNECTED}{time_ms // DAY_MS}"


def _unconnected(alerts: list[Alert], deadline_ms: int) -> list[Assignment]:
    return [AlertAssigned(unconnected(alert.time_ms), deadline_ms, alert) for alert in alerts]


def _precedence(ring: _Ring) -> tuple[bool, int, int, str]:
    """Rank the rings that meet: the first absorbs the others."""
    return (not ring.has_session, -ring.alerts, ring.first_ms, ring.ring)


def _text(ring: _Ring) -> str:
    waiting = None if ring.waiting is None else [alert.to_record() for alert in ring.waiting]
    return as_json([ring.ring, ring.first_ms, ring.last_ms, ring.alerts, ring.accounts, waiting, ring.due_ms])


def _ring_of(text: str) -> _Ring:
    ring = _Ring(*json.loads(text))
    ring.waiting = None if ring.waiting is None else [Alert.of(record) for record in ring.waiting]  # type: ignore[arg-type]
    return ring
