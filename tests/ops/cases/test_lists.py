"""Lists: whole and in order by pages, and each by an index, on both databases."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import Select, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ops.cases.alerts import AlertFilter, alerts, alerts_statement
from ops.cases.audit.entries import AuditFilter, entries_statement
from ops.cases.claims import claim
from ops.cases.entities import incidents_of_entity, incidents_of_entity_statement
from ops.cases.errors import Invalid, NotFound
from ops.cases.incidents import SORTS as INCIDENT_SORTS
from ops.cases.incidents import IncidentFilter, entities_of, goes_on_as, incident, incidents, incidents_statement, revision, revisions
from ops.cases.ingest.incidents import take_incident
from ops.cases.outbox import is_time
from ops.cases.pages import Cursor, Order, Page, statement_of
from ops.cases.queue import SORTS as CASE_SORTS
from ops.cases.queue import STATES, CaseFilter, case, case_of, cases, cases_statement, count_cases
from ops.cases.store import Store
from ops.cases.tables import AlertRow, CaseRow, Comment, DecidedEvent, IncidentRevision, IncidentRow, Outgoing
from tests.support.case_samples import NOW, SETTINGS, put_incident, revision_document
from tests.support.incident_samples import START

SOME: dict[str, Any] = {
    "kind": "ring", "status": "opened", "severity_rank": 2, "action": "verify", "pattern": "device farm", "opened_from": START,
    "opened_before": START + 9, "owner": "anna", "verdict": "fraud", "due_before": NOW, "incident": "inc-1", "entity": "device:1",
    "decision": "block", "severity": "high", "event_type": "order", "time_from": START, "time_before": NOW, "subject": "case:1",
    "actor": "anna", "action_": "x", "since": 1, "until": 2, "text": "ring", "case": "closed",
}  # fmt: skip


def filters(names: Sequence[str], most: int = 2) -> Iterator[dict[str, Any]]:
    """No filter, each alone, and pairs."""
    for count in range(most + 1):
        for chosen in itertools.combinations(names, count):
            yield {name: SOME[name] for name in chosen}


def lists() -> Iterator[tuple[str, Select[Any], Order]]:
    """The statements of all lists, with all filters and sorts."""
    for sort in INCIDENT_SORTS:
        names = ["kind", "status", "severity_rank", "action", "pattern", "opened_from", "opened_before", "text", "case"]
        for wanted in filters(names):
            yield f"incidents {sort} {wanted}", *incidents_statement(IncidentFilter(**wanted), sort)
    for sort, state in itertools.product(CASE_SORTS, STATES):
        for wanted in filters(["owner", "kind", "severity_rank", "verdict", "due_before"]):
            yield f"cases {sort} {state} {wanted}", *cases_statement(CaseFilter(state=state, **wanted), sort)
    for wanted in filters(["incident", "entity", "decision", "severity", "event_type", "time_from", "time_before"]):
        yield f"alerts {wanted}", *alerts_statement(AlertFilter(**wanted))
    for wanted in filters(["subject", "actor", "action", "entity", "since", "until"]):
        yield f"audit {wanted}", *entries_statement(AuditFilter(**wanted))
    yield "incidents of an entity", *incidents_of_entity_statement("device:1")
    of_case = select(Comment).where(Comment.case_id == "x")
    yield "comments", of_case, Order(Comment.id, Comment.case_id, descending=False)
    of_incident = select(IncidentRevision).where(IncidentRevision.incident_id == "x")
    yield "revisions", of_incident, Order(IncidentRevision.revision, IncidentRevision.incident_id, descending=False)


def cursor_of(order: Order) -> Cursor:
    return ("x" if order.value.type.python_type is str else 5), ("x" if order.id.type.python_type is str else 5)


def statements() -> Iterator[tuple[str, Select[Any]]]:
    for name, statement, order in lists():
        yield name, statement_of(statement, order, None, 50)
        yield f"{name} after", statement_of(statement, order, cursor_of(order), 50)
    due = select(Outgoing).where(Outgoing.state == "pending", is_time(5)).order_by(Outgoing.due_at, Outgoing.id).limit(5)
    yield "outbox", due
    yield "decided events", select(DecidedEvent).where(DecidedEvent.event_id == "x")
    old = select(DecidedEvent.event_id).where(DecidedEvent.decided_at < 5).order_by(DecidedEvent.decided_at).limit(5)
    yield "decided events that are old", old
    its = (AlertRow.is_loose, AlertRow.ring == "x", AlertRow.time.between(1, 2))
    yield "loose alerts of a ring", select(AlertRow.id).where(*its)
    day = select(func.count(), func.sum(AlertRow.amount)).where(AlertRow.time >= 1, AlertRow.time < 2)
    yield "alerts by day", day.group_by(AlertRow.time)
    yield "cases whose claims have ended", select(CaseRow.id).where(CaseRow.status == "claimed", CaseRow.claimed_until <= 5)


def plan(session: Session, statement: Select[Any]) -> str:
    dialect: Any = sqlite.dialect() if session.get_bind().dialect.name == "sqlite" else postgresql.dialect()
    written = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    explain = "EXPLAIN QUERY PLAN" if dialect.name == "sqlite" else "EXPLAIN"
    rows = session.connection().exec_driver_sql(
        f"{explain} {written}".replace("%", "%%") if dialect.name != "sqlite" else f"{explain} {written}"
    )
    return "\n".join(str(row[-1]) for row in rows)


def problems_of_sqlite(plan: str) -> list[str]:
    lines = plan.splitlines()
    return [line for line in lines if "TEMP B-TREE" in line or (line.startswith("SCAN") and "USING" not in line)]


def problems_of_postgresql(plan: str) -> list[str]:
    return [line for line in plan.splitlines() if "Sort" in line or "Seq Scan" in line]


def test_every_list_has_an_index(store: Store) -> None:
    """PostgreSQL is asked for plans that neither read whole tables nor sort; where there is none it shows."""
    problems_of: Callable[[str], list[str]] = problems_of_sqlite if store.is_sqlite else problems_of_postgresql
    found = {}
    with store.read() as session:
        if not store.is_sqlite:
            for setting in (
                "enable_seqscan",
                "enable_sort",
                "enable_incremental_sort",
                "enable_bitmapscan",
                "enable_hashjoin",
                "enable_mergejoin",
            ):
                session.execute(text(f"SET LOCAL {setting} = off"))
        for name, statement in statements():
            if wrong := problems_of(plan(session, statement)):
                found[name] = wrong
    assert not found


def test_a_list_without_an_index_would_show(store: Store) -> None:
    bad = [
        select(IncidentRow).order_by(IncidentRow.headline).limit(5),
        select(AlertRow).where(AlertRow.severity == "high").limit(5),
        select(CaseRow).where(CaseRow.in_queue.is_(True)).order_by(CaseRow.money).limit(5),
    ]
    problems_of: Callable[[str], list[str]] = problems_of_sqlite if store.is_sqlite else problems_of_postgresql
    with store.read() as session:
        assert all(problems_of(plan(session, statement)) for statement in bad)


def walk(read: Callable[[Cursor | None, int], Page[Any]], limit: int) -> list[Any]:
    rows, cursor = [], None
    while True:
        page = read(cursor, limit)
        assert len(page.rows) <= limit
        rows += page.rows
        if (cursor := page.after) is None:
            return rows


@pytest.fixture
def full(store: Store) -> Store:
    """30 incidents; equal values are frequent."""
    chance = random.Random(5)
    with store.begin() as session:
        for number in range(30):
            severity = chance.choice(["low", "medium", "high", "critical"])
            money = {"EUR": chance.choice([5.0, 7.5])}
            put_incident(
                session,
                number,
                chance.randint(1, 3),
                NOW + number % 4,
                severity=severity,
                money_at_risk=money,
                status=chance.choice(["opened", "closed"]),
            )
    with store.begin() as session:
        for row in session.scalars(select(CaseRow).order_by(CaseRow.id)).all()[::3]:
            claim(session, row.id, by=chance.choice(["anna", "bob"]), now=NOW, settings=SETTINGS)
    return store


def test_pages_of_incidents_are_the_list(full: Store) -> None:
    keys = dict(zip(INCIDENT_SORTS, ("updated_at", "opened_at", "money", "severity_rank", "score_max", "alerts"), strict=True))
    with full.read() as session:
        rows = session.scalars(select(IncidentRow)).all()
        for (sort, key), wanted in itertools.product(
            keys.items(), (IncidentFilter(), IncidentFilter(severity_rank=2), IncidentFilter(status="closed"))
        ):
            its = [row for row in rows if wanted.severity_rank in (None, row.severity_rank) and wanted.status in (None, row.status)]
            expected = [row.id for row in sorted(its, key=lambda row: (getattr(row, key), row.id), reverse=True)]
            assert [row.id for row in walk(lambda cursor, limit: incidents(session, wanted, sort, cursor, limit), 7)] == expected  # noqa: B023


def test_pages_of_cases_are_the_list_and_the_count_agrees(full: Store) -> None:
    keys = {"priority": ("priority", True), "due": ("due_at", False), "updated": ("updated_at", True)}
    with full.read() as session:
        rows = session.scalars(select(CaseRow)).all()
        for (sort, (key, descending)), state, owner in itertools.product(keys.items(), STATES, (None, "anna")):
            wanted = CaseFilter(state, owner)
            its = [row for row in rows if state in ("all", row.status) or (state == "queue" and row.in_queue)]
            its = [row for row in its if owner in (None, row.owner)]
            expected = [row.id for row in sorted(its, key=lambda row: (getattr(row, key), row.id), reverse=descending)]
            got = walk(lambda cursor, limit: cases(session, wanted, sort, cursor, limit), 4)  # noqa: B023
            assert [item.case.id for item in got] == expected
            assert all(item.incident.id == item.case.incident_id for item in got)
            assert count_cases(session, wanted) == len(expected)
        assert count_cases(session, CaseFilter(due_before=NOW)) == 0


def test_pages_of_alerts_are_the_list(full: Store) -> None:
    with full.read() as session:
        rows = session.scalars(select(AlertRow)).all()
        some = rows[0]
        for wanted in (
            AlertFilter(),
            AlertFilter(incident=some.incident_id),
            AlertFilter(entity=f"account:{some.account}"),
            AlertFilter(time_from=some.time),
        ):
            its = [row for row in rows if wanted.incident in (None, row.incident_id) and row.time >= (wanted.time_from or 0)]
            its = [row for row in its if wanted.entity is None or row.account == some.account]
            expected = [row.id for row in sorted(its, key=lambda row: (row.time, row.id), reverse=True)]
            assert expected
            assert [row.id for row in walk(lambda cursor, limit: alerts(session, wanted, cursor, limit), 5)] == expected  # noqa: B023


def test_one_incident_with_its_parts(full: Store) -> None:
    with full.begin() as session:
        take_incident(session, revision_document(3, revision=2, status="closed", merged_into="000000000000000a"), NOW, SETTINGS)
    with full.read() as session:
        row = incident(session, f"inc-{3:016x}")
        assert row.document["revision"] == 2
        assert [one.revision for one in walk(lambda cursor, limit: revisions(session, row.id, cursor, limit), 1)] == [1, 2]
        assert revision(session, row.id, 1).document["status"] in ("opened", "closed")
        assert goes_on_as(session, row) == f"inc-{10:016x}"
        names = [one.entity.partition(":")[0] for one in entities_of(session, row.id)]
        assert names[0] == "device"
        assert [
            item.incident.id
            for item in walk(
                lambda cursor, limit: incidents_of_entity(session, "device:" + entities_of(session, row.id)[0].entity[7:], cursor, limit), 9
            )
        ] == [f"inc-{number:016x}" for number in sorted(range(30), reverse=True, key=lambda number: (1000 * number, number))]
        its = case_of(session, f"inc-{10:016x}")
        assert its is None or case(session, its.id).incident.document


def test_what_is_not_there_and_what_cannot_be(store: Store) -> None:
    with store.read() as session:
        for missing in (lambda: incident(session, "x"), lambda: revision(session, "x", 1), lambda: case(session, "x")):
            with pytest.raises(NotFound):
                missing()
        for wrong in (
            lambda: incidents(session, sort="name"),
            lambda: cases(session, sort="name"),
            lambda: cases(session, CaseFilter("gone")),
            lambda: incidents(session, limit=0),
            lambda: incidents(session, limit=1001),
        ):
            with pytest.raises(Invalid):
                wrong()


def test_incidents_by_case_and_text_are_those_of_the_list(full: Store) -> None:
    with full.read() as session:
        rows = session.execute(select(IncidentRow, CaseRow).outerjoin(CaseRow, CaseRow.incident_id == IncidentRow.id)).all()
        for wanted in (
            IncidentFilter(owner="anna"), IncidentFilter(case="claimed"), IncidentFilter(case="open"), IncidentFilter(text="ACCOUNTS 1"),
            IncidentFilter(text="accounts 2", case="claimed", owner="bob"), IncidentFilter(text="%"),
        ):  # fmt: skip
            expected = [
                row.id
                for row, its in sorted(rows, key=lambda pair: (pair[0].updated_at, pair[0].id), reverse=True)
                if wanted.owner in (None, its and its.owner)
                and wanted.case in (None, its and its.status)
                and (wanted.text or "").lower() in row.headline.lower()
            ]
            assert [row.id for row in walk(lambda cursor, limit: incidents(session, wanted, "updated", cursor, limit), 4)] == expected  # noqa: B023
