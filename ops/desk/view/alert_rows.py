"""An alert as a row of a list: what happened, what was decided and why, who is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.decisions.alert import SEVERITIES
from domain.incidents.reason_phrases import phrase_of
from ops.cases.coming import coming_incidents
from ops.cases.ingest.holders import parts
from ops.cases.standing import standing_words
from ops.cases.tables import AlertRow, IncidentRow
from ops.desk.markup import shortened
from ops.desk.view.entity_names import EntityName, entities_of_document
from ops.terminal.shown_values import items, mapping, money

_REASONS, _REASON, _HEADLINE = 5, 180, 120
"""Reasons of a row, their longest text, that of a headline."""
NO_HEADLINE = "An incident without a headline yet"


@dataclass(frozen=True)
class AlertLine:
    """What a row shows, in words where there are words for it."""

    id: str
    time: int
    """Event time."""
    what: str
    amount: str
    """With its currency; empty without one."""
    decision: str
    severity: str
    score: float
    reasons: Sequence[str]
    """The strongest first."""
    entities: Sequence[EntityName]
    """Its account first."""
    incident: str | None
    """The incident that holds it, else that of its ring where `is_ahead` says so."""
    is_ahead: bool
    """Whether its ring's incident does not name it yet: its next revision does."""
    headline: str
    verdict: str | None
    """The word in force."""


def alert_lines(session: Session, rows: Sequence[AlertRow], but: str = "") -> list[AlertLine]:
    """Return rows of a list. `but`: an entity that all of them have, which is not repeated."""
    coming = coming_incidents(session, [row for row in rows if row.incident_id is None])
    of = {row.id: row.incident_id or coming.get(row.id) for row in rows}
    headlines = _headlines(session, [incident for incident in of.values() if incident is not None])
    words = standing_words(session, [row.id for row in rows])
    return [_line(row, of[row.id], headlines, words, but) for row in rows]


def _line(row: AlertRow, incident: str | None, headlines: Mapping[str, str], words: Mapping[str, str], but: str) -> AlertLine:
    return AlertLine(
        id=row.id,
        time=row.time,
        what=shortened(row.event_type.replace("_", " "), 40),
        amount=money(row.document),
        decision=shortened(row.decision, 16),
        severity=row.severity if row.severity in SEVERITIES else SEVERITIES[0],
        score=row.score,
        reasons=_reasons(row.document),
        entities=entities_of_document(row.document, but),
        incident=incident,
        is_ahead=row.incident_id is None and incident is not None,
        headline=headlines.get(incident or "", NO_HEADLINE),
        verdict=words.get(row.id),
    )


def _reasons(document: Mapping[str, Any]) -> list[str]:
    return [_reason(mapping(one)) for one in items(document.get("reasons"), _REASONS)]


def _reason(reason: Mapping[str, Any]) -> str:
    text = reason.get("text")
    said = text if isinstance(text, str) and text.strip() else phrase_of(shortened(reason.get("code"), 60))
    return shortened(said, _REASON)


def _headlines(session: Session, incident_ids: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in parts(sorted(set(incident_ids))):
        for id_, headline in session.execute(select(IncidentRow.id, IncidentRow.headline).where(IncidentRow.id.in_(part))):
            found[id_] = shortened(headline, _HEADLINE) if headline else NO_HEADLINE
    return found
