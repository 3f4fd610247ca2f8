"""A question of the closed query language: measure x filter x group x time, checked, then run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session

from domain.decisions.alert import SEVERITIES
from domain.decisions.decision import DECISIONS
from domain.incidents.money import from_units, to_units
from domain.times import rfc3339
from ops.assistant.addresses import alerts_address
from ops.assistant.arguments import known_only, text_of, texts_of, whole_of
from ops.assistant.measures import DAY, MEASURES, Measure
from ops.assistant.proposal import VERDICT_WORDS
from ops.assistant.result import Column, Kind, Result, Row, Value
from ops.assistant.window import USUAL, Window, window_of
from ops.cases.errors import Invalid, NotFound
from ops.cases.first_event import first_event
from ops.cases.tables import AlertRow, IncidentRow

TOOL = "count"
MOST_GROUPS = 400
"""Most rows of an answer: as many as a time may have days."""
_USUAL_GROUPS = 100
CLOSED = frozenset((*DECISIONS, *SEVERITIES, *VERDICT_WORDS))
"""Values of traits that are known whether or not anything has them."""
_MOST_BY = 2
_NAMES = ("measure", "by", "where", "window", "most")


@dataclass(frozen=True)
class Query:
    """What is counted."""

    name: str
    measure: Measure
    by: tuple[str, ...]
    where: Mapping[str, str]
    window: Window
    most: int = _USUAL_GROUPS

    @property
    def asked(self) -> dict[str, Any]:
        """Return it as arguments of the tool."""
        window = f"{self.window.first}..{self.window.last}"
        return {"measure": self.name, "by": list(self.by), "where": dict(self.where), "window": window, "most": self.most}

    @property
    def title(self) -> str:
        """Return what the answer is headed with."""
        where = "".join(f", {name.replace('_', ' ')} {value}" for name, value in self.where.items())
        by = f" by {' and '.join(name.replace('_', ' ') for name in self.by)}" if self.by else ""
        return f"{self.measure.words[0].upper()}{self.measure.words[1:]}{where}{by}, {self.window.words}"


def query_of(arguments: Mapping[str, Any], now: int) -> Query:
    """Return the query of a tool's arguments. Raises `Invalid`, which names the words that there are."""
    known_only(arguments, _NAMES)
    name = text_of(arguments, "measure", MEASURES)
    measure = MEASURES[name]
    traits = (DAY, *measure.subject.traits)
    by = texts_of(arguments, "by", traits, _MOST_BY)
    where = arguments.get("where") or {}
    if not isinstance(where, Mapping):
        raise Invalid("where", 'write an object, as {"decision": "block"}')
    known_only(where, tuple(measure.subject.traits), "where")
    if not all(isinstance(value, str) and len(value) <= 100 for value in where.values()):
        raise Invalid("where", "each value is a text of at most 100 characters")
    window = window_of(text_of(arguments, "window", default=USUAL), now)
    by = (*by, *(trait for trait in measure.always_by if trait not in by))
    return Query(name, measure, by, dict(where), window, whole_of(arguments, "most", _USUAL_GROUPS, MOST_GROUPS))


def counted(session: Session, query: Query) -> Result:
    """Return the answer: a row a group, by day in its order, else the largest first.

    Raises `NotFound` for a trait that nothing has, as the answer's heading would only repeat who asks, and
    for a time from before the first event of the store.
    """
    found = session.execute(_statement(query).limit(query.most + 1)).all()
    if not any(row[-1] for row in found):
        _check_begin(session, query)
        _check_traits(session, query)
    columns = (*(Column(name, "day" if name == DAY else "text") for name in query.by), Column(query.name, query.measure.kind))
    rows = [
        Row((*row[:-1], _exact(row[-1], query.measure.kind)), _address(query, row)) for row in found[: query.most] if row[-1] is not None
    ]
    return Result(TOOL, query.asked, query.title, columns, rows, len(found) > query.most)


def _check_begin(session: Session, query: Query) -> None:
    """Raise `NotFound` for a time of events before the store's first: nobody has counted these."""
    is_of_events = query.measure.subject.table in (AlertRow, IncidentRow)
    first = first_event(session) if is_of_events else None
    if first is not None and first >= query.window.before_ms:
        raise NotFound(f"the store begins on {rfc3339(first)[:10]}")


def _check_traits(session: Session, query: Query) -> None:
    subject = query.measure.subject
    assert subject.table is not None
    for name, value in query.where.items():
        has_it = select(literal(1)).select_from(subject.table).where(subject.trait(name) == value).limit(1)
        if value not in CLOSED and session.scalar(has_it) is None:
            raise NotFound(f"nothing that is kept has this {name.replace('_', ' ')}")


def _statement(query: Query) -> Select[Any]:
    subject, measure = query.measure.subject, query.measure
    assert subject.table is not None and subject.time is not None
    groups = [subject.trait(name) for name in query.by]
    value = func.coalesce(measure.value, 0) if measure.kind == "count" else measure.value
    statement: Select[Any] = select(*groups, value).select_from(subject.table).where(
        subject.time >= query.window.start_ms, subject.time < query.window.before_ms, *subject.only,
        *(subject.trait(name) == wanted for name, wanted in query.where.items()),
    )  # fmt: skip
    if not groups:
        return statement
    statement = statement.group_by(*groups)
    if DAY in query.by:
        return statement.order_by(*groups)
    return statement.order_by(value.desc(), *groups)


def _exact(value: Value, kind: Kind) -> Value:
    """Return a sum of money without what the addition of floats left; counts are whole."""
    if kind == "money" and value is not None:
        return from_units(to_units(float(value)))
    return int(value) if kind == "count" and value is not None else value


def _address(query: Query, row: Sequence[Any]) -> str:
    """Return the page that lists what a row counts, of all times; empty where none does."""
    if query.measure.subject.table is not AlertRow:
        return ""
    given = {**query.where, **dict(zip(query.by, row, strict=False))}
    return alerts_address({"decision": given.get("decision"), "severity": given.get("severity"), "type": given.get("event_type")})
