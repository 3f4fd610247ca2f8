"""What is known of an incident's alerts, as a revision to publish."""

from __future__ import annotations

from collections.abc import Mapping

from domain.incidents.evidence import evidence_of
from domain.incidents.incident import RING, UNCONNECTED_ALERTS, Incident
from domain.incidents.money import from_units
from domain.incidents.tally import IncidentTally
from domain.incidents.triage import TriageSettings, incident_action, incident_severity


def revision_of(tally: IncidentTally, settings: TriageSettings, incident_id: str, ring: str, number: int, told_ms: int) -> Incident:
    """Return the first revision of an incident as it is now; of a later one replace what is said of it."""
    severity = incident_severity(tally, settings)
    return Incident(
        id=incident_id,
        revision=number,
        status="opened",
        ring=ring,
        severity=severity,
        action=incident_action(tally, severity, settings),
        first_time=tally.first_ms,
        last_time=tally.last_ms,
        alerts=tally.alerts,
        money_at_risk=_amounts(tally.money),
        evidence=evidence_of(tally),
        told_at=told_ms,
        merged_into=None,
        rings=tuple({"ring": label, "first_time": f, "last_time": t, "alerts": n} for label, (f, t, n) in sorted(tally.rings.items())),
        participants=tally.participants.to_document(),
        event_ids=tuple(sorted(tally.event_ids)),
        kind=RING if tally.connected else UNCONNECTED_ALERTS,
        money_paid=_amounts(tally.paid),
    )


def _amounts(sums: Mapping[str, int]) -> dict[str, float]:
    return {currency: from_units(units) for currency, units in sorted(sums.items())}
