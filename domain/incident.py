"""Incidents: the flagged events of one ring, gathered in an event-time session window.

`IncidentSession` knows no engine: an operator loads it from its bytes, calls it, stores its bytes and sets a timer for
`next_deadline`. All times are event time in milliseconds since the epoch.
"""

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from domain.evidence import Evidence, evidence_of
from domain.incident_tally import Alert, IncidentTally
from domain.members import Members
from domain.money import from_units
from domain.triage import TriageSettings, action_of, severity_of

VERSION = 1
_HEADER = struct.Struct("<BI")  # version, bytes of JSON; then members and recent ids follow as numbers

Status = Literal["opened", "grown", "closed"]


@dataclass(frozen=True, slots=True)
class IncidentSettings:
    """When an incident begins, is told about, and ends. The defaults keep a session's record below 16 kB."""

    gap_s: int = 6 * 3600  # a ring that rests for a night's sleep comes back as a new incident
    longest_s: int = 24 * 3600  # an analyst's shift plan is a day; what goes on longer is told again
    first_summary_s: int = 60
    first_summary_alerts: int = 5  # an attack in full swing is told before the minute is over
    growth_factor: float = 2.0  # revisions grow with the logarithm of the alerts
    growth_alerts: int = 5  # and a small incident is not told again for each alert
    strongest: int = 10
    members_per_kind: int = 256
    members_total: int = 768
    recent_ids: int = 128  # alerts remembered to tell a repeated one
    triage: TriageSettings = field(default_factory=TriageSettings)

    def __post_init__(self) -> None:
        whole = ("gap_s", "first_summary_s", "first_summary_alerts", "growth_alerts", "strongest", "members_per_kind")
        for name in (*whole, "recent_ids"):
            if getattr(self, name) < 1:
                raise ValueError(f"incidents.{name} is {getattr(self, name)}: set it to 1 or more")
        if self.longest_s < self.gap_s:
            raise ValueError(f"incidents.longest_s is {self.longest_s}: set it to gap_s ({self.gap_s}) or more")
        if self.growth_factor <= 1:
            raise ValueError(f"incidents.growth_factor is {self.growth_factor}: set it above 1")
        if self.members_total < self.members_per_kind:
            raise ValueError(f"incidents.members_total is {self.members_total}: set it to members_per_kind or more")


@dataclass(frozen=True, slots=True)
class Incident:
    """One revision of an incident, to be summarised and published. Times in ms since the epoch."""

    id: str
    revision: int
    status: Status
    ring: str
    severity: str
    action: str
    first_time: int
    last_time: int
    alerts: int
    money_at_risk: Mapping[str, float]
    evidence: Evidence

    def to_document(self) -> dict[str, Any]:
        """Return the revision as JSON values, its evidence included."""
        document = {name: getattr(self, name) for name in self.__slots__}
        return {**document, "money_at_risk": dict(self.money_at_risk), "evidence": self.evidence.to_document()}


