"""A case store after months of work: filled as the worker fills it, most of it decided, one entity in a tenth
of all alerts.
"""

from __future__ import annotations

import random
from typing import Any

from sqlalchemy import case, func, insert, literal, select, update
from sqlalchemy.orm import Session

from domain.times import DAY_MS, HOUR_MS
from ops.cases.audit.chain import Act, audit
from ops.cases.control_changes import ControlDesk, Wanted
from ops.cases.ingest.alerts import take_alerts
from ops.cases.ingest.incidents import take_incidents
from ops.cases.store import Store
from ops.cases.tables import (
    AlertEntity,
    AlertRow,
    CaseRow,
    DecidedEvent,
    IncidentEntity,
    IncidentRow,
    StoreFact,
    VerdictAlert,
    VerdictRow,
)
from tests.speed.case_store import MINUTE_MS, SETTINGS, fill
from tests.support.case_samples import revision_document
from tests.support.control_samples import NAMES, PSEUDONYMS
from tests.support.incident_samples import START, alert_document, pseudonym

EVERYWHERE = f"ip:{pseudonym(4_242_424)}"
"""An entity of a tenth of all alerts and of every incident, as of a telephone company."""
LARGE = "inc-large"
"""An incident of 300 accounts with twenty revisions."""
_DECIDED, _AUDITED, _BATCH = 135_000, 100_000, 500
_LISTED, _RULES = 1_000, 40
_PEOPLE = ("anna", "ben", "lea", "admin")
_DONE = "lived_in"


def last_moment(count: int) -> int:
    """Return the time of the last of so many incidents: now, for whoever looks."""
    return START + count * MINUTE_MS


