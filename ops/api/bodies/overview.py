"""Statistics and the audit."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ops.api.bodies.fields import Answer, Moment, Severity, example

_ENTRY = {
    "seq": 812,
    "at": 1767611000000,
    "actor": "anna",
    "action": "case.verdict",
    "subject": "case:case-3f9a2c1b00112233",
    "details": {"verdict": "v-0f1e2d3c4b5a6978", "word": "fraud", "alerts": 14},
    "entity": None,
    "private": {"reason": "same courier, cards tested before"},
    "previous": "5a" * 32,
    "hash": "c3" * 32,
}
_QUEUE = {
    "open": 6, "claimed": 1, "overdue": 1, "money": 8210.0, "oldest_due": 1767610000000,
    "by_severity": [{"severity": "high", "cases": 7, "overdue": 1, "under_1h": 2, "under_1d": 4, "under_1w": 1, "older": 0}],
}  # fmt: skip
_VERDICTS = {"words": {"fraud": 18, "legitimate": 2}, "undone": 1, "by_person": {"anna": 20}, "precision": 0.9}
_DRAFTS = {"model": "gpt-4.1-mini", "prompt": "5d0c7a1e+examples", "rated": 40, "changed": 6, "bad": 5, "share": 0.15}
_STATISTICS = {
    "at": 1767611000000,
    "queue": _QUEUE,
    "verdicts": _VERDICTS,
    "days": [{"day": 1767571200000, "alerts": 41, "decisions": {"block": 12, "investigate": 29}, "blocked": {"EUR": 5120.5}}],
    "drafts": [_DRAFTS],
}  # fmt: skip


class Age(Answer):
    """Cases of the queue of one severity, by how long they have been open."""

    model_config = example(severity="high", cases=7, overdue=1, under_1h=2, under_1d=4, under_1w=1, older=0)

    severity: Severity
    cases: int
    overdue: int
    under_1h: int
    under_1d: int
    under_1w: int
    older: int


class Queue(Answer):
    """The queue as it is."""

    model_config = example(**_QUEUE)

    open: int
    claimed: int
    overdue: int
    money: float = Field(description="Money at risk in all its cases")
    oldest_due: Moment | None = Field(description="When the most urgent case is or was due")
    by_severity: list[Age]


class Day(Answer):
    """Alerts of one day of event time, UTC."""

    model_config = example(day=1767571200000, alerts=41, decisions={"block": 12, "investigate": 29}, blocked={"EUR": 5120.5})

    day: Moment = Field(description="Its first millisecond")
    alerts: int
    decisions: dict[str, int]
    blocked: dict[str, float] = Field(description="Currency and sum of blocked amounts")


class VerdictNumbers(Answer):
    """Verdicts on whole cases within the time asked for; undone ones apart."""

    model_config = example(**_VERDICTS)

    words: dict[str, int]
    undone: int
    by_person: dict[str, int]
    precision: float | None = Field(description="Cases called fraud among those called fraud or legitimate; null without either")


class Drafts(Answer):
    """Summaries of one writer that were rated within the time asked for."""

    model_config = example(**_DRAFTS)

    model: str = Field(description="The name of a model, or `template`")
    prompt: str = Field(description="Version of the prompt; empty without one")
    rated: int
    changed: int = Field(description="Those that somebody corrected")
    bad: int = Field(description="Those that somebody called not good")
    share: float = Field(description="Changed ones among the rated")


class Statistics(Answer):
    """What there is to do, and how right the alerts were."""

    model_config = example(**_STATISTICS)

    at: Moment
    queue: Queue
    verdicts: VerdictNumbers
    days: list[Day]
    drafts: list[Drafts] = Field(description="By who wrote them, the most rated first")


class AuditEntry(Answer):
    """An entry of the audit: who did what to what. The hash covers the entry and the hash before."""

    model_config = example(**_ENTRY)

    seq: int
    at: Moment
    actor: str
    action: str
    subject: str
    details: dict[str, Any]
    entity: str | None
    private: dict[str, Any] | None = Field(description="Kept beside the chain: null if there is nothing, or it was erased")
    previous: str
    hash: str


class AuditPage(Answer):
    """A page of the audit, the newest first."""

    model_config = example(items=[_ENTRY], next=None)

    items: list[AuditEntry]
    next: str | None


class AuditCheck(Answer):
    """Whether the chain of the audit is whole."""

    model_config = example(holds=True, head=f"812:{'c3' * 32}", erased=0, problems=[])

    holds: bool
    head: str = Field(description="The end of the chain: note it where nobody can change it")
    erased: int = Field(description="Entries whose private part was erased")
    problems: list[str] = Field(description="The first 20, a sentence each")
