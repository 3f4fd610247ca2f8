"""The flagged events of one ring, gathered into incidents by an event-time session window.

`IncidentSession` knows no engine: an operator loads it from its bytes, calls it, stores its bytes and sets a
timer for `next_deadline`. All times are event time in milliseconds since the epoch.
"""

import hashlib
import json
import struct
from collections.abc import MutableMapping
from dataclasses import replace
from typing import Any, Self

from domain.decisions.alert import Alert
from domain.incidents.assignment import AccountForgotten, AlertAssigned, Assignment
from domain.incidents.forgotten import MASK, without
from domain.incidents.growth import ACTION, ALERTS, RINGS, SEVERITY, Standing
from domain.incidents.incident import Incident, Status, incident_id
from domain.incidents.kept_clues import KeptClues
from domain.incidents.participants import Participants
from domain.incidents.revision import revision_of
from domain.incidents.settings import GATHERED, UNCONNECTED, IncidentSettings
from domain.incidents.tally import Clue, IncidentTally
from domain.json_text import as_json
from domain.times import MINUTE_MS

VERSION = 3
_READABLE = (1, 2, VERSION)  # version 1 had no event ids, version 2 no standing of the last revision
GATHERED_WAIT_MS = 15 * MINUTE_MS
"""Longest that an alert among look-alikes waits for the next revision."""
_CLOCKS = ("_clock_ms", "_opened_ms", "_untold_ms")
_HEADER = struct.Struct("<BI")  # version, bytes of JSON; then participants and recent ids follow as numbers


