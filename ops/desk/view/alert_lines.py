"""Alerts as rows of a table, with their reasons in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.incidents.reason_phrases import phrase_of
from ops.cases.tables import AlertRow
from ops.desk.view.entity_chips import EntityChip, entity_chips
from ops.terminal.shown_values import amount_text, items, mapping, plain

_REASONS, _TEXT = 5, 200


@dataclass(frozen=True)
class AlertLine:
    """What a row shows."""

    id: str
    event_id: str
    time: int
    event: str
    """Its type in words: refund request."""
    decision: str
    score: float
    severity: str
    amount: str
    """With its currency; empty without one."""
    account: EntityChip | None
    entities: tuple[EntityChip, ...]
    """The others that it names."""
    reasons: tuple[str, ...]
    """The weightiest first."""
    incident: str | None
    verdict: str | None
    """The word in force of it."""


def alert_line(row: AlertRow, verdict: str | None = None) -> AlertLine:
    """Return the row of an alert."""
    names = entity_chips(mapping(row.document.get("entities")))
    return AlertLine(
        id=row.id,
        event_id=plain(row.event_id, 128),
        time=row.time,
        event=plain(row.event_type, 40).replace("_", " "),
        decision=row.decision,
        score=row.score,
        severity=row.severity,
        amount=amount_text(row.amount, row.currency) if row.amount is not None else "",
        account=next((name for name in names if name.kind == "account"), None),
        entities=tuple(name for name in names if name.kind != "account"),
        reasons=reasons_of(row.document),
        incident=row.incident_id,
        verdict=verdict,
    )


def reasons_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return why an event was flagged, in words, the weightiest reasons first."""
    return tuple(_reason(mapping(reason)) for reason in items(document.get("reasons"), _REASONS))


def _reason(reason: Mapping[str, Any]) -> str:
    text = reason.get("text")
    return plain(text if isinstance(text, str) and text.strip() else phrase_of(plain(reason.get("code"), 60)), _TEXT)