def live_in(store: Store, count: int, alerts_each: int, still_open: int) -> None:
    """Fill an empty store and work in it; a store that was made so stays as it is."""
    with store.read() as session:
        if session.get(StoreFact, _DONE):
            return
        is_filled = session.scalar(select(func.count()).select_from(IncidentRow)) == count
    if not is_filled:
        fill(store, count, alerts_each)
    now = last_moment(count)
    for part in (_vary_alerts, _spread_entity):
        with store.begin() as session:
            part(session)
    with store.begin() as session:
        _decide(session, START + (count - still_open * 7 // 6) * MINUTE_MS)
    _grow_large(store, now)
    _fill_audit(store, now, count)
    _fill_control(store, now)
    with store.begin() as session:
        _fill_decided(session, now)
        session.add(StoreFact(name=_DONE, value=str(count)))


def _vary_alerts(session: Session) -> None:
    """Of ten alerts of an incident make two blocked, one critical and one a sign-up."""
    for ending, changes in (
        ("3", {"decision": "block"}),
        ("7", {"decision": "block", "severity": "critical"}),
        ("1", {"event_type": "signup"}),
    ):
        session.execute(update(AlertRow).where(AlertRow.event_id.like(f"%-{ending}")).values(**changes))


def _spread_entity(session: Session) -> None:
    alerts = select(literal(EVERYWHERE), AlertRow.time, AlertRow.id).where(AlertRow.event_id.like("%-0"))
    session.execute(insert(AlertEntity).from_select(["entity", "time", "alert_id"], alerts))
    its = select(literal(EVERYWHERE), IncidentRow.id, IncidentRow.opened_at, literal(1))
    session.execute(insert(IncidentEntity).from_select(["entity", "incident_id", "opened_at", "alerts"], its))


def _decide(session: Session, until: int) -> None:
    """Let cases begin when their incidents did, and close those before a time with a verdict."""
    began = select(IncidentRow.opened_at).where(IncidentRow.id == CaseRow.incident_id).scalar_subquery()
    session.execute(update(CaseRow).values(opened_at=began, updated_at=began, due_at=began + DAY_MS))
    old, word = CaseRow.opened_at < until, case((CaseRow.severity_rank == 1, "legitimate"), else_="fraud")
    closed = {"status": "closed", "in_queue": False, "verdict": word, "closed_at": CaseRow.opened_at + HOUR_MS, "closed_alerts": 10}
    session.execute(update(CaseRow).where(old).values(**closed))
    said = func.replace(CaseRow.id, "case-", "verdict-")
    at = CaseRow.closed_at
    rows = select(said, CaseRow.id, CaseRow.verdict, literal(True), literal("anna"), literal("same courier"), at, at).where(old)
    session.execute(insert(VerdictRow).from_select(["id", "case_id", "word", "is_whole", "by", "reason", "at", "undo_until"], rows))
    its = select(said, AlertRow.id, literal(True)).join(CaseRow, CaseRow.incident_id == AlertRow.incident_id).where(old)
    session.execute(insert(VerdictAlert).from_select(["verdict_id", "alert_id", "is_said"], its))


def _grow_large(store: Store, now: int) -> None:
    """Add the large incident, revision by revision."""
    chance = random.Random(7)
    its: list[dict[str, Any]] = []
    for revision in range(1, 21):
        fresh = [
            alert_document(
                number, now - HOUR_MS + number * 1000, event_id=f"large-{number}", ring="00000000001a49e0", decision="block",
                entities={"account": pseudonym(50_000_000 + number % 300), "device": pseudonym(60_000_000 + chance.randrange(40))},
            )
            for number in range(len(its), len(its) + 50)
        ]  # fmt: skip
        its += fresh
        said = revision_document(0, its, id=LARGE, revision=revision, severity="critical", money_at_risk={"EUR": 1000.0 * revision})
        with store.begin() as session:
            take_alerts(session, fresh)
            take_incidents(session, [(said, now - HOUR_MS + revision * MINUTE_MS)], SETTINGS)


def _fill_audit(store: Store, now: int, count: int) -> None:
    for first in range(0, _AUDITED, _BATCH):
        with store.begin() as session:
            for number in range(first, first + _BATCH):
                who, what = _PEOPLE[number % 3], ("case.claim", "case.verdict", "case.comment", "entity.look_up")[number % 4]
                subject, private = f"case:case-{number % count:016x}", {"reason": "same courier as on Tuesday"}
                entity = EVERYWHERE if what == "entity.look_up" else None
                audit(session, Act(now - (_AUDITED - number) * 30_000, who, what, subject, {"word": "fraud"}, private, entity))


def _fill_control(store: Store, now: int) -> None:
    desk = ControlDesk(NAMES, PSEUDONYMS, "redis:control")
    when = {"all": [{"feature": "device.accounts_1h", "at_least": 6}]}
    rule = {"state": "active", "when": when, "decision": "block", "text": "sign-ups from one device"}
    with store.begin() as session:
        for number in range(_RULES):
            for version in range(5):
                desk.ask(session, Wanted("rule", f"R{number}", {**rule, "text": f"{version + 6} sign-ups"}, "lea", "wave"), now - HOUR_MS)
        for number in range(_LISTED):
            entry = {"list": ("block", "mules")[number % 2], "entity": f"device:{pseudonym(number + 1)}", "state": "active"}
            desk.ask(session, Wanted("list", f"L{number}", entry, "lea", "chargebacks"), now - HOUR_MS)


def _fill_decided(session: Session, now: int) -> None:
    """Add what the job decided in a quarter of an hour at 150 events a second."""
    fields = {"account": "", "event_type": "order", "pseudonyms": {}, "score": 0.1}
    outcomes = ["approve"] * 97 + ["investigate"] * 2 + ["block"]
    rows = [
        {**fields, "event_id": f"d{number}", "decision": outcomes[number % 100], "time": at, "decided_at": at}
        for number in range(_DECIDED)
        for at in [now - number * 15 * MINUTE_MS // _DECIDED]
    ]
    session.execute(insert(DecidedEvent), rows)
