"""How grave an incident was when it was last published, and what has risen since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from domain.decisions.alert import SEVERITIES
from domain.decisions.decision import BLOCK
from domain.incidents.money import UNITS_PER_ONE
from domain.incidents.settings import IncidentSettings
from domain.incidents.tally import PAID_SUM, IncidentTally
from domain.incidents.triage import GRAVITY, incident_action, incident_severity

ALERTS, SEVERITY, ACTION, BLOCKED, MONEY, PAID, RINGS = RISES = ("alerts", "severity", "action", "blocked", "money", "paid", "rings")
"""What can have risen. `paid`: of the money what was paid. `rings`: others that look alike were gathered into
the incident."""
URGENT = frozenset(RISES) - {ALERTS}
"""Rises that no analyst may have to wait for."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts of an incident at one moment. It is small, so that each alert can be compared with it."""

    alerts: int
    blocked: int
    severity: int
    """Index into `SEVERITIES`."""
    action: int
    """Index into `GRAVITY`."""
    largest: int
    weights: tuple[int, ...]
    """Both as in `IncidentTally`."""
    merged: int = 0
    """Rings that became part of it; an older build did not keep them."""

    @classmethod
    def of(cls, tally: IncidentTally, settings: IncidentSettings) -> Self:
        """Return the standing of an incident now."""
        severity = incident_severity(tally, settings.triage)
        action = incident_action(tally, severity, settings.triage)
        blocked = tally.decisions.get(BLOCK, 0)
        grave = SEVERITIES.index(severity), GRAVITY.index(action)
        return cls(tally.alerts, blocked, *grave, tally.largest, tuple(tally.weights), tally.merged)

    @classmethod
    def from_state(cls, state: Sequence[Any]) -> Self:
        """Read what `to_state` returned."""
        alerts, blocked, severity, action, largest, weights, *merged = state
        return cls(alerts, blocked, severity, action, largest, tuple(weights), *merged)

    def to_state(self) -> list[Any]:
        """Return the standing as JSON values."""
        return [getattr(self, name) for name in self.__slots__]

    def rises(self, now: Standing, settings: IncidentSettings) -> Iterator[str]:
        """Yield what has risen from here to `now`, of `RISES`.

        Counts and sums must have grown by `growth_factor`, so that revisions grow with their logarithm,
        however small the steps. So must the largest amount, once it is much: dear orders after many cheap
        ones. Severity has few steps. An action can only rise again after a revision that said a lower one.
        """
        if _has_grown(self.alerts, now.alerts, settings.growth_alerts, settings):
            yield ALERTS
        if now.severity > self.severity:
            yield SEVERITY
        if now.action > self.action:
            yield ACTION
        if _has_grown(self.blocked, now.blocked, settings.growth_alerts if self.blocked else 1, settings):
            yield BLOCKED
        much = round(settings.triage.much_money * UNITS_PER_ONE)
        is_dearer = now.largest >= max(much, self.largest * settings.growth_factor)
        if is_dearer or any(_has_grown(before, after, much, settings) for before, after in zip(self.weights, now.weights, strict=True)):
            yield MONEY
        if _has_grown(self.weights[PAID_SUM], now.weights[PAID_SUM], much, settings):
            yield PAID


def _has_grown(before: int, after: int, least: int, settings: IncidentSettings) -> bool:
    return after >= max(before * settings.growth_factor, before + least)
