"""Which alerts belong together: the one place that knows which ring labels have met.

Keyed stages see one entity each, so two labels of one ring may live on apart. The book joins them
(union-find) for as long as their alerts rest no longer than an incident may. It keeps no evidence, only
which alert goes where, so one place is enough for the alerts of the whole shop. All times are event time in
ms since the epoch.
"""

from __future__ import annotations

from collections.abc import MutableMapping

from domain.decisions.alert import Alert
from domain.decisions.decision import BLOCK
from domain.incidents.admission import Admission, look_of
from domain.incidents.assignment import AccountForgotten, AlertAssigned, Assignment, RingAbsorbed
from domain.incidents.homes import Homes
from domain.incidents.lone_waits import LoneWaits
from domain.incidents.older_names import OlderNames
from domain.incidents.ring import Ring
from domain.incidents.settings import UNCONNECTED, IncidentSettings
from domain.memory.ring_labels import QUIET_MS
from domain.times import DAY_MS, HOUR_MS

_SOON_MS = HOUR_MS
"""An alert that comes later than this after its event waits from then on: a time long past ends no wait."""


class RingBook:
    """Book of which alert belongs to which ring.

    Its state is four mappings of text, which an engine may keep where it likes.

    The alerts of a lone account wait `lone_wait_s` for a second account, unless they are many or one is
    strong. If no second account comes, they join the other unconnected alerts of their day: an analyst reads
    one list of those, not an incident for each. When rings meet, one that has a session absorbs one that
    waits; otherwise the one with more alerts absorbs the other, then the older one.

    Where more rings begin than analysts can read of, those that look alike share a session (`Admission`). A
    ring leaves it for its own with the next alert if it is admitted once it has doubled, beginning with
    eight alerts, or once it pays or is blocked.
    """

    def __init__(
        self,
        settings: IncidentSettings,
        parents: MutableMapping[str, str],
        rings: MutableMapping[str, str],
        due: MutableMapping[int, str],
        homes: MutableMapping[str, str],
    ) -> None:
        self._parents, self._rings = parents, rings
        self._older = OlderNames(parents, rings, due)
        self._longest_ms = open_ms(settings)
        self._homes = Homes(homes, self._longest_ms)
        self._waits, self._admission = LoneWaits(due, rings), Admission(settings.reviews_per_hour, rings)
        self._gap_ms, self._wait_ms = settings.gap_s * 1000, min(settings.lone_wait_s, settings.gap_s) * 1000
        self._many, self._lone_score = settings.first_summary_alerts, settings.lone_score

    def on_alert(self, alert: Alert) -> tuple[list[Assignment], int | None]:
        """Return what to send to sessions at once, and when to call `on_deadline` if a new deadline came up.

        What was due before the alert's `clock_ms` counts as sent, whether or not `on_deadline` has been
        called for it, and nothing new falls due before. So the result does not depend on how far the
        watermark has come, even where alerts come late.
        """
        time_ms, born_ms = max(alert.time_ms, alert.clock_ms), max(alert.time_ms, alert.clock_ms - _SOON_MS)
        self._older.adopt(time_ms)
        roots = list(dict.fromkeys(self._root(label, time_ms) for label in alert.labels))
        for root in roots:
            self._give_up(root, time_ms)
        found = [ring for ring in (self._living(root, time_ms) for root in roots) if ring is not None]
        ring = min(found, key=lambda one: one.precedence) if found else Ring(roots[0], born_ms, born_ms)
        sent = self._absorb(ring, found, time_ms)
        for root in roots:
            if root != ring.ring:
                self._rings.pop(root, None)
                self._parents[root] = f"{ring.ring} {time_ms}"
        ring.alerts += 1
        ring.note(born_ms, alert.account or "")
        deadline = None
        if ring.waiting is None:
            self._ask_again(ring, alert, time_ms)
            sent.append(ring.assigned(alert, time_ms))
        else:
            ring.waiting.append(alert)
            if self._needs_no_company(ring, alert):
                sent += self._open(ring, ring.waiting, time_ms)
            else:
                deadline = self._wait(ring, time_ms)
        self._rings[ring.ring] = ring.to_text()
        self._homes.note(sent)
        return sent, deadline

    def on_deadline(self, now_ms: int) -> list[Assignment]:
        """Return the alerts that have waited long enough by `now_ms`, a deadline that `on_alert` returned."""
        sent: list[Assignment] = []
        for waited in self._waits.take(now_ms):
            sent += self._overdue(waited, now_ms) if isinstance(waited, str) else _unconnected(list(map(Alert.of, waited)), now_ms)
        self._homes.note(sent)
        return sent

    def on_forgotten(self, account: str, now_ms: int) -> list[Assignment]:
        """Forget an account: its alerts wait no more; return what the sessions with alerts of it must know.

        All entries are looked through: this is asked for seldom.
        """
        self._older.adopt(now_ms)
        named = [(key, text) for key, text in self._rings.items() if account in text]
        for key, text in named:
            if LoneWaits.holds(key):
                self._waits.leave_out(key, account)
            elif (ring := Ring.of(text)).leave_out(account):
                self._rings[key] = ring.to_text()
            else:
                del self._rings[key]
        sessions = dict.fromkeys([*self._homes.forget(account), *self._older.sessions(now_ms, self._longest_ms)])
        return [*(AccountForgotten(one, now_ms, account) for one in sessions), *self._older.forget(account, now_ms)]

    def _open(self, ring: Ring, waiting: list[Alert], time_ms: int) -> list[Assignment]:
        """Send what has waited to the ring's session, its own or that of look-alikes."""
        for alert in waiting:
            ring.stands_out(alert)
        look = look_of(waiting[-1], ring)
        sent: list[Assignment] = []
        if not self._admission.admits(look, time_ms):
            ring.gathered = self._admission.gather(look, time_ms)
            sent.append(RingAbsorbed(ring.gathered, time_ms, ring.ring, ring.gathered))
        ring.waiting = None
        return [*sent, *(ring.assigned(alert, time_ms) for alert in waiting)]

    def _ask_again(self, ring: Ring, alert: Alert, time_ms: int) -> None:
        """Let a ring among look-alikes have its own session if it stands out and there is room."""
        if ring.gathered is not None and ring.stands_out(alert) and self._admission.admits(look_of(alert, ring), time_ms):
            ring.gathered = None

    def _needs_no_company(self, ring: Ring, alert: Alert) -> bool:
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
        self._waits.give_up(deadline, ring.slot, name, [alert.to_record() for alert in ring.waiting])

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

    def _living(self, name: str, time_ms: int) -> Ring | None:
        ring = self._ring(name)
        if ring is not None and ring.has_session and time_ms - ring.last_ms > self._gap_ms:
            return None  # its incident has closed
        return ring

    def _ring(self, name: str) -> Ring | None:
        text = self._rings.get(name)
        return None if text is None else Ring.of(text)

    def _absorb(self, ring: Ring, found: list[Ring], time_ms: int) -> list[Assignment]:
        """Make the other rings of `found` part of `ring`; return what their sessions must know."""
        sent: list[Assignment] = []
        for other in found:
            if other is ring:
                continue
            if other.waiting is not None and ring.waiting is not None:
                ring.waiting += other.waiting
            elif other.waiting is not None:
                sent += [ring.assigned(alert, time_ms) for alert in other.waiting]
            else:
                told = [name for name, gathered in ((other.ring, other.gathered), (ring.ring, ring.gathered)) if gathered is None]
                sent += [RingAbsorbed(name, time_ms, other.ring, ring.ring) for name in told]
            ring.alerts += other.alerts
            for account in other.accounts:
                ring.note(other.first_ms, account)
            ring.note(other.last_ms, *other.accounts[:1])
        return sent

    def _due_ms(self, ring: Ring) -> int:
        return ring.first_ms + self._wait_ms if ring.due_ms is None else ring.due_ms

    def _wait(self, ring: Ring, now_ms: int) -> int | None:
        deadline = max(now_ms, ring.first_ms + self._wait_ms)
        if ring.due_ms == deadline and ring.slot is not None:
            return None
        ring.due_ms = deadline
        ring.slot, is_new = self._waits.add(deadline, ring.ring)
        return deadline if is_new else None


def open_ms(settings: IncidentSettings) -> int:
    """Return for how long after it got an alert a session may be open."""
    return (settings.longest_s + settings.gap_s) * 1000


def unconnected(time_ms: int) -> str:
    """Return the ring name of the unconnected alerts of one UTC day."""
    return f"{UNCONNECTED}{time_ms // DAY_MS}"


def _unconnected(alerts: list[Alert], deadline_ms: int) -> list[Assignment]:
    return [AlertAssigned(unconnected(alert.time_ms), deadline_ms, alert) for alert in alerts]
