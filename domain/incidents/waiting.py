"""A revision that waits for a place in the analysts' hour: its class, its look, and what orders the line."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from domain.decisions.alert import SEVERITIES
from domain.incidents.growth import PAID as PAID_RISE
from domain.incidents.growth import RINGS, URGENT
from domain.incidents.incident import Incident
from domain.incidents.money import to_units, yardstick
from domain.incidents.triage import ACTIONS
from domain.json_text import as_json
from domain.times import MINUTE_MS

OTHERS, RISE, FIRST, PAID = range(4)
"""Classes of revisions: plain growth and ends; a rise that cannot wait; a ring that nobody knows, in an
incident of its own or among look-alikes; a rise in what was paid."""
_AHEAD = {OTHERS: 0, RISE: 1, PAID: 2, FIRST: 2}
_STEP_MIN = 30
"""Minutes: waiting for so long counts as much as a step of severity."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A revision that waits. Severity and action as indexes: 3 is critical; 0 is block, -3 monitor."""

    severity: int
    action: int
    alerts: int
    kind: int = OTHERS
    since_ms: int = 0
    """Since when the incident has waited; 0 of what an older build held: that goes first."""
    paid: int = 0
    """Most that was paid in any one currency, whole, on the yardstick."""
    look: str = ""
    """What revisions have in common that look alike; empty of what an older build held."""

    @classmethod
    def of(cls, incident: Incident, now_ms: int, before: Waiting | None) -> Self:
        """Return the entry of a revision; `before` is that of the one whose place it takes."""
        kind, severity, action = _kind(incident, before), SEVERITIES.index(incident.severity), -ACTIONS.index(incident.action)
        since_ms, paid = now_ms if before is None else before.since_ms, _most(incident.money_paid)
        return cls(severity, action, incident.alerts, kind, since_ms, paid, _look(incident, kind, paid))

    def turn(self, crowd: int) -> tuple[int, ...]:
        """Return what orders the line; the greatest goes first. What is paid counts before alerts: these cost
        nothing.

        Each class is four steps of severity ahead of the one before. So much, too, is a rise put back for
        each time that those which look alike have doubled, and for each rise of its incident within the hour:
        `crowd` is how often.
        """
        steps = self.severity + (_AHEAD[self.kind] - crowd * (self.kind in (RISE, PAID))) * len(SEVERITIES)
        return (steps * _STEP_MIN - self.since_ms // MINUTE_MS, self.action, self.paid, self.alerts)


def _kind(incident: Incident, before: Waiting | None) -> int:
    if incident.revision == 1 or RINGS in incident.rises:
        return FIRST
    kind = PAID if PAID_RISE in incident.rises else RISE if URGENT.intersection(incident.rises) else OTHERS
    return kind if before is None or _AHEAD[before.kind] < _AHEAD[kind] else before.kind


def _look(incident: Incident, kind: int, paid: int) -> str:
    """Return what an attacker makes many of who raises many incidents alike: what has risen, and how far."""
    sizes = [number.bit_length() // 2 for number in (paid, _most(incident.money_at_risk), incident.alerts)]
    facts = [kind, incident.status, sorted(incident.rises), incident.severity, incident.action, *sizes]
    return hashlib.blake2b(as_json(facts).encode(), digest_size=4).hexdigest()


def _most(money: Mapping[str, float]) -> int:
    """Return the largest sum of any one currency, whole, on the yardstick."""
    return max((int(yardstick(to_units(amount), currency)) for currency, amount in money.items()), default=0)
