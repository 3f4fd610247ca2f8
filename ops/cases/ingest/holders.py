"""Which incident holds an alert: a function of the newest revisions, whatever order things came in.

An incident of a ring holds what carried one of its labels within the label's times, and what its document
lists where that lists all. The rest of a day is held by the incident of the day's unconnected alerts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.incidents.ring_book import unconnected
from ops.cases.tables import IncidentRing, IncidentRow

_PART = 500
"""Values of an IN at once: each is a parameter."""


@dataclass(frozen=True)
class Loose:
    """What of an alert tells its incident."""

    id: str
    event_id: str
    ring: str
    time: int


@dataclass
class Holders:
    """The incidents that may hold some alerts."""

    spans: Mapping[str, Sequence[tuple[int, int, str]]]
    """Ring label -> first time, last time, incident; sorted."""
    days: Mapping[str, Sequence[str]]
    """Name of a day of unconnected alerts -> its incidents, the earliest first."""
    listed: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Incident -> its events, where its document lists all."""

    def of(self, alert: Loose) -> tuple[str | None, bool]:
        """Return the incident of an alert, None if there is none yet, and whether no ring's holds it."""
        within = [incident for first, last, incident in self.spans.get(alert.ring, ()) if first <= alert.time <= last]
        for incident in within:
            if self._lists(incident, alert):
                return incident, False
        if within:  # that ring's incident is yet to name it
            return None, True
        for incident in self.days.get(unconnected(alert.time), ()):
            if self._lists(incident, alert):
                return incident, True
        return None, True

    def _lists(self, incident: str, alert: Loose) -> bool:
        return incident not in self.listed or alert.event_id in self.listed[incident]


def holders(session: Session, alerts: Sequence[Loose]) -> Holders:
    """Return the incidents that may hold the alerts."""
    spans, days = _spans(session, {alert.ring for alert in alerts}), _days(session, {unconnected(alert.time) for alert in alerts})
    candidates = {incident for rows in spans.values() for _, _, incident in rows} | {id_ for ids in days.values() for id_ in ids}
    return Holders(spans, days, _listed(session, candidates))


def parts(values: Iterable[str]) -> Iterable[Sequence[str]]:
    """Yield the values, sorted, in parts that a statement takes."""
    ordered = sorted(values)
    return (ordered[start : start + _PART] for start in range(0, len(ordered), _PART))


def _spans(session: Session, rings: Collection[str]) -> dict[str, list[tuple[int, int, str]]]:
    found: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    columns = (IncidentRing.ring, IncidentRing.first_time, IncidentRing.last_time, IncidentRing.incident_id)
    for part in parts(rings):
        for ring, first, last, incident in session.execute(select(*columns).where(IncidentRing.ring.in_(part))):
            found[ring].append((first, last, incident))
    return {ring: sorted(rows) for ring, rows in found.items()}


def _days(session: Session, names: Collection[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for part in parts(names):
        statement = select(IncidentRow.ring, IncidentRow.id).where(IncidentRow.ring.in_(part))
        for ring, incident in session.execute(statement.order_by(IncidentRow.opened_at, IncidentRow.id)):
            found[ring].append(incident)
    return found


def _listed(session: Session, incidents: Collection[str]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for part in parts(incidents):
        statement = select(IncidentRow.id, IncidentRow.document).where(IncidentRow.id.in_(part), IncidentRow.is_listed)
        found |= {incident: frozenset(document["event_ids"]) for incident, document in session.execute(statement)}
    return found
