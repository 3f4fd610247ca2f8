"""Incidents and their alerts, as they are listed and shown."""

from __future__ import annotations

from pydantic import Field

from ops.api.bodies.fields import (
    Answer,
    CaseStatus,
    Document,
    Moment,
    Outcome,
    SaidAction,
    SaidKind,
    SaidStatus,
    Severity,
    Verdict,
    example,
)

INCIDENT = {
    "id": "inc-3f9a2c1b00112233",
    "kind": "ring",
    "status": "grown",
    "severity": "critical",
    "action": "block",
    "pattern": "device farm",
    "headline": "Device farm: 9 accounts share 2 devices, EUR 2,310 at risk",
    "opened_at": 1767607200000,
    "updated_at": 1767610800000,
    "closed_at": None,
    "revision": 4,
    "alerts": 14,
    "accounts": 9,
    "money": 2310.5,
    "score_max": 0.993,
    "ring": "00a1b2c3d4e5f607",
    "merged_into": None,
    "case": {"id": "case-3f9a2c1b00112233", "status": "claimed", "owner": "anna", "verdict": None, "due_at": 1767621600000, "version": 3},
}
_ALERT = {
    "id": "4c1f0a9be2d377584c1f0a9be2d37758",
    "event_id": "order-8812",
    "account": "1f00aa33bb44cc55",
    "time": 1767610790000,
    "event_type": "order",
    "decision": "block",
    "score": 0.993,
    "severity": "critical",
    "ring": "00a1b2c3d4e5f607",
    "incident_id": "inc-3f9a2c1b00112233",
    "amount": 310.0,
    "currency": "EUR",
}
_SIMILAR = {"incident": INCIDENT, "shared": ["device:9c41aa00bb11cc22"], "likeness": 0.82, "verdict": "fraud"}


class CaseBrief(Answer):
    """The state of an incident's case."""

    model_config = example(id="case-3f9a2c1b00112233", status="open", owner=None, verdict=None, due_at=1767621600000, version=1)

    id: str
    status: CaseStatus
    owner: str | None
    verdict: Verdict | None
    due_at: Moment | None
    version: int


class IncidentRow(Answer):
    """An incident as a list shows it. Times in ms since 1970."""

    model_config = example(**INCIDENT)

    id: str
    kind: SaidKind
    status: SaidStatus
    severity: Severity
    action: SaidAction
    pattern: str | None
    headline: str | None
    opened_at: Moment
    updated_at: Moment
    closed_at: Moment | None
    revision: int
    alerts: int
    accounts: int
    money: float = Field(description="Money at risk: the largest sum of a currency")
    score_max: float
    ring: str
    merged_into: str | None
    case: CaseBrief | None = Field(description="None where the incident is too mild for a case")


class IncidentPage(Answer):
    """A page of incidents."""

    model_config = example(items=[INCIDENT], next="eyJrIjpbMTc2NzYxMDgwMDAwMCwiaW5jLTNmOWEiXX0")

    items: list[IncidentRow]
    next: str | None = Field(description="`cursor` of the next page; null after the last")


class IncidentDetail(IncidentRow):
    """An incident with the document of its newest revision."""

    model_config = example(**INCIDENT, goes_on_as=None, document={"id": "inc-3f9a2c1b00112233", "revision": 4, "evidence": {}})

    goes_on_as: str | None = Field(description="The incident that takes later alerts of its ring")
    document: Document


class Revision(Answer):
    """A revision of an incident as it was published."""

    model_config = example(revision=4, at=1767610800000, document={"id": "inc-3f9a2c1b00112233", "revision": 4})

    revision: int
    at: Moment
    document: Document


class RevisionPage(Answer):
    """A page of revisions, the oldest first."""

    model_config = example(items=[{"revision": 1, "at": 1767610800000, "document": {"id": "inc-3f9a2c1b00112233"}}], next=None)

    items: list[Revision]
    next: str | None


class AlertRow(Answer):
    """An alert as a list shows it."""

    model_config = example(**_ALERT)

    id: str = Field(description="Digest of account and event id: it is safe in an address")
    event_id: str
    account: str = Field(description="Pseudonym; empty if the event names none")
    time: Moment
    event_type: str
    decision: Outcome
    score: float
    severity: Severity
    ring: str
    incident_id: str | None
    amount: float | None
    currency: str | None


class AlertPage(Answer):
    """A page of alerts."""

    model_config = example(items=[_ALERT], next=None)

    items: list[AlertRow]
    next: str | None


class AlertDetail(AlertRow):
    """An alert with its document."""

    model_config = example(**_ALERT, document={"event_id": "order-8812", "decision": "block", "reasons": []})

    document: Document


class SimilarIncident(Answer):
    """An incident that is like another one, and why."""

    model_config = example(**_SIMILAR)

    incident: IncidentRow
    shared: list[str] = Field(description="Entities that both have, the rarest first; empty if only the evidence is alike")
    likeness: float = Field(description="Of the evidence, from 0 to 1")
    verdict: Verdict | None = Field(description="What its case turned out to be")


class SimilarIncidents(Answer):
    """Incidents that are like one, the most alike first."""

    model_config = example(items=[_SIMILAR])

    items: list[SimilarIncident]