class IncidentSession:
    """The open incident of one ring, or none. Every alert is counted in exactly one incident, repeated ones once.

    An alert belongs to the open incident if it is at most `gap_s` before its first or after its last alert and does not
    stretch it beyond `longest_s`. A later one closes it and opens the next; an earlier one becomes an incident of its own.
    Revision 1 is always "opened" and the last always "closed", so that what is published does not depend on how often
    the watermark moves.
    """

    def __init__(self, ring: str, settings: IncidentSettings) -> None:
        self._ring, self._settings = ring, settings
        self._recent: dict[int, None] = {}  # hashes of event ids, oldest first
        self._forget()

    @classmethod
    def open(cls, ring: str, settings: IncidentSettings) -> Self:
        """Return the session of a ring that has no open incident."""
        return cls(ring, settings)

    @classmethod
    def from_bytes(cls, data: bytes, settings: IncidentSettings) -> Self:
        """Read what `to_bytes` returned. Raises ValueError if `data` is of another version or damaged."""
        try:
            version, length = _HEADER.unpack_from(data)
            if version != VERSION:
                raise ValueError(f"it has version {version}, this build reads version {VERSION}")
            state = json.loads(data[_HEADER.size : _HEADER.size + length])
            session = cls(state["ring"], settings)
            session._anchor_ms, session._revision, session._told = state["session"]
            session._tally.restore(state["tally"])
            tail = data[_HEADER.size + length :]
            rest = tail[session._tally.members.unpack(state["members"], tail) :]
            session._recent = dict.fromkeys(struct.unpack(f"<{state['recent']}Q", rest))
        except (struct.error, KeyError, TypeError, ValueError) as error:
            message = f"incident session cannot be read ({error}): restore a savepoint of this build or drop the state"
            raise ValueError(message) from error
        return session

    def to_bytes(self) -> bytes:
        """Return the session as a versioned record: a header, JSON, then member tables and recent ids as numbers."""
        members = self._tally.members
        state = {
            "ring": self._ring,
            "session": [self._anchor_ms, self._revision, self._told],
            "tally": self._tally.to_state(),
            "members": members.layout(),
            "recent": len(self._recent),
        }
        body = json.dumps(state, separators=(",", ":")).encode()
        recent = struct.pack(f"<{len(self._recent)}Q", *self._recent)
        return _HEADER.pack(VERSION, len(body)) + body + members.pack() + recent

    @property
    def closed(self) -> bool:
        """Whether no incident is open: the state may be cleared."""
        return self._tally.alerts == 0

    @property
    def next_deadline(self) -> int | None:
        """The event time at which `on_deadline` must be called, None if no incident is open."""
        if self.closed:
            return None
        return self._end_ms if self._revision else min(self._end_ms, self._first_summary_ms)

    def on_alert(self, document: Mapping[str, Any]) -> list[Incident]:
        """Take in a flagged event's decision document; return the revisions to publish now.

        Raises ValueError naming the field if the document is not a whole decision.
        """
        alert = Alert.of(document)
        if not self._remember(alert.event_id):
            return []
        published: list[Incident] = []
        if not self.closed and not self._holds(alert.time_ms):
            if alert.time_ms < self._tally.first_ms:
                return self._lone(document)
            published = self._close()
        self._tally.add(alert)
        return [*published, *self._tell_if_grown()]

    def on_deadline(self, now_ms: int) -> list[Incident]:
        """Return the revisions due at event time `now_ms` (a timer's time or the watermark), none if called early."""
        if self.closed:
            return []
        if now_ms >= self._end_ms:
            return self._close()
        if not self._revision and now_ms >= self._first_summary_ms:
            return [self._tell("opened")]
        return []

    @property
    def _end_ms(self) -> int:
        last = self._tally.last_ms + self._settings.gap_s * 1000
        return min(last, self._tally.first_ms + self._settings.longest_s * 1000)

    @property
    def _first_summary_ms(self) -> int:
        return self._tally.first_ms + self._settings.first_summary_s * 1000

    def _holds(self, time_ms: int) -> bool:
        first, last = min(self._tally.first_ms, time_ms), max(self._tally.last_ms, time_ms)
        near = max(self._tally.first_ms - time_ms, time_ms - self._tally.last_ms) <= self._settings.gap_s * 1000
        return near and last - first <= self._settings.longest_s * 1000

    def _remember(self, event_id: str) -> bool:
        digest = hashlib.blake2b(event_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        key = int.from_bytes(digest, "little")
        if key in self._recent:
            return False
        self._recent[key] = None
        if len(self._recent) > self._settings.recent_ids:
            del self._recent[next(iter(self._recent))]
        return True

    def _lone(self, document: Mapping[str, Any]) -> list[Incident]:
        """Publish an alert from before the open incident's reach; its own incident has closed long ago."""
        lone = IncidentSession.open(self._ring, self._settings)
        return [*lone.on_alert(document), *lone._close()]

    def _tell_if_grown(self) -> list[Incident]:
        alerts, settings = self._tally.alerts, self._settings
        if not self._revision:
            return [self._tell("opened")] if alerts >= settings.first_summary_alerts else []
        grown = alerts >= max(self._told * settings.growth_factor, self._told + settings.growth_alerts)
        return [self._tell("grown")] if grown else []

    def _close(self) -> list[Incident]:
        opened = [] if self._revision else [self._tell("opened")]
        closed = self._tell("closed")
        self._forget()
        return [*opened, closed]

    def _forget(self) -> None:
        members = Members(self._settings.members_per_kind, self._settings.members_total)
        self._tally = IncidentTally(self._settings.strongest, members)
        self._anchor_ms: int | None = None  # the start when revision 1 was published: the id hangs on it from then on
        self._revision = 0
        self._told = 0  # alerts in the last revision

    def _tell(self, status: Status) -> Incident:
        tally = self._tally
        if self._anchor_ms is None:
            self._anchor_ms = tally.first_ms
        self._revision, self._told = self._revision + 1, tally.alerts
        severity = severity_of(tally, self._settings.triage)
        return Incident(
            id=incident_id(self._ring, self._anchor_ms),
            revision=self._revision,
            status=status,
            ring=self._ring,
            severity=severity,
            action=action_of(tally, severity, self._settings.triage),
            first_time=tally.first_ms,
            last_time=tally.last_ms,
            alerts=tally.alerts,
            money_at_risk={currency: from_units(units) for currency, units in sorted(tally.money.items())},
            evidence=evidence_of(tally),
        )


def incident_id(ring: str, start_ms: int) -> str:
    """Return the stable id of the incident of `ring` that began at `start_ms`, the same after any replay."""
    digest = hashlib.blake2b(f"{ring}|{start_ms}".encode("utf-8", "surrogatepass"), digest_size=8)
    return f"inc-{digest.hexdigest()}"
