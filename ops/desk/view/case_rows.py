"""A case as a row of the queue."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from domain.decisions.alert import SEVERITIES
from domain.incidents.incident import WAVE
from domain.wording import counted
from ops.cases.queue import CaseItem
from ops.cases.words import CLAIMED, CLOSED
from ops.desk.view.ages import ago
from ops.terminal.shown_values import plain

_SHORT_MS = 30 * 60_000
_HEADLINE = 200  # characters; what writes them keeps to fewer
KIND_WORDS = {"ring": "ring", "unconnected": "unconnected", "wave": "wave"}


@dataclass(frozen=True)
class Row:
    """What a row shows, in words where there are words for it."""

    id: str
    version: int
    incident: str
    headline: str
    about: str
    """Pattern, alerts and accounts, without what the headline says."""
    severity: str
    money: float
    """On the yardstick of severities."""
    currency: str | None
    status: str
    owner: str | None
    is_mine: bool
    due_at: int
    urgency: str
    """late, soon or an empty text."""
    updated_at: int
    is_new: bool
    """Whether it has changed since one last looked, and not by oneself."""
    verdict: str | None
    reopened_why: str | None

    @property
    def is_open(self) -> bool:
        """Whether somebody may still act on it."""
        return self.status != CLOSED


def row_of(item: CaseItem, me: str, now: int, seen_at: int | None, own: Collection[str] = ()) -> Row:
    """Return the row of a case; `seen_at`: when one last looked, `own`: what one changed last oneself."""
    case, incident = item
    is_held = case.status == CLAIMED and (case.claimed_until or 0) > now
    return Row(
        id=case.id,
        version=case.version,
        incident=case.incident_id,
        headline=plain(incident.headline or "An incident without a headline yet", _HEADLINE),
        about=_about(item, now),
        severity=SEVERITIES[case.severity_rank],
        money=case.money,
        currency=case.currency,
        status=case.status,
        owner=case.owner if is_held or case.status == CLOSED else None,
        is_mine=is_held and case.owner == me,
        due_at=case.due_at,
        urgency="late" if case.due_at < now else "soon" if case.due_at < now + _SHORT_MS else "",
        updated_at=case.updated_at,
        is_new=seen_at is not None and case.updated_at >= seen_at and case.owner != me and case.id not in own,
        verdict=case.verdict,
        reopened_why=case.reopened_why,
    )


def _about(item: CaseItem, now: int) -> str:
    """Return what an incident is, how large and how old: card testing · 14 alerts · began 3 h ago."""
    _, incident = item
    what = KIND_WORDS.get(incident.kind, incident.kind) if incident.pattern in (None, "unclear") else incident.pattern
    parts = [plain(what), counted(incident.alerts, "event" if incident.kind == WAVE else "alert")]
    if incident.kind != WAVE:
        parts.append(counted(incident.accounts, "account"))
    said = (incident.headline or "").lower()
    return " · ".join([*(part for part in parts if part.lower() not in said), f"began {ago(incident.opened_at, now)}"])
