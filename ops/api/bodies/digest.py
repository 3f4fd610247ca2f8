"""The digest of a day."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ops.api.bodies.fields import Answer, example

_EXAMPLE = {
    "schema": "ringwatch.digest/1", "day": "2026-03-02", "time_zone": "UTC", "made_at": "2026-03-03T07:00:00Z", "is_over": True,
    "text": ["The job stopped 5,120.50 EUR.", "There is 1 new incident."], "writer": "template",
    "decisions": {"approve": 18204, "investigate": 29, "block": 12}, "alerts": {"block": 12, "investigate": 29},
    "money": {"stopped": {"EUR": 5120.5}, "unjudged": {"EUR": 800.0}, "held_wrongly": {}, "without_amount": 0},
    "missed": None, "missed_events": None,
    "work": {
        "verdicts": {"fraud": 18, "legitimate": 2, "inconclusive": 0}, "reviewed": 31, "review_cost": 155.0, "false_blocks": 0,
        "false_block_cost": 0.0, "cases_closed": 20,
    },
    "incidents": {"new": 1, "grown": 0, "ended": 0, "patterns": {"device farm": 1}, "largest": []},
    "week": [{"day": "2026-03-02", "alerts": 41, "blocked": {"EUR": 5120.5}}],
    "changes": [], "more_changes": 0,
    "llm": {"revisions": 3, "by_model": 3, "calls": 3, "tokens": 2400, "cost": 0.0063},
    "drift": None, "rejected": {"event_time": 3}, "dead_letters": {},
    "unknown": {"missed": "there is no lake (lake.url)", "drift": "the stream health says nothing of this day"},
}  # fmt: skip


class DayDigest(Answer):
    """What happened on a day. A figure that is not known is null, and `unknown` says why."""

    model_config = example(**_EXAMPLE)

    schema_: str = Field(alias="schema", description="Changes when a field changes its meaning")
    day: str = Field(description="In the time zone")
    time_zone: str
    made_at: str = Field(description="By the verdicts and labels that were in force then")
    is_over: bool = Field(description="False while the day goes on")
    text: list[str] = Field(description="What is read first")
    writer: str = Field(description="Who wrote the text")
    decisions: dict[str, int] | None = Field(description="Outcome and count")
    alerts: dict[str, int] | None = Field(description="Outcome and count")
    money: dict[str, Any] | None = Field(description="`stopped`, `unjudged`, `held_wrongly`: currency and sum; `without_amount`")
    missed: dict[str, float] | None = Field(description="Approved, and a fraud by a label: currency and sum")
    missed_events: int | None
    work: dict[str, Any] | None = Field(description="Verdicts of the day, and what reviews and false alarms cost")
    incidents: dict[str, Any] | None = Field(description="`new`, `grown`, `ended`, `patterns`, and the `largest` ones")
    week: list[dict[str, Any]] = Field(description="Seven of `day`, `alerts`, `blocked`")
    changes: list[dict[str, Any]] = Field(description="Of rules, lists, models and switches")
    more_changes: int = Field(description="Those that are not in `changes`")
    llm: dict[str, Any] | None = Field(description="What the summaries of the day took")
    drift: list[dict[str, Any]] | None = Field(description="For each model `events`, `psi`, `verdict`, `drifted`")
    rejected: dict[str, int] | None = Field(description="Lines that are no event, by the field at fault")
    dead_letters: dict[str, int] = Field(description="What the outbox has given up, by kind")
    unknown: dict[str, str] = Field(description="Figure, and why it is not known")
