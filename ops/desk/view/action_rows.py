"""Rows of the page of actions in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ops.cases.action_list import ListedAction
from ops.cases.action_release import CAN_BE_RELEASED
from ops.desk.markup import shortened
from ops.desk.view.amounts import money

_WHY: Mapping[str, str] = {
    "precise": "score as precise as asked for",
    "not_precise": "not as precise as asked for",
    "investigate": "to investigate",
    "explored": "drawn for a review in place of a block",
    "switched_off": "automatic blocking is off",
    "verdict": "verdict",
    "request": "asked for",
    "hold_is_over": "the hold was over",
    "budget:blocks_per_hour": "blocks of the hour spent",
    "budget:order_share": "share of orders spent",
    "budget:legitimate_share": "share of legitimate orders spent",
    "budget:pauses_per_hour": "holds of the hour spent",
    "budget:kept_for_blocks": "the holds left are kept for blocks",
}
_STATES: Mapping[str, str] = {
    "dry": "only recorded",
    "undone": "left undone",
    "pending": "waits",
    "sent": "sent",
    "expired": "too late, not sent",
    "cancelled": "cancelled",
    "dead": "given up",
}
_LATE = ("expired", "dead", "undone")
_ID = 48  # characters of an event's id; its address has it whole


@dataclass(frozen=True)
class ActionLine:
    """A row of the page."""

    id: int
    at: int
    event_id: str
    account: str
    """Address of the account's page, empty if the event names none."""
    amount: str
    action: str
    why: str
    score: float
    state: str
    is_wrong: bool
    said: str
    """What the shop, or the courier, said of it."""
    asked_by: str
    """Who asked for its release, which is not made yet."""
    can_be_released: bool


def action_lines(found: Sequence[ListedAction]) -> list[ActionLine]:
    """Return actions as the page shows them."""
    return [_line(one) for one in found]


def _line(one: ListedAction) -> ActionLine:
    row = one.row
    is_open = row.ended_at is None and not row.is_dry and row.action in CAN_BE_RELEASED
    why = _WHY.get(row.why, shortened(row.why, 40))
    return ActionLine(
        id=row.id,
        at=row.taken_at,
        event_id=shortened(row.event_id, _ID),
        account=f"/entities/account:{row.account}" if row.account else "",
        amount=f"{money(row.amount)} {shortened(row.currency, 3)}".strip() if row.amount is not None else "",
        action=row.action,
        why=f"{why} by {row.by}" if row.by else why,
        score=row.score,
        state=_STATES.get(one.state, one.state),
        is_wrong=one.state in _LATE,
        said=(one.sent.last_error or "") if one.sent is not None and one.state != "sent" else "",
        asked_by=one.asked.by if one.asked is not None and row.ended_at is None else "",
        can_be_released=is_open and one.asked is None,
    )
