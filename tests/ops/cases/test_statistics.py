"""Numbers of the overview, and what is forgotten."""

from __future__ import annotations

from sqlalchemy import func, insert, select

from domain.times import DAY_MS
from ops.cases.actions import NewAction, action_key, event_key, put_actions
from ops.cases.audit.verify import verify
from ops.cases.changes import close
from ops.cases.claims import claim
from ops.cases.decided_events import take_decisions
from ops.cases.ingest.alerts import take_alerts
from ops.cases.ingest.incidents import take_incident
from ops.cases.retention import Forgotten, forget
from ops.cases.settings import StoreSettings
from ops.cases.statistics import alerts_by_day, queue_numbers, verdict_numbers
from ops.cases.store import Store
from ops.cases.tables import (
    ActionMinute,
    ActionRelease,
    ActionRow,
    AlertEntity,
    AlertRow,
    CaseRow,
    DecidedEvent,
    IncidentRow,
    Login,
    Outgoing,
    Table,
    VerdictRow,
)
from ops.cases.undo import undo_verdict
from ops.cases.verdicts import give_verdict
from tests.support.case_samples import NOW, SETTINGS, put_case, revision_document, some_alerts
from tests.support.incident_samples import START, alert_document

DAY = START - START % DAY_MS


def verdict(store: Store, case_id: str, word: str, by: str = "anna", now: int = NOW) -> str:
    with store.begin() as session:
        return give_verdict(session, case_id, word, "x", by=by, now=now, settings=SETTINGS, labels_to="redis:labels").verdict.id


def test_the_queue_in_numbers(store: Store) -> None:
    ids = [put_case(store, number, severity=severity) for number, severity in enumerate(["medium", "high", "high", "critical"])]
    with store.begin() as session:
        claim(session, ids[1], by="anna", now=NOW, settings=SETTINGS)
        close(session, ids[0], "a test", by="anna", now=NOW, settings=SETTINGS)
    with store.read() as session:
        numbers = queue_numbers(session, NOW + 3 * 3_600_000)
    assert (numbers.open, numbers.claimed, numbers.overdue) == (2, 1, 1)
    assert numbers.by_severity == {"low": 0, "medium": 0, "high": 2, "critical": 1}
    assert (numbers.money, numbers.oldest_due) == (300.0, NOW + 2 * 3_600_000)


def test_alerts_by_day(store: Store) -> None:
    with store.begin() as session:
        assert alerts_by_day(session, 0, NOW) == []
        blocked = [alert_document(number, START + number * DAY_MS, decision="block") for number in (5, 6)]
        free = alert_document(9, START, decision="block", amount=None, currency=None)
        take_alerts(session, [*some_alerts(3), *blocked, free, alert_document(7, START + 5 * DAY_MS, decision="block", currency="USD")])
    with store.read() as session:
        days = alerts_by_day(session, DAY, DAY + 6 * DAY_MS)
    assert [(one.day, one.alerts, one.decisions, one.blocked) for one in days] == [
        (DAY, 4, {"investigate": 3, "block": 1}, {}),
        (DAY + 5 * DAY_MS, 2, {"block": 2}, {"EUR": 100.25, "USD": 100.25}),
    ]


def test_sums_of_money_are_written_as_money(store: Store) -> None:
    amounts = (0.1, 0.2, 0.3)
    assert sum(amounts) != 0.6
    with store.begin() as session:
        take_alerts(session, [alert_document(n, START, decision="block", amount=amount) for n, amount in enumerate(amounts)])
    for number, amount in enumerate(amounts):
        put_case(store, number + 10, money_at_risk={"EUR": amount})
    with store.read() as session:
        [day] = alerts_by_day(session, DAY, DAY + DAY_MS)
        assert day.blocked == {"EUR": 0.6}
        assert queue_numbers(session, NOW).money == 0.6


def test_verdicts_in_numbers(store: Store) -> None:
    ids = [put_case(store, number) for number in range(5)]
    words = ["fraud", "fraud", "legitimate", "inconclusive", "fraud"]
    made = [verdict(store, id_, word, by) for id_, word, by in zip(ids, words, ["anna", "bob", "anna", "anna", "bob"], strict=True)]
    with store.begin() as session:
        undo_verdict(session, made[4], "x", by="bob", now=NOW, settings=SETTINGS, labels_to="redis:labels")
    with store.read() as session:
        numbers = verdict_numbers(session, NOW, NOW + 1)
        assert numbers.words == {"fraud": 2, "legitimate": 1, "inconclusive": 1}
        assert (numbers.undone, numbers.by_person, numbers.false_alarms) == (1, {"anna": 3, "bob": 1}, 1 / 3)
        assert verdict_numbers(session, NOW + 1, NOW + 2).false_alarms is None


