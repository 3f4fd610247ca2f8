"""What the shop was asked to do with events."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ops.api.bodies.fields import Answer, Moment, Outcome, example

Action = Literal["hold", "verify", "block", "release"]
ActionState = Literal["dry", "undone", "pending", "sent", "expired", "cancelled", "dead"]
_ACTION = {
    "id": 17, "event_id": "order-1017", "account": "9c41aa00bb11cc22", "event_type": "order", "event_time": 1767611000000,
    "amount": 120.0, "currency": "EUR", "action": "block", "ends": None, "why": "precise", "by": "", "decision": "block", "score": 0.97,
    "model": "combined-b4da7a90", "taken_at": 1767611000400, "ends_at": None, "ended_at": None, "release_asked_by": None,
    "state": "sent", "attempts": 1, "sent_at": 1767611000450, "last_error": None,
}  # fmt: skip
_HOUR = {"orders": 1200, "blocks": 7, "pauses": 3, "spent": 0, "undone": 0, "undone_blocks": 0}


class ActionRow(Answer):
    """An action on an event, and what became of it."""

    model_config = example(**_ACTION)

    id: int
    event_id: str
    account: str = Field(description="Pseudonym; empty if the event names none")
    event_type: str
    event_time: Moment
    amount: float | None
    currency: str | None
    action: Action
    ends: Action | None = Field(description="The earlier action that a release or a block ends")
    why: str = Field(description="As `precise`, `not_precise`, `budget:order_share`, `verdict`, `request`, `hold_is_over`")
    by: str = Field(description="Who said so; empty: the job, or the clock")
    decision: Outcome
    score: float
    model: str
    taken_at: Moment
    ends_at: Moment | None = Field(description="When a hold ends by itself")
    ended_at: Moment | None = Field(description="Since when it no longer holds")
    release_asked_by: str | None = Field(description="Who asked for its release, verdicts aside")
    state: ActionState = Field(
        description="dry: only recorded; undone: a budget had nothing left for it; cancelled: auto_block was switched off, or another "
        "action took its place"
    )
    attempts: int
    sent_at: Moment | None
    last_error: str | None = Field(description="What the shop said last, shortened")


class ReleaseAsked(Answer):
    """An action whose release was asked for."""

    model_config = example(action={**_ACTION, "release_asked_by": "lea"}, change_id=None)

    action: ActionRow
    change_id: int | None = Field(description="The change that waits for a second person; null: none is needed")


class ActionHour(Answer):
    """What was in the last hour."""

    model_config = example(**_HOUR)

    orders: int = Field(description="Events of the types that are acted on")
    blocks: int
    pauses: int = Field(description="Events that were held or verified")
    spent: int = Field(description="Actions that became milder, or were left undone, because a budget was spent")
    undone: int = Field(description="Of these, what was left undone: nothing was asked of the shop")
    undone_blocks: int = Field(description="Of what was left undone, decisions to block")


class ActionPage(Answer):
    """A page of actions, and the last hour."""

    model_config = example(items=[_ACTION], next=None, hour=_HOUR)

    items: list[ActionRow]
    next: str | None
    hour: ActionHour
