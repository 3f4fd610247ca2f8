"""A case store as after a week of work: incidents of a simulated shop, verdicts, rules and lists."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from domain.times import DAY_MS, HOUR_MS
from ops.access.passwords import new_password_hash
from ops.access.users import add_user
from ops.cases.claims import claim
from ops.cases.comments import comment
from ops.cases.ingest.alerts import take_alerts
from ops.cases.ingest.case_upkeep import case_id_of
from ops.cases.ingest.incidents import take_incident
from ops.cases.looks import mark_seen
from ops.cases.settings import CaseSettings
from ops.cases.store import Store
from ops.cases.tables import CaseRow, DecidedEvent, IncidentEntity, Outgoing, VerdictRow
from ops.cases.verdicts import give_verdict
from tests.support.api_calls import PASSWORD
from tests.support.rich_actions import act_by_itself
from tests.support.rich_control import control_acts
from tests.support.rich_history import NOW, History

PEOPLE = {"anna": "analyst", "ben": "analyst", "lea": "lead", "olga": "admin"}
SETTINGS = CaseSettings()
_BATCH, _MINUTE_MS = 500, 60_000
_JUDGES = ("anna", "anna", "ben", "lea")
_DECIDED, _UNSURE, _LATELY = 0.75, 0.06, 11_000
_REASONS = {
    "fraud": (
        "same courier as the ring of Tuesday", "one device, eleven names", "cards tested before, then one large order",
        "parcel shop that we know", "refunds of goods that were never sent back", "sign-ups seconds apart",
    ),
    "legitimate": ("a family with one tablet", "the customer called and named the last orders", "students of one house"),
    "inconclusive": ("too few orders to tell", "waits for the bank's answer"),
}  # fmt: skip
_COMMENTS = (
    ("anna", "Same device as in last week's sign-up wave."),
    ("ben", "The bank confirms two of the cards as stolen."),
    ("anna", "Asked the warehouse to hold the three open parcels."),
)
Timed = tuple[int, Callable[[Session, int], object]]
"""When something was done, and what."""


def fill_richly(store: Store, history: History) -> None:
    """Fill an empty store with a history and with a week of people's work, in the order of time."""
    hashed = new_password_hash(PASSWORD, "")
    with store.begin() as session:
        for name, role in PEOPLE.items():
            add_user(session, name, role, hashed, "olga", NOW - 40 * DAY_MS)
    for first in range(0, len(history.alerts), _BATCH):
        with store.begin() as session:
            take_alerts(session, history.alerts[first : first + _BATCH])
    for at, act in sorted([*_incidents(history), *_verdicts(history), *control_acts(store)], key=lambda one: one[0]):
        with store.begin() as session:
            act(session, at)
    _work_now(store)
    with store.begin() as session:
        _send_labels(session)
    _fill_decided(store)
    act_by_itself(store, history)


def _incidents(history: History) -> Iterator[Timed]:
    for document in history.incidents:
        yield document["told_at"], lambda session, at, its=document: take_incident(session, its, at, SETTINGS)  # type: ignore[misc]


def _verdicts(history: History) -> Iterator[Timed]:
    """Yield what people said, hours after a revision, by what the events truly were."""
    chance = random.Random(3)
    for incident in history.incidents:
        at = incident["told_at"] + chance.randrange(20, 20 * 60) * _MINUTE_MS
        if at < NOW - chance.randrange(30, 600) * _MINUTE_MS and chance.random() < _DECIDED:
            word = _word(incident, history.frauds, chance)
            said = (case_id_of(incident["id"]), word, chance.choice(_REASONS[word]), chance.choice(_JUDGES))
            yield at - 12 * _MINUTE_MS, partial(_claim, said[0], said[3])
            yield at, partial(_judge, *said)


def _word(incident: dict[str, Any], frauds: frozenset[str], chance: random.Random) -> str:
    events = incident["event_ids"]
    if chance.random() < _UNSURE:
        return "inconclusive"
    return "fraud" if not events or 2 * sum(one in frauds for one in events) >= len(events) else "legitimate"


def _claim(case_id: str, by: str, session: Session, at: int) -> None:
    found = session.get(CaseRow, case_id)
    if found is not None and found.status == "open":
        claim(session, case_id, by=by, now=at, settings=SETTINGS)


def _judge(case_id: str, word: str, reason: str, by: str, session: Session, at: int) -> None:
    found = session.get(CaseRow, case_id)
    if found is not None and found.status == "claimed" and found.owner == by:
        give_verdict(session, case_id, word, reason, by=by, now=at, settings=SETTINGS, labels_to="redis:labels", label_time=at)


def _work_now(store: Store) -> None:
    """Let people be at work: cases that they have, what they wrote, what one has seen."""
    with store.read() as session:
        free = session.scalars(select(CaseRow.id).where(CaseRow.status == "open").order_by(CaseRow.priority.desc()).limit(12)).all()
    for place, who in ((1, "lea"), (2, "anna"), (4, "ben"), (6, "anna"), (7, "lea")):
        with store.begin() as session:
            _claim(free[place], who, session, NOW - (20 + 3 * place) * _MINUTE_MS)
    for place, (who, said) in enumerate(_COMMENTS):
        with store.begin() as session:
            comment(session, free[1], said, by=who, now=NOW - (90 - 20 * place) * _MINUTE_MS, settings=SETTINGS)
    mark_seen(store, "lea", NOW - 5 * HOUR_MS)


def _send_labels(session: Session) -> None:
    """Note that the labels of verdicts that can no longer be undone are sent."""
    session.execute(update(Outgoing).where(Outgoing.due_at < NOW).values(state="sent", sent_at=Outgoing.due_at))
    session.execute(update(VerdictRow).where(VerdictRow.undo_until < NOW).values(sent_at=VerdictRow.undo_until))


def _fill_decided(store: Store) -> None:
    """Add what the job decided in the last minutes: of a shop larger than the simulated one."""
    chance = random.Random(2)
    times = [NOW - chance.randrange(16 * _MINUTE_MS) for _ in range(_LATELY)]
    outcomes = chance.choices(["approve", "investigate", "block"], [975, 18, 7], k=_LATELY)
    fields = {"account": "", "event_type": "order", "pseudonyms": {}, "score": 0.1}
    rows = [{**fields, "event_id": f"d{n}", "decision": outcomes[n], "time": at, "decided_at": at} for n, at in enumerate(times)]
    with store.begin() as session:
        session.execute(insert(DecidedEvent), rows)


def open_case(session: Session) -> CaseRow:
    """Return the gravest case of lea: the one that pictures are of."""
    return session.scalars(select(CaseRow).where(CaseRow.owner == "lea", CaseRow.in_queue).order_by(CaseRow.priority.desc()).limit(1)).one()


def entity_of(session: Session, incident_id: str) -> str:
    """Return the device of most of an incident's alerts; any of its entities where it has none."""
    named = select(IncidentEntity.entity).where(IncidentEntity.incident_id == incident_id)
    ordered = named.order_by(IncidentEntity.entity.like("device:%").desc(), IncidentEntity.alerts.desc(), IncidentEntity.entity)
    return session.scalars(ordered.limit(1)).one()
