"""What the lake's tables hold: columns, and the rows that a document of a stream becomes.

A column is never renamed and never changes its kind: tables that are there keep both. A new column is added
at the end; rows from before it are null there. What a document has beside the columns is in `extra`, as JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.lake.columns import COUNT, FEATURE, FLAG, JSON, MOMENTS, NUMBER, PAIRS, TEXT, Column
from ops.lake.table_names import ALERTS, CONTROL, DECISIONS, EVENTS, FEATURES, INCIDENTS, LABELS, SUMMARIES, VERDICTS

Document = dict[str, Any]
Shape = Callable[[Document], Document | None]
"""Makes the fields of a row of a document, None for a document that is no row of this table. Raises
KeyError, TypeError or AttributeError for one that is not what its stream should hold."""


@dataclass(frozen=True)
class Table:
    """A table: its columns but for `day` and `extra`, which each has, and how documents become its rows."""

    name: str
    columns: Sequence[Column]
    shape: Shape
    time: str
    """The column of event time: its day, in UTC, is the partition."""


def _columns(**kinds: Any) -> tuple[Column, ...]:
    return tuple(Column(name, kind) for name, kind in kinds.items())


_DECISION = _columns(
    event_id=TEXT, event_time=MOMENTS, event_type=TEXT, decision=TEXT, score=NUMBER, reasons=JSON, ring=TEXT, account=TEXT,
    entities=PAIRS, amount=NUMBER, currency=TEXT, model=TEXT, policy=TEXT, decided_at=MOMENTS, rules=JSON, lists=JSON, control=COUNT,
    shadow=JSON, switches=JSON,
)  # fmt: skip
_DRAWN = _columns(explored=NUMBER)
_ALERT = (*_DECISION, *_columns(joins=JSON, severity=TEXT), *_DRAWN)
_INCIDENT = _columns(
    id=TEXT, revision=COUNT, status=TEXT, kind=TEXT, ring=TEXT, severity=TEXT, action=TEXT, pattern=TEXT, first_time=MOMENTS,
    last_time=MOMENTS, told_at=MOMENTS, alerts=COUNT, money_at_risk=JSON, merged_into=TEXT, rings=JSON, participants=JSON,
    event_ids=JSON, evidence=JSON, headline=TEXT,
)  # fmt: skip
_SUMMARY = _columns(
    id=TEXT, revision=COUNT, told_at=MOMENTS, headline=TEXT, explanation=TEXT, pattern=TEXT, next_steps=JSON, language=TEXT,
    parts=JSON, writer=TEXT, model=TEXT, fallback_reason=TEXT, calls=COUNT, input_tokens=COUNT, output_tokens=COUNT, cost=NUMBER,
)  # fmt: skip
_SUMMARY_FIELDS = ("id", "revision", "told_at", "headline", "explanation", "pattern", "next_steps", "language", "parts")
_WRITER_FIELDS = ("model", "fallback_reason", "calls", "input_tokens", "output_tokens", "cost")
_LABEL = _columns(
    event_id=TEXT, event_time=MOMENTS, subject_event_id=TEXT, is_fraud=FLAG, source=TEXT, account=TEXT, pseudonyms=PAIRS,
    account_created_at=MOMENTS,
)  # fmt: skip
_VERDICT = _columns(
    event_id=TEXT, event_time=MOMENTS, subject_event_id=TEXT, is_fraud=FLAG, account=TEXT, incident=TEXT, by=TEXT, reason=TEXT,
)  # fmt: skip
_CONTROL = _columns(
    control=TEXT, id=TEXT, version=COUNT, state=TEXT, applied=COUNT, at=MOMENTS, first_event=JSON, record=JSON, file=JSON, model=TEXT,
)  # fmt: skip
_EVENT = _columns(
    event_id=TEXT, event_time=MOMENTS, event_type=TEXT, account=TEXT, pseudonyms=PAIRS, amount=NUMBER, currency=TEXT,
    account_created_at=MOMENTS, attributes=JSON, derived=JSON, decision=TEXT, score=NUMBER, explored=NUMBER,
)  # fmt: skip
_FEATURE = _columns(
    event_id=TEXT, event_time=MOMENTS, event_type=TEXT, account=TEXT, pseudonyms=PAIRS, amount=NUMBER, currency=TEXT, attributes=JSON,
    derived=JSON, decision=TEXT,
)  # fmt: skip
"""What rules ask of an event beside its features: a trial reads this one table."""


def tables(feature_names: Sequence[str] = ()) -> Mapping[str, Table]:
    """Return the tables by name; `feature_names` are those of a row of features, in its order."""
    found = (
        Table(DECISIONS, (*_DECISION, *_DRAWN), _decision, "event_time"),
        Table(ALERTS, _ALERT, _decision, "event_time"),
        Table(INCIDENTS, _INCIDENT, _incident, "told_at"),
        Table(SUMMARIES, _SUMMARY, _summary, "told_at"),
        Table(LABELS, _LABEL, _label, "event_time"),
        Table(VERDICTS, _VERDICT, _verdict, "event_time"),
        Table(CONTROL, _CONTROL, dict, "at"),
        Table(EVENTS, _EVENT, _event, "event_time"),
        _features(feature_names),
    )
    return {table.name: table for table in found}


def column_of(feature: str) -> str:
    """Return the column of a feature: `device__accounts_1h`, so that SQL need not quote it."""
    return feature.replace(".", "__")


def _decision(document: Document) -> Document:
    return {"account": _account(document["entities"]), **document}


def _account(entities: Any) -> Any:
    return entities.get("account") if isinstance(entities, dict) else None


def _incident(document: Document) -> Document | None:
    """Return an incident without its summary, which is a table of its own, but for the headline."""
    if "revision" not in document:  # a note that the analysts' hour was full
        return None
    left_out = {*_SUMMARY_FIELDS, "writer"} - {"id", "revision", "told_at", "headline", "pattern"}
    return {name: value for name, value in document.items() if name not in left_out}


def _summary(document: Document) -> Document | None:
    writer = document.get("writer")
    if "revision" not in document or not isinstance(writer, dict):
        return None
    found = {name: document.get(name) for name in _SUMMARY_FIELDS} | {name: writer.get(name) for name in _WRITER_FIELDS}
    return {**found, "writer": writer.get("name")}


def _label(document: Document) -> Document:
    attributes = document.pop("attributes", None)
    return {"account": _account(document["pseudonyms"]), **document, **({"attributes": attributes} if attributes else {})}


def _verdict(document: Document) -> Document | None:
    """Return the row of a label that a verdict has sent."""
    said = document.get("attributes")
    if document.get("source") != "verdict" or not isinstance(said, dict):
        return None
    row = {column.name: document.get(column.name) for column in _VERDICT}
    return row | {"account": _account(document["pseudonyms"]), **{name: said.get(name) for name in ("incident", "by", "reason")}}


def _event(document: Document) -> Document:
    event = document["event"]
    result = {name: document.get(name) for name in ("derived", "decision", "score", "explored")}
    return {"account": _account(event["pseudonyms"]), **event, **result}


def _features(names: Sequence[str]) -> Table:
    columns = [column_of(name) for name in names]

    def shape(document: Document) -> Document | None:
        row = document.get("features")
        if row is None:
            return None
        event = _event(document)
        kept = {column.name: event.get(column.name) for column in _FEATURE}
        if len(row) != len(columns):  # of a job with another graph: its columns have other names
            return {**kept, "features": row}
        return {**kept, **dict(zip(columns, row, strict=True))}

    return Table(FEATURES, (*_FEATURE, *(Column(name, FEATURE) for name in columns)), shape, "event_time")
