"""Tools that read incidents and cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from domain.decisions.alert import SEVERITIES
from ops.assistant.addresses import incident_address
from ops.assistant.arguments import chosen, known_only, text_of, whole_of
from ops.assistant.result import MOST_ROWS, Column, Result, Row
from ops.assistant.window import window_of
from ops.cases.incidents import SORTS, IncidentFilter, incident, incidents
from ops.cases.queue import QUEUE, STATES, CaseFilter, case_of, cases
from ops.cases.queue import SORTS as CASE_SORTS
from ops.cases.similar import similar
from ops.cases.statistics import queue_numbers
from ops.cases.tables import IncidentRow

KINDS = ("ring", "unconnected", "wave")
_COLUMNS = (
    Column("incident", "id"), Column("headline", "text"), Column("kind", "text"), Column("severity", "text"), Column("pattern", "text"),
    Column("alerts", "count"), Column("accounts", "count"), Column("at risk", "money"), Column("highest score", "score"),
    Column("began", "moment"), Column("status", "text"),
)  # fmt: skip


def find_incidents(session: Session, arguments: Mapping[str, Any], now: int) -> Result:
    """Return incidents of some traits, sorted by one of them, the largest first."""
    known_only(arguments, ("kind", "severity", "pattern", "action", "window", "sort", "most"))
    severity = chosen(arguments, "severity", SEVERITIES)
    window = window_of(text_of(arguments, "window"), now) if arguments.get("window") is not None else None
    wanted = IncidentFilter(
        kind=chosen(arguments, "kind", KINDS),
        severity_rank=SEVERITIES.index(severity) if severity else None,
        action=text_of(arguments, "action") if arguments.get("action") is not None else None,
        pattern=text_of(arguments, "pattern") if arguments.get("pattern") is not None else None,
        opened_from=window.start_ms if window else None,
        opened_before=window.before_ms if window else None,
    )
    sort = text_of(arguments, "sort", SORTS, "updated")
    page = incidents(session, wanted, sort, limit=whole_of(arguments, "most", 10, MOST_ROWS))
    title = f"Incidents by {sort}{f', {window.words}' if window else ''}"
    return Result("find_incidents", arguments, title, _COLUMNS, _rows(page.rows), page.after is not None)


def one_incident(session: Session, arguments: Mapping[str, Any], now: int) -> Result:
    """Return one incident: its facts, its case, its summary's headline. Raises `NotFound`."""
    known_only(arguments, ("incident",))
    row = incident(session, text_of(arguments, "incident"))
    address, case = incident_address(row.id), case_of(session, row.id)
    facts = [("incident", row.id), ("headline", row.headline), ("kind", row.kind), ("severity", row.severity), ("action", row.action)]
    facts += [(f"fact {fact['name']}", fact["text"]) for fact in row.document["evidence"]["facts"]]
    if case is not None:
        facts += [("case", case.status), ("owner", case.owner), ("verdict", case.verdict)]
    columns = (Column("what", "text"), Column("value", "text"))
    return Result("incident", arguments, f"Incident {row.id}", columns, [Row(fact, address) for fact in facts])


def similar_incidents(session: Session, arguments: Mapping[str, Any], now: int) -> Result:
    """Return incidents like one, with what their cases turned out to be. Raises `NotFound`."""
    known_only(arguments, ("incident",))
    incident_id = text_of(arguments, "incident")
    found = similar(session, incident_id)
    columns = (
        Column("incident", "id"), Column("headline", "text"), Column("shared entities", "count"), Column("likeness", "score"),
        Column("verdict", "text"),
    )  # fmt: skip
    rows = [
        Row((one.incident.id, one.incident.headline, len(one.shared), one.likeness, one.verdict), incident_address(one.incident.id))
        for one in found
    ]
    return Result("similar_incidents", arguments, f"Incidents like {incident_id}", columns, rows)


def find_cases(session: Session, arguments: Mapping[str, Any], now: int) -> Result:
    """Return cases of a state, by priority, due time or last change; `late`: those that are overdue."""
    known_only(arguments, ("state", "owner", "severity", "late", "sort", "most"))
    severity = chosen(arguments, "severity", SEVERITIES)
    wanted = CaseFilter(
        state=text_of(arguments, "state", STATES, QUEUE),
        owner=text_of(arguments, "owner") if arguments.get("owner") is not None else None,
        severity_rank=SEVERITIES.index(severity) if severity else None,
        due_before=now if arguments.get("late") is True else None,
    )
    sort = text_of(arguments, "sort", CASE_SORTS, "due" if wanted.due_before else "priority")
    page = cases(session, wanted, sort, limit=whole_of(arguments, "most", 10, MOST_ROWS))
    columns = (
        Column("case", "id"), Column("headline", "text"), Column("status", "text"), Column("severity", "text"), Column("owner", "text"),
        Column("due", "moment"), Column("at risk", "money"), Column("currency", "text"), Column("verdict", "text"),
    )  # fmt: skip
    rows = [
        Row(
            (case.id, its.headline, case.status, its.severity, case.owner, case.due_at, case.money, case.currency, case.verdict),
            incident_address(its.id),
        )
        for case, its in page.rows
    ]
    return Result("find_cases", arguments, f"Cases by {sort}", columns, rows, page.after is not None)


def queue_now(session: Session, arguments: Mapping[str, Any], now: int) -> Result:
    """Return the queue in numbers."""
    known_only(arguments, ())
    its = queue_numbers(session, now)
    numbers = {"open": its.open, "claimed": its.claimed, "late": its.overdue, **{f"severity {w}": n for w, n in its.by_severity.items()}}
    columns = (Column("what", "text"), Column("cases", "count"))
    return Result("queue", arguments, "The queue now", columns, [Row(one, "/") for one in numbers.items()])


def _rows(found: Iterable[IncidentRow]) -> Sequence[Row]:
    return [
        Row(
            (one.id, one.headline, one.kind, one.severity, one.pattern, one.alerts, one.accounts, one.money, one.score_max, one.opened_at,
             one.status),
            incident_address(one.id),
        )
        for one in found
    ]  # fmt: skip
