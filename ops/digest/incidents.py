"""Incidents of a day: new, grown, ended; the largest; what summaries took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from domain.summaries.summary import COST_DIGITS
from ops.cases.ingest.holders import parts
from ops.cases.tables import CaseRow, IncidentRevision, IncidentRow
from ops.digest.day import Day
from ops.digest.figures import Incidents, Large, Llm
from ops.terminal.shown_values import mapping, number_of, plain

LARGEST = 5
_HEADLINE, _WORD = 200, 60
NO_PATTERN = "unclear"


def incidents_of(session: Session, day: Day, largest: int = LARGEST) -> Incidents:
    """Return the incidents of a day. One that was merged into another is that one's growth."""
    new = dict(session.execute(select(IncidentRow.id, IncidentRow.pattern).where(*_within(IncidentRow.opened_at, day), _whole())).all())
    grown = _grown(session, day)
    ended = select(func.count()).select_from(IncidentRow).where(*_within(IncidentRow.closed_at, day), _whole())
    patterns = Counter(plain(pattern or NO_PATTERN, _WORD) for pattern in new.values())
    ordered = dict(sorted(patterns.items(), key=lambda one: (-one[1], one[0])))
    return Incidents(len(new), len(grown), session.scalar(ended) or 0, ordered, _largest(session, {*new, *grown}, largest))


def llm_of(session: Session, day: Day) -> Llm:
    """Return what the summaries of the day's revisions took."""
    documents = session.scalars(select(IncidentRevision.document).where(*_within(IncidentRevision.at, day)))
    writers = [mapping(document.get("writer")) for document in documents.yield_per(1_000)]
    tokens = _total(writers, "input_tokens") + _total(writers, "output_tokens")
    cost = round(_total(writers, "cost"), COST_DIGITS)
    by_model = sum(writer.get("name") == "llm" for writer in writers)
    return Llm(len(writers), by_model, round(_total(writers, "calls")), round(tokens), cost)


def _grown(session: Session, day: Day) -> set[str]:
    """Return the incidents from before the day of which a revision of the day has more alerts than before."""
    last = _last_revisions(day).subquery()
    joined = (IncidentRevision.incident_id == last.c.id) & IncidentRevision.revision.in_((last.c.before, last.c.now))
    asked = select(last.c.id, last.c.before, IncidentRevision.revision, IncidentRevision.document).join(IncidentRevision, joined)
    then, before = dict[str, int](), dict[str, int]()
    for id_, number, revision, document in session.execute(asked.execution_options(yield_per=1_000)):
        (before if revision == number else then)[id_] = _alerts(document)
    return {id_ for id_, alerts in then.items() if id_ not in before or alerts > before[id_]}


def _last_revisions(day: Day) -> Select[str, Any, int]:
    """Return the incidents from before the day with a revision of it: their last before it, and of it."""
    number, at = IncidentRevision.revision, IncidentRevision.at
    of_day = select(IncidentRevision.incident_id).where(*_within(at, day))
    last = (func.max(case((at < day.start, number))).label("before"), func.max(number).label("now"))
    return (
        select(IncidentRevision.incident_id.label("id"), *last)
        .join(IncidentRow, IncidentRow.id == IncidentRevision.incident_id)
        .where(at < day.before, IncidentRow.opened_at < day.start, _whole(), IncidentRevision.incident_id.in_(of_day))
        .group_by(IncidentRevision.incident_id)
    )


def _largest(session: Session, ids: Iterable[str], most: int) -> list[Large]:
    found: list[tuple[IncidentRow, str | None]] = []
    for part in parts(sorted(ids)):
        asked = select(IncidentRow, CaseRow.verdict).outerjoin(CaseRow, CaseRow.incident_id == IncidentRow.id)
        ordered = asked.where(IncidentRow.id.in_(part)).order_by(IncidentRow.money.desc(), IncidentRow.alerts.desc(), IncidentRow.id)
        found += [(row, verdict) for row, verdict in session.execute(ordered.limit(most))]
    found.sort(key=lambda one: (-one[0].money, -one[0].alerts, one[0].id))
    return [_large(row, verdict or "") for row, verdict in found[:most]]


def _large(row: IncidentRow, verdict: str) -> Large:
    amounts = ((plain(code, 8), number_of(amount)) for code, amount in mapping(row.document.get("money_at_risk")).items())
    money = sorted(((code, amount) for code, amount in amounts if amount is not None), key=lambda one: (-one[1], one[0]))
    return Large(
        id=row.id,
        headline=plain(row.headline or "An incident without a headline yet", _HEADLINE),
        kind=plain(row.kind, _WORD),
        severity=row.severity,
        action=plain(row.action, _WORD),
        pattern=plain(row.pattern or NO_PATTERN, _WORD),
        money=dict(money),
        alerts=row.alerts,
        accounts=row.accounts,
        status=plain(row.status, _WORD),
        verdict=verdict,
    )


def _within(column: Any, day: Day) -> tuple[ColumnElement[bool], ...]:
    return (column >= day.start, column < day.before)


def _whole() -> ColumnElement[bool]:
    return IncidentRow.merged_into.is_(None)


def _alerts(document: Mapping[str, Any]) -> int:
    found = document.get("alerts")
    return found if isinstance(found, int) else 0


def _total(writers: Iterable[Mapping[str, Any]], name: str) -> float:
    return sum(number_of(writer.get(name)) or 0.0 for writer in writers)
