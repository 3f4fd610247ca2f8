"""A question of the closed query language over the lake: what its tables are to measures, and the SQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from domain.incidents.money import from_units, to_units
from domain.times import DAY_MS
from ops.assistant.lake import Lake, literal
from ops.assistant.measures import DAY
from ops.assistant.query import CLOSED, TOOL, Query
from ops.assistant.result import Column, Kind, Result, Row, Value
from ops.cases.errors import NotFound
from ops.lake.table_names import INCIDENTS

_OF_DAYS = """SELECT * FROM {table} WHERE day BETWEEN {first} AND {last}
  QUALIFY row_number() OVER (PARTITION BY event_id, coalesce(account, '') ORDER BY decided_at) = 1"""
"""Decisions or alerts: an event that was decided again is counted once, as it was decided first."""
_NEWEST = """SELECT * EXCLUDE (day), CAST(first_time AS DATE) AS day FROM {table} WHERE {table}.day >= {first}
  QUALIFY row_number() OVER (PARTITION BY id ORDER BY revision DESC) = 1"""
"""The newest revision of incidents, whose partition is the day on which it was told."""
_SQL = """WITH rows AS ({rows}), kept AS (SELECT CAST(min({time}) AS DATE) AS begins, CAST(max({time}) AS DATE) AS ends FROM {table}),
counted AS (SELECT {columns} FROM rows WHERE {where} GROUP BY ALL)
SELECT * FROM kept LEFT JOIN counted ON true ORDER BY {order}"""
"""The first and last day that the lake has, beside each group; once where there is no group."""
_EPOCH = date(1970, 1, 1)


def counted_in_lake(lake: Lake, query: Query, within_s: float) -> Result:
    """Return the answer of the lake. Raises `NotFound` where it has none of it, `Conflict`."""
    found = lake.rows(sql_of(query), query.most + 1, within_s)
    begins, ends = (found[0].get(name) if found else None for name in ("begins", "ends"))
    if begins is None or ends is None:
        raise NotFound(f"the lake has no {query.measure.subject.in_lake} yet: ringwatch archive fills it")
    first, last = str(query.window.first), str(query.window.last)
    if last < begins or first > ends:
        raise NotFound(f"the lake has {query.measure.subject.in_lake} from {begins} to {ends} only")
    if not set(query.where.values()) <= CLOSED and not any(float(row["value"] or 0) for row in found):
        raise NotFound("nothing in the lake has these traits in this time")
    part = f", which begins on {begins}" if first < begins else ""
    columns = (*(Column(name, "day" if name == DAY else "text") for name in query.by), Column(query.name, query.measure.kind))
    rows = [row for row in (_row(query, one) for one in found[: query.most]) if row.values[-1] is not None]
    return Result(TOOL, query.asked, f"{query.title}, in the lake{part}", columns, rows, len(found) > query.most)


def sql_of(query: Query) -> str:
    """Return the query as SQL."""
    table, names = query.measure.subject.in_lake, [f"g{place}" for place in range(len(query.by))]
    first, last = (f"DATE {literal(str(day))}" for day in (query.window.first, query.window.last))
    groups = [f"{trait} AS {name}" for trait, name in zip(query.by, names, strict=True)]
    where = [f"day BETWEEN {first} AND {last}", *(f"{name} = {literal(value)}" for name, value in query.where.items())]
    is_incident = table == INCIDENTS
    return _SQL.format(
        rows=(_NEWEST if is_incident else _OF_DAYS).format(table=table, first=first, last=last),
        time="first_time" if is_incident else DAY,
        table=table,
        columns=", ".join([*groups, f"{query.measure.in_lake} AS value"]),
        where=" AND ".join(where),
        order=", ".join(names if DAY in query.by else ["value DESC", *names]),
    )


def _row(query: Query, row: Mapping[str, Any]) -> Row:
    groups = [_day(row[f"g{place}"]) if name == DAY else row[f"g{place}"] for place, name in enumerate(query.by)]
    return Row((*groups, _value(row["value"], query.measure.kind)))


def _day(text: str | None) -> int | None:
    return None if text is None else (date.fromisoformat(text) - _EPOCH).days * DAY_MS


def _value(value: Any, kind: Kind) -> Value:
    """Return a figure: an exact sum is a text in JSON."""
    if value is None:
        return None
    if kind == "money":
        return from_units(to_units(float(value)))
    return int(value) if kind == "count" else float(value)
