"""Actions made of decisions and of earlier actions: the row that is kept, and what the shop is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.decisions.decision import Decision
from domain.times import MINUTE_MS, rfc3339
from ops.actions.settings import DRY, ActionSettings
from ops.actions.wanted import Wanted
from ops.cases.action_kinds import HOLD, RELEASE
from ops.cases.actions import AHEAD, LATE, NewAction, action_key, event_key, undone_key
from ops.cases.tables import ActionRow, Outgoing
from ops.notify.channels.webhook import cloud_event

BY_JOB, BY_CLOCK = "", ""
HOLD_IS_OVER, ON_VERDICT, ON_REQUEST = "hold_is_over", "verdict", "request"
"""Why an action follows from an earlier one: the hold's time is over; a person has given a verdict, or asked
for its release.
"""
_SHOWN = ("event_id", "event_type", "account", "amount", "currency", "decision", "score", "model", "action", "why")
_KEPT = ("event_key", "event_id", "account", "event_type", "event_time", "amount", "currency", "decision", "score", "model", "is_dry")


def of_decision(settings: ActionSettings, decision: Decision, one: Wanted, now: int) -> NewAction:
    """Return the action that a decision leads to."""
    expire_ms = round(settings.expire_min * MINUTE_MS)
    key, decided_ms = event_key(decision.account or "", decision.event_id), min(decision.decided_ms, now)
    why_not = why_late(settings, decision, now)
    row = {
        "key": action_key(key, one.action),
        "event_key": key,
        "event_id": decision.event_id,
        "account": decision.account or "",
        "event_type": decision.event_type,
        "event_time": decision.time_ms,
        "amount": decision.amount,
        "currency": decision.currency,
        "action": one.action,
        "ends": None,
        "why": one.why,
        "by": BY_JOB,
        "decision": decision.outcome,
        "score": decision.score,
        "model": decision.model,
        "is_dry": settings.mode == DRY,
        "is_undone": False,
        "taken_at": now,
        "ends_at": now + round(settings.hold_min * MINUTE_MS) if one.action == HOLD else None,
        "ended_at": now if why_not else None,
    }
    until = decided_ms + expire_ms
    return NewAction(row, data_of(settings, row, until), until, why_not)


def left_undone(settings: ActionSettings, decision: Decision, its: Wanted, why: str, now: int) -> NewAction:
    """Return the record of an action that a budget had nothing left for, with the reason."""
    made = of_decision(settings, decision, its, now)
    key = undone_key(made.row["event_key"], its.action)
    row = {**made.row, "key": key, "why": why, "is_undone": True, "ends_at": None, "ended_at": now}
    return NewAction(row, {}, made.until)


def why_late(settings: ActionSettings, decision: Decision, now: int) -> str:
    """Return why a decision is too old to be acted on, or too far ahead to tell; empty if it is neither."""
    age_ms = now - decision.decided_ms
    if abs(age_ms) <= settings.expire_min * MINUTE_MS:
        return ""
    return LATE if age_ms > 0 else AHEAD


def following(settings: ActionSettings, before: ActionRow, action: str, why: str, by: str, now: int) -> NewAction:
    """Return the action that ends an earlier one: a release, which is sent however late, or a block."""
    row = {
        **{name: getattr(before, name) for name in _KEPT},
        "key": action_key(before.event_key, action),
        "action": action,
        "is_undone": False,
        "ends": before.action,
        "why": why,
        "by": by,
        "taken_at": now,
        "ends_at": None,
        "ended_at": now if action == RELEASE else None,
    }
    until = None if action == RELEASE else now + round(settings.expire_min * MINUTE_MS)
    return NewAction(row, data_of(settings, row, until), until)


def data_of(settings: ActionSettings, row: Mapping[str, Any], until: int | None) -> dict[str, Any]:
    """Return what the shop is sent of an action: names of people are not."""
    template = settings.customer_notices.get(row["action"])
    return {
        **{name: row[name] for name in _SHOWN},
        "event_time": rfc3339(row["event_time"]),
        "ends": row["ends"],
        "by": "analyst" if row["by"] else "ringwatch",
        "expires_at": None if until is None else rfc3339(until),
        "hold_until": None if row["ends_at"] is None else rfc3339(row["ends_at"]),
        "customer_notice": None if template is None else {"template": template, "language": settings.language},
    }


def event_of(row: Outgoing, source: str) -> dict[str, Any]:
    """Return an action as a CloudEvent; by its id, which stays the same, a receiver drops a second one."""
    data, message_id = row.document["data"], f"msg_{row.incident}_{row.target}"
    return cloud_event(message_id, source, f"ringwatch.action.{row.target}", data["event_id"], row.document["first_at"], data)