def count(store: Store, table: type[Table]) -> int:
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def forget_all(store: Store, now: int, settings: StoreSettings) -> list[Forgotten]:
    found = []
    while True:
        with store.begin() as session:
            if not (gone := forget(session, now, settings, limit=3)).rows:
                return found
            found.append(gone)


def test_what_is_old_goes_and_open_cases_stay(store: Store) -> None:
    closed, open_, late = (put_case(store, number) for number in range(3))
    verdict(store, closed, "fraud")
    lone = some_alerts(7, "bb", 50)
    with store.begin() as session:
        take_incident(session, revision_document(8, severity="low"), NOW, SETTINGS)
        take_alerts(session, [*lone, alert_document(999, START + 500 * DAY_MS)])
        take_decisions(session, [*lone, alert_document(1, decided_at=START + 450 * DAY_MS)])
        session.execute(insert(Login).values(key="name:x", failures=3, first_at=1, last_at=NOW))
    more = [*some_alerts(2, f"{2:016x}", 2000), alert_document(2500, START + 450 * DAY_MS, ring=f"{2:016x}")]
    with store.begin() as session:
        take_incident(session, revision_document(2, more, revision=2), NOW, SETTINGS)
    verdict(store, late, "legitimate")
    gone = forget_all(store, NOW + 10_000 * DAY_MS, StoreSettings())
    assert sum(one.alerts for one in gone) == 7
    assert all(max(one.alerts, one.decided_events) <= 3 for one in gone)
    with store.read() as session:
        assert session.scalars(select(CaseRow.id).order_by(CaseRow.id)).all() == [open_, late]
        assert session.scalars(select(IncidentRow.id).order_by(IncidentRow.id)).all() == [f"inc-{number:016x}" for number in (1, 2)]
        assert verify(session).problems == []
        assert verify(session).head.seq == 2
    assert (count(store, AlertRow), count(store, AlertEntity), count(store, VerdictRow), count(store, Login)) == (5, 10, 1, 0)
    assert (count(store, DecidedEvent), count(store, Outgoing)) == (1, 2)


def acted(number: int, at: int, state: str = "sent") -> NewAction:
    key = event_key("a", f"e{number}")
    row = {
        "key": action_key(key, "block"), "event_key": key, "event_id": f"e{number}", "account": "a", "event_type": "order",
        "event_time": at, "amount": None, "currency": None, "action": "block", "ends": None, "why": "precise", "by": "",
        "decision": "block", "score": 0.9,
        "model": "m", "is_dry": False, "is_undone": False, "taken_at": at, "ends_at": None, "ended_at": None,
    }  # fmt: skip
    return NewAction(row, {"event_id": f"e{number}"}, why_not="too late" if state == "expired" else "")


def test_old_actions_go_with_what_was_sent_of_them_and_who_asked_for_a_release(store: Store) -> None:
    old, new = NOW, NOW + 400 * DAY_MS
    with store.begin() as session:
        take_alerts(session, [alert_document(999, new)])
        put_actions(session, [acted(1, old, "expired"), acted(2, old), acted(3, new, "expired")])
        for number, at in ((1, old), (2, old), (3, new)):
            key = event_key("a", f"e{number}")
            row = {"key": action_key(key, "block"), "event_key": key, "action": "block", "by": "lea", "reason": "x", "at": at, "due_at": at}
            session.add(ActionRelease(**row))
        session.add_all(ActionMinute(minute_at=at, orders=1, legitimate=1, blocks=0, wrong=0, pauses=0, spent=0) for at in (old, new))
    forget_all(store, new, StoreSettings(url="sqlite:x", retention_days=200.0))
    with store.read() as session:
        assert session.scalars(select(ActionRow.event_id)).all() == ["e3"]
        assert session.scalars(select(ActionRelease.at)).all() == session.scalars(select(ActionMinute.minute_at)).all() == [new]
        states = session.scalars(select(Outgoing.state).where(Outgoing.kind == "action").order_by(Outgoing.id)).all()
    assert sorted(states) == ["expired", "pending"]  # what waits stays: it is still to be sent, or given up


def test_a_history_that_is_read_today_is_not_old(store: Store) -> None:
    verdict(store, put_case(store), "fraud")
    assert forget_all(store, NOW + 10_000 * DAY_MS, StoreSettings()) == []
