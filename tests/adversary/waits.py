"""How long rings wait until somebody hears of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.decisions.decision import BLOCK, Decision
from domain.incidents.incident import RING
from domain.incidents.review_desk import is_overflow
from domain.incidents.settings import IncidentSettings
from domain.times import MINUTE_MS
from tests.adversary.run import Run

SETTINGS = IncidentSettings()


@dataclass(frozen=True, slots=True)
class Wait:
    """When what of a ring came, by arrival in ms since the epoch."""

    first_ms: int
    """Its first alert."""
    shows_ms: int | None
    """The alert from which on it is more than a lone account's weak ones; None if it never is."""
    told_ms: int | None
    """The first revision of an incident of connected alerts that names one of its own."""

    @property
    def untold_min(self) -> float | None:
        """Return for how long it shows and nobody hears of it, in minutes; None if that does not end."""
        return None if self.shows_ms is None or self.told_ms is None else max(0, self.told_ms - self.shows_ms) / MINUTE_MS


def waits(run: Run) -> dict[str, Wait]:
    """Return what each flagged ring waits for; what an attack has crafted is of no ring."""
    alerts: dict[str, list[tuple[int, Decision]]] = {}
    for arrival, decision in run.decided:
        if arrival.ring and not arrival.crafted and decision.is_flagged:
            alerts.setdefault(arrival.ring, []).append((arrival.at_ms, decision))
    told = _told(run, {decision.event_id: ring for ring, those in alerts.items() for _, decision in those})
    return {ring: Wait(those[0][0], _shows_ms(those), told.get(ring)) for ring, those in alerts.items()}


def _told(run: Run, of_ring: Mapping[str, str]) -> dict[str, int]:
    told: dict[str, int] = {}
    for at_ms, document in published(run):
        for ring in {of_ring[event_id] for event_id in document["event_ids"] if event_id in of_ring}:
            told.setdefault(ring, at_ms)
    return told


def _shows_ms(alerts: Iterable[tuple[int, Decision]]) -> int | None:
    """Return when an alert is strong, is one of many that are connected, or shares a thing with another
    account's.

    Alerts that share nothing are not connected for whoever sees them, though one ring sends them: up to the
    first shared thing the many are one account's.
    """
    users: dict[tuple[str, str], str | None] = {}
    alone: Counter[str | None] = Counter()
    for at_ms, one in alerts:
        things = [thing for thing in one.entities.items() if thing[0] != "account"]
        alone[one.account] += 1
        is_strong = one.outcome == BLOCK or one.score >= SETTINGS.lone_score or alone[one.account] >= SETTINGS.first_summary_alerts
        if is_strong or any(users.setdefault(thing, one.account) != one.account for thing in things):
            return at_ms
    return None


def published(run: Run) -> Iterable[tuple[int, Mapping[str, Any]]]:
    """Yield the revisions of incidents of connected alerts, each with its arrival."""
    return ((at_ms, document) for at_ms, document in run.revisions if not is_overflow(document) and document["kind"] == RING)