class IncidentSession:
    """The open incident of one ring, or none. Every alert is counted in exactly one incident, repeated ones
    once.

    An alert belongs to the open incident if it is at most `gap_s` before its first or after its last alert
    and does not stretch it beyond `longest_s`. A later one closes it and opens the next; an earlier one
    becomes an incident of its own. Revision 1 is always "opened" and the last always "closed": what is
    published does not depend on how often the watermark moves.

    Until `silent_until_ms` nothing is published. An incident that should have been opened by then and is not
    closed yet is opened at that time, with all of its alerts and under the same id. What closes before is
    never published.

    Of look-alikes that were gathered, some may be no look-alikes: new alerts are published within
    `GATHERED_WAIT_MS`.

    What counts of each alert is kept beside the record, up to a bound, in a mapping that an engine may keep
    where it likes: so an account can be forgotten as if its alerts had never come.
    """

    def __init__(
        self, ring: str, settings: IncidentSettings, silent_until_ms: int = 0, kept: MutableMapping[int, str] | None = None
    ) -> None:
        self._ring, self._settings, self._silent_until_ms = ring, settings, silent_until_ms
        self._kept = KeptClues({} if kept is None else kept)
        self._name = ring
        """The ring's name as it is published: zeros where it was the pseudonym of a forgotten account."""
        self._clock_ms = 0  # the latest event time that came in
        self._untold_ms: int | None
        self._tally: IncidentTally
        self._recent: dict[int, None] = {}  # hashes of accounts and event ids, oldest first
        self._begin()

    @classmethod
    def open(cls, ring: str, settings: IncidentSettings, silent_until_ms: int = 0, kept: MutableMapping[int, str] | None = None) -> Self:
        """Return the session of a ring that has no open incident; `kept` is empty."""
        return cls(ring, settings, silent_until_ms, kept)

    @classmethod
    def from_bytes(
        cls, data: bytes, settings: IncidentSettings, silent_until_ms: int = 0, kept: MutableMapping[int, str] | None = None
    ) -> Self:
        """Read what `to_bytes` returned. Raises ValueError if `data` is of another version or damaged."""
        try:
            version, length = _HEADER.unpack_from(data)
            if version not in _READABLE:
                raise ValueError(f"it has version {version}, this build reads up to version {VERSION}")
            state = json.loads(data[_HEADER.size : _HEADER.size + length])
            session = cls(state["ring"], settings, silent_until_ms, kept)
            session._name = state.get("name", session._ring)
            session._anchor_ms, session._revision, published_alerts, *clocks = state["session"]
            for name, value in zip(_CLOCKS, clocks, strict=False):  # an older build kept fewer
                setattr(session, name, value)
            session._tally.restore(state["tally"])
            tail = data[_HEADER.size + length :]
            rest = tail[session._tally.participants.unpack(state["members"], tail) :]
            session._told = session._standing(published_alerts, state.get("told"))
            session._recent = dict.fromkeys(struct.unpack(f"<{state['recent']}Q", rest))
        except (struct.error, KeyError, TypeError, ValueError) as error:
            message = f"incident session cannot be read ({error}): restore a savepoint of this build or drop the state"
            raise ValueError(message) from error
        return session

    def to_bytes(self) -> bytes:
        """Return the session as a versioned record: a header, JSON, then tables of participants and recent
        ids as numbers.
        """
        participants = self._tally.participants
        state = {
            "ring": self._ring,
            **({} if self._name == self._ring else {"name": self._name}),
            "session": [self._anchor_ms, self._revision, self._told.alerts, *(getattr(self, name) for name in _CLOCKS)],
            "told": self._told.to_state(),
            "tally": self._tally.to_state(),
            "members": participants.layout(),
            "recent": len(self._recent),
        }
        body = as_json(state).encode()
        recent = struct.pack(f"<{len(self._recent)}Q", *self._recent)
        return _HEADER.pack(VERSION, len(body)) + body + participants.pack() + recent

    @property
    def closed(self) -> bool:
        """Whether no incident is open: the state may be cleared."""
        return self._tally.alerts == 0

    @property
    def next_deadline(self) -> int | None:
        """The event time at which `on_deadline` must be called, None if no incident is open."""
        if self.closed:
            return None
        if self._revision:
            return self._end_ms if self._untold_ms is None else min(self._end_ms, self._untold_ms + GATHERED_WAIT_MS)
        return min(self._end_ms, self._silent_until_ms if self._held_back else self._first_summary_ms)

    def take(self, assignment: Assignment) -> list[Incident]:
        """Take in what the ring book sent; return the revisions to publish now."""
        if isinstance(assignment, AlertAssigned):
            return self.on_alert(assignment.alert, assignment.at_ms, assignment.part)
        if isinstance(assignment, AccountForgotten):
            return self.on_forgotten(assignment.account, assignment.at_ms)
        if assignment.absorbed == self._ring:
            return self.on_absorbed_into(assignment.into, assignment.at_ms)
        return self.on_absorbing(assignment.at_ms)

    def on_alert(self, alert: Alert, at_ms: int = 0, part: str = "") -> list[Incident]:
        """Take in an alert, at `at_ms` if it waited, of this `part` of look-alikes; return the revisions to
        publish now.
        """
        if not self._remember(alert):
            return []
        published = self._catch_up(max(at_ms, alert.time_ms))
        if not self.closed and not self._holds(alert.time_ms):
            if alert.time_ms < self._tally.first_ms:
                return [*published, *self._lone(alert)]
            published += self._close()
        if self.closed:
            self._opened_ms = self._clock_ms
        clue = Clue.of(alert, part)
        self._kept.add(self._tally.alerts, clue)
        self._tally.add(clue)
        return [*published, *self._publish_if_grown()]

    def on_deadline(self, now_ms: int) -> list[Incident]:
        """Return the revisions due at event time `now_ms` (a timer's time or the watermark), none if called
        early.
        """
        if self.closed:
            return []
        published = [] if self._revision or self._held_back else self._open_at(self._first_summary_ms, now_ms)
        if self._held_back:
            published = self._open_at(self._silent_until_ms, now_ms)
        published += self._publish_gathered(now_ms)
        if now_ms >= self._end_ms:
            self._clock_ms = max(self._clock_ms, self._end_ms)
            published += self._close()
        return published

    def on_absorbed_into(self, into: str, at_ms: int) -> list[Incident]:
        """Close, because the ring is now part of the ring `into`. The alerts counted here stay here."""
        published = self._catch_up(at_ms)
        return published if self.closed else [*published, *self._close(into)]

    def on_absorbing(self, at_ms: int) -> list[Incident]:
        """Count a ring that is now part of this one, a fact of the next revision; return what was due
        before.
        """
        published = self._catch_up(at_ms)
        if not self.closed:
            self._tally.merged += 1
        return published

    def on_forgotten(self, account: str, at_ms: int) -> list[Incident]:
        """Go on without an account, as if its alerts had never come, and publish that; end without any other.

        Of more alerts than are kept, and of an older build's, counts and sums stay as they are. What was due
        before is published, too, without the name.
        """
        published = [Incident.of(without(one.to_document(), account)) for one in self._catch_up(at_ms)]
        clues = self._kept.clues()
        its = [clue for clue in clues if clue.account == account]
        if self._name == account:
            self._name = MASK  # as an older build named it
        if self.closed or not (its or self._tally.participants.holds("account", int(account, 16))):
            return published
        for clue in its:
            self._recent.pop(_digest(account, clue.event_id), None)
        others = [clue if clue.ring != account else replace(clue, ring=MASK) for clue in clues if clue.account != account]
        if is_whole := len(clues) == self._tally.alerts:
            self._recount(others)
        else:
            self._tally.leave_out(account)
        self._kept.replace(others)
        goes_on = bool(others) if is_whole else "account" in self._tally.participants.kinds()
        return [*published, *self._publish_without(goes_on)]

    def _recount(self, clues: list[Clue]) -> None:
        """Count the incident's alerts anew."""
        before, self._tally = self._tally, self._new_tally()
        for clue in clues:
            self._tally.add(clue)
        self._tally.merged = before.merged
        if not clues:  # when it was is all that is left to say
            self._tally.first_ms, self._tally.last_ms = before.first_ms, before.last_ms

    def _publish_without(self, goes_on: bool) -> list[Incident]:
        """Return the revision that says what an incident is without an account that was forgotten."""
        is_known = self._revision > 0
        if goes_on:
            return self._publish("grown") if is_known else []
        closed = self._publish("closed") if is_known else []
        self._start_over()
        return closed

    def _open_at(self, due_ms: int, now_ms: int) -> list[Incident]:
        """Return revision 1 if it is due, at the latest when the incident ends."""
        due_ms = min(due_ms, self._end_ms)
        if now_ms < due_ms:
            return []
        self._clock_ms = max(self._clock_ms, due_ms)
        return self._publish("opened")

    def _publish_gathered(self, now_ms: int) -> list[Incident]:
        """Return the next revision of look-alikes if some have waited long enough."""
        if self._untold_ms is None or now_ms < (due_ms := self._untold_ms + GATHERED_WAIT_MS) or due_ms >= self._end_ms:
            return []
        self._clock_ms, self._untold_ms = max(self._clock_ms, due_ms), None
        return self._publish("grown", rises=self._risen() or (ALERTS,))

    def _risen(self) -> tuple[str, ...]:
        """Return what has risen since the last revision, of `RISES`; of look-alikes there is always more."""
        rises = tuple(self._told.rises(Standing.of(self._tally, self._settings), self._settings))
        if not self._ring.startswith(GATHERED):
            return rises
        grave = tuple(rise for rise in rises if rise in (SEVERITY, ACTION))
        return (*grave, RINGS) if self._tally.merged > self._told.merged else rises

    def _catch_up(self, now_ms: int) -> list[Incident]:
        """Move the clock to `now_ms`; return what was due before.

        The watermark that calls `on_deadline` lags the alerts by an amount that differs from run to run;
        what is published must not depend on it.
        """
        published = self.on_deadline(now_ms - 1)
        self._clock_ms = max(self._clock_ms, now_ms)
        return published

    @property
    def _end_ms(self) -> int:
        last = self._tally.last_ms + self._settings.gap_s * 1000
        return min(last, self._tally.first_ms + self._settings.longest_s * 1000)

    @property
    def _held_back(self) -> bool:
        """Whether silence alone keeps the incident from being published."""
        return self._anchor_ms is not None and not self._revision

    @property
    def _first_summary_ms(self) -> int:
        return max(self._opened_ms, self._tally.first_ms + self._settings.first_summary_s * 1000)

    def _holds(self, time_ms: int) -> bool:
        first, last = min(self._tally.first_ms, time_ms), max(self._tally.last_ms, time_ms)
        near = max(self._tally.first_ms - time_ms, time_ms - self._tally.last_ms) <= self._settings.gap_s * 1000
        return near and last - first <= self._settings.longest_s * 1000

    def _remember(self, alert: Alert) -> bool:
        """Return whether the event is new here; two accounts may have events with one id."""
        key = _digest(alert.account or "", alert.event_id)
        if key in self._recent:
            return False
        self._recent[key] = None
        if len(self._recent) > self._settings.recent_ids:
            del self._recent[next(iter(self._recent))]
        return True

    def _lone(self, alert: Alert) -> list[Incident]:
        """Return both revisions of an alert that is too early for the open incident: its own closed long
        ago.
        """
        lone = IncidentSession.open(self._ring, self._settings, self._silent_until_ms)
        return [*lone.on_alert(alert, self._clock_ms), *lone._close()]

    def _publish_if_grown(self) -> list[Incident]:
        if not self._revision:
            return self._publish("opened") if self._tally.alerts >= self._settings.first_summary_alerts else []
        rises = self._risen()
        if self._ring.startswith(GATHERED):
            self._untold_ms = self._clock_ms if self._untold_ms is None else self._untold_ms
            rises = rises if {SEVERITY, ACTION}.intersection(rises) else ()
        return self._publish("grown", rises=rises) if rises else []

    def _standing(self, published_alerts: int, told: list[Any] | None) -> Standing:
        """Return the standing of the last revision. An older build kept only its alerts: for the rest what is
        known now is taken as published.
        """
        return replace(Standing.of(self._tally, self._settings), alerts=published_alerts) if told is None else Standing.from_state(told)

    def _close(self, merged_into: str | None = None) -> list[Incident]:
        opened = [] if self._revision else self._publish("opened")
        closed = self._publish("closed", merged_into)
        self._start_over()
        return [*opened, *closed]

    def _start_over(self) -> None:
        self._kept.clear()
        self._begin()

    def _new_tally(self) -> IncidentTally:
        participants = Participants(self._settings.participants_per_kind, self._settings.participants_total)
        return IncidentTally(self._settings.strongest, participants, connected=not self._ring.startswith(UNCONNECTED))

    def _begin(self) -> None:
        self._tally = self._new_tally()
        self._opened_ms = 0  # the clock when the first alert came, which may have waited for company
        # the start when revision 1 was due: the id is made of it from then on
        self._anchor_ms: int | None = None
        self._revision = 0
        self._told = Standing.of(self._tally, self._settings)  # in the last revision
        self._untold_ms = None  # since when look-alikes wait to be published

    def _publish(self, status: Status, merged_into: str | None = None, rises: tuple[str, ...] = ()) -> list[Incident]:
        """Return the next revision; none while all is silent, or if it ended in the silence."""
        if self._anchor_ms is None:
            self._anchor_ms = self._tally.first_ms
        if min(self._clock_ms, self._end_ms) < self._silent_until_ms:
            return []
        return [self._next_revision(status, merged_into, rises)]

    def _next_revision(self, status: Status, merged_into: str | None, rises: tuple[str, ...]) -> Incident:
        assert self._anchor_ms is not None
        self._revision, self._told, self._untold_ms = self._revision + 1, Standing.of(self._tally, self._settings), None
        id_, told = incident_id(self._ring, self._anchor_ms), (self._revision, self._clock_ms)
        revision = revision_of(self._tally, self._settings.triage, id_, self._name, *told)
        return replace(revision, status=status, merged_into=merged_into, rises=rises)


def _digest(account: str, event_id: str) -> int:
    digest = hashlib.blake2b(f"{account}\0{event_id}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")
