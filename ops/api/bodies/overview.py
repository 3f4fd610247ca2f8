"""Statistics and the audit."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ops.api.bodies.fields import Answer, Moment, example


class Backlog(Answer):
    """Open cases of one severity, by age."""

    severity: str
    open: int
    overdue: int
    under_1h: int
    under_1d: int
    under_1w: int
    older: int


class VerdictCount(Answer):
    """How often a verdict was given."""

    verdict: str
    cases: int
    alerts: int


class Day(Answer):
    """Alerts of one day, UTC."""

    day: str
    alerts: int
    blocked: int


class Money(Answer):
    """Amounts of alerts in one currency."""

    currency: str
    blocked: float
    investigated: float
    fraud: float = Field(description="Of alerts that a verdict calls fraud")
    legitimate: float


class Statistics(Answer):
    """What there is to do, and how right the alerts were so far."""

    at: Moment
    backlog: list[Backlog]
    verdicts: list[VerdictCount]
    precision: float | None = Field(description="Alerts called fraud among those called fraud or legitimate; null before the first")
    days: list[Day]
    money: list[Money]


class AuditEntry(Answer):
    """An entry of the audit: who did what to what. The hash covers the entry and the hash before."""

    model_config = example(
        seq=812,
        at=1767611000000,
        actor="anna",
        action="case.verdict",
        subject="inc-3f9a2c1b00112233",
        details={"verdict": "fraud"},
        previous="5a" * 32,
        hash="c3" * 32,
    )

    seq: int
    at: Moment
    actor: str
    action: str
    subject: str
    details: dict[str, Any]
    previous: str
    hash: str


class AuditPage(Answer):
    """A page of the audit, the newest first."""

    items: list[AuditEntry]
    next: str | None


class AuditCheck(Answer):
    """Whether the chain of the audit holds, and if not where it breaks first."""

    model_config = example(holds=True, entries=812, broken_at=None, why=None)

    holds: bool
    entries: int
    broken_at: int | None
    why: str | None
