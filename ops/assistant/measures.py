"""The closed query language: what can be measured, by what it can be grouped and narrowed. Nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, case, func
from sqlalchemy.orm import InstrumentedAttribute

from domain.decisions.alert import SEVERITIES
from domain.times import DAY_MS
from ops.assistant.result import Kind
from ops.cases.tables import AlertRow, CaseRow, IncidentRow, VerdictRow

DAY = "day"


@dataclass(frozen=True)
class Subject:
    """Something that happens, its time, and its traits."""

    table: type[Any] | None
    """None: only the lake has it."""
    time: InstrumentedAttribute[int] | None
    traits: Mapping[str, Any]
    """Name -> column; `day` is one of every subject."""
    only: tuple[ColumnElement[bool], ...] = ()
    """What is not counted is left out by these."""
    in_lake: str = ""
    """The table of the lake that has it, too, with the traits as columns; empty: none has."""

    def trait(self, name: str) -> Any:
        """Return the column of a trait."""
        return self.time - self.time % DAY_MS if name == DAY and self.time is not None else self.traits[name]


@dataclass(frozen=True)
class Measure:
    """A figure over a subject."""

    subject: Subject
    value: Any
    """None: only the lake can say it."""
    in_lake: str
    """The same in SQL over the lake."""
    kind: Kind
    words: str
    """What is counted, as a sentence says it."""
    always_by: tuple[str, ...] = field(default=())
    """Traits that it is always grouped by: sums of two currencies are none."""
    is_sum: bool = True
    """Whether the values of groups add up."""


_ALERTS = Subject(
    AlertRow,
    AlertRow.time,
    {"decision": AlertRow.decision, "severity": AlertRow.severity, "event_type": AlertRow.event_type, "currency": AlertRow.currency},
    in_lake="alerts",
)
_INCIDENTS = Subject(
    IncidentRow,
    IncidentRow.opened_at,
    {name: getattr(IncidentRow, name) for name in ("kind", "severity", "pattern", "action", "status")},
    in_lake="incidents",
)
_CASES = Subject(
    CaseRow,
    CaseRow.opened_at,
    {
        "status": CaseRow.status, "kind": CaseRow.kind, "owner": CaseRow.owner, "verdict": CaseRow.verdict,
        "severity": case(*((CaseRow.severity_rank == rank, word) for rank, word in enumerate(SEVERITIES)), else_=""),
    },
)  # fmt: skip
_VERDICTS = Subject(
    VerdictRow,
    VerdictRow.at,
    {"word": VerdictRow.word, "by": VerdictRow.by},
    (VerdictRow.is_whole.is_(True), VerdictRow.undone_at.is_(None)),
)
_DECISIONS = Subject(None, None, dict.fromkeys(("decision", "event_type", "currency", "model", "policy")), in_lake="decisions")
_MONEY, _MOST_MONEY = "sum(TRY_CAST(amount AS DECIMAL(30, 4)))", "max(amount)"

MEASURES: Mapping[str, Measure] = {
    "alerts": Measure(_ALERTS, func.count(), "count(*)", "count", "flagged events"),
    "flagged_money": Measure(_ALERTS, func.sum(AlertRow.amount), _MONEY, "money", "money in flagged events", ("currency",)),
    "largest_amount": Measure(
        _ALERTS, func.max(AlertRow.amount), _MOST_MONEY, "money", "largest amount of a flagged event", ("currency",), False
    ),
    "highest_score": Measure(_ALERTS, func.max(AlertRow.score), "max(score)", "score", "highest score", (), False),
    "incidents": Measure(_INCIDENTS, func.count(), "count(*)", "count", "incidents that began"),
    "incident_alerts": Measure(
        _INCIDENTS, func.sum(IncidentRow.alerts), "coalesce(sum(alerts), 0)", "count", "flagged events of incidents that began"
    ),
    "largest_incident": Measure(
        _INCIDENTS, func.max(IncidentRow.alerts), "coalesce(max(alerts), 0)", "count", "most flagged events of one incident", (), False
    ),
    "cases": Measure(_CASES, func.count(), "", "count", "cases that were opened"),
    "verdicts": Measure(_VERDICTS, func.count(), "", "count", "verdicts on whole cases"),
    "decisions": Measure(_DECISIONS, None, "count(*)", "count", "events that were decided"),
    "decided_money": Measure(_DECISIONS, None, _MONEY, "money", "money in events that were decided", ("currency",)),
}
"""Name -> measure. Alerts and incidents have the times of their events, cases and verdicts the clock's.

Events that were approved, too, are `decisions`, which only the lake has.
"""
