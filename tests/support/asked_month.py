"""A month of flagged events, incidents and cases in a store, and the same as plain lists to count by hand."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from domain.times import DAY_MS
from ops.cases.ingest.alerts import take_alerts
from ops.cases.ingest.incidents import take_incident
from ops.cases.store import Store
from ops.cases.verdicts import give_verdict
from tests.support.case_samples import SETTINGS, revision_document
from tests.support.incident_samples import TYPES, alert_document, pseudonym

FIRST_DAY = 1_767_225_600_000  # 2026-01-01
DAYS = 31
NOW = FIRST_DAY + DAYS * DAY_MS - 1
PATTERNS = ("device farm", "card testing", "refund abuse")
SEVERITIES = ("low", "medium", "high", "critical")


@dataclass
class Month:
    """What was put into the store."""

    alerts: list[dict[str, Any]]
    incidents: list[dict[str, Any]]
    verdicts: dict[str, str]
    """Id of the case -> word."""


def month(store: Store, incidents: int = 24, loose: int = 200, **changes: Any) -> Month:
    """Fill a store; `changes` are of every incident's document."""
    chance, made = random.Random(7), Month([], [], {})
    for number in range(loose):
        made.alerts.append(_alert(chance, number, f"{number:016x}"))
    for number in range(incidents):
        its = [_alert(chance, 10_000 + 100 * number + at, f"{1000 + number:016x}") for at in range(chance.randint(2, 9))]
        made.alerts += its
        traits = {"severity": chance.choice(SEVERITIES), "pattern": chance.choice(PATTERNS), "money_at_risk": {"EUR": 10.0 * number + 0.1}}
        made.incidents.append(revision_document(number, its, **traits, **changes))
    with store.begin() as session:
        take_alerts(session, made.alerts)
        for document in made.incidents:
            take_incident(session, document, NOW, SETTINGS)
    _give_verdicts(store, chance, made)
    return made


def _alert(chance: random.Random, number: int, ring: str) -> dict[str, Any]:
    time = FIRST_DAY + chance.randrange(DAYS * DAY_MS)
    return alert_document(
        number, time, ring=ring, decision=chance.choice(("block", "investigate", "investigate")), event_type=chance.choice(TYPES),
        severity=chance.choice(SEVERITIES), amount=chance.choice((None, round(chance.uniform(1, 500), 2))),
        currency=chance.choice(("EUR", "USD")), score=round(chance.uniform(0.5, 1), 4), entities={"account": pseudonym(number % 40 + 1)},
    )  # fmt: skip


def _give_verdicts(store: Store, chance: random.Random, made: Month) -> None:
    from ops.cases.ingest.case_upkeep import case_id_of

    for document in made.incidents[::2]:
        if document["severity"] == "low":
            continue  # makes no case
        case_id, word = case_id_of(document["id"]), chance.choice(("fraud", "fraud", "legitimate", "inconclusive"))
        with store.begin() as session:
            give_verdict(session, case_id, word, "x", by="anna", now=NOW, settings=SETTINGS, labels_to="redis:labels")
        made.verdicts[case_id] = word
