"""Where the case store is, how long it keeps things, and the rules of the queue of cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.decisions.alert import SEVERITIES
from domain.errors import SettingError


@dataclass(frozen=True)
class StoreSettings:
    """The database of incidents, alerts, cases and audit."""

    url: str = field(default="sqlite:run/store.db", repr=False)
    """`sqlite:PATH`, or `postgresql://USER@HOST/NAME`. `RINGWATCH_STORE_URL` in the environment takes
    precedence: a password belongs there.
    """
    upgrade: bool = True
    """True: a start brings the tables up to date. False: it refuses older tables; the upgrade is then
    a step of its own, for a database user who may not create tables.
    """
    connections: int = 10
    """Most connections of one process to PostgreSQL, and most readers at once of SQLite."""
    busy_s: float = 10.0
    """How long a write waits for another one before it fails."""
    event_days: float = 90.0
    """How long the index of decided events is kept: a label may name its event by the id alone that long."""
    retention_days: float = 400.0
    """How long alerts, incidents and closed cases are kept after their last change. Open cases and the audit
    stay.
    """

    def __post_init__(self) -> None:
        if self.connections < 1:
            raise SettingError("service.store.connections must be at least 1")
        for name in ("busy_s", "event_days", "retention_days"):
            if getattr(self, name) <= 0:
                raise SettingError(f"service.store.{name} must be positive")


@dataclass(frozen=True)
class CaseSettings:
    """The rules of the queue of cases."""

    undo_s: float = 10.0
    """How long a verdict can be taken back before its labels are sent."""
    claim_h: float = 8.0
    """A claim ends after this time without an act of its owner, and the case is open again."""
    due_h: Mapping[str, float] = field(default_factory=lambda: {"critical": 2.0, "high": 8.0, "medium": 48.0, "low": 168.0})
    """Severity -> hours from the first alert's arrival until the case is due."""
    least_severity: str = "medium"
    """The mildest severity of an incident that makes a case."""
    four_eyes_blocks: int = 100
    """Who undoes more blocked events than this within an hour needs a second person. A block that the shop
    made after a verdict counts, too, and a hold of what the job decided to block.
    """

    def __post_init__(self) -> None:
        if self.undo_s < 0:
            raise SettingError("service.cases.undo_s must not be negative; 0 sends labels at once")
        if self.claim_h <= 0:
            raise SettingError("service.cases.claim_h must be positive")
        if self.least_severity not in SEVERITIES:
            raise SettingError(f"service.cases.least_severity is none of {', '.join(SEVERITIES)}")
        for severity in SEVERITIES:
            if not self.due_h.get(severity, 0) > 0:
                raise SettingError(f"service.cases.due_h.{severity} must be a positive number of hours")
        if unknown := sorted(set(self.due_h) - set(SEVERITIES)):
            raise SettingError(f"service.cases.due_h.{unknown[0]}: a severity is one of {', '.join(SEVERITIES)}")
        if self.four_eyes_blocks < 0:
            raise SettingError("service.cases.four_eyes_blocks must not be negative")
