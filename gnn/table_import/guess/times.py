"""Which column of a sample says when."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from domain.times import DAY_S, now_ms
from gnn.table_import.guess.clocks import clock, dates_joined, parts_joined, slashed, time_of_day
from gnn.table_import.guess.sample import Column, Sample
from gnn.table_import.guess.yaml_lines import scalar, with_comment
from gnn.table_import.mapping import TimeColumn
from gnn.table_import.values.time_hints import fault, only_format, time_mend
from gnn.table_import.values.time_readings import MOST, readings

_UNITS = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
_FROM = 6.3e8
"""Seconds from 1970 to the end of 1989."""
_SURE = re.compile(r"trans|tx|event|purchase|order|payment")
_OTHER = re.compile(r"birth|dob|signup|created|creation|registr|label|report|updated|modified|expir|open|since|chargeback|dispute|fraud")
_CREATED = re.compile(r"(date|time)?(created|creation)(at|on|date|time|timestamp)*(utc|gmt)?")
"""Names of the time at which the row itself was written."""
_NAMED = re.compile(r"time|date|datum|fecha|data$|day$|created|when|epoch|month$|week$|step$|period|hour")
_COUNTED = re.compile(r"step$|day$|hour$|week$|month$|period|^time$|seconds$|elapsed")
_CLOCK = re.compile(r"time$|hour|uhrzeit|^hora$|clock|hhmm")


@dataclass(frozen=True)
class GuessedTime:
    """The lines of the mapping, and the columns that they use, none if no time was found."""

    lines: Sequence[str]
    columns: tuple[str, ...] = ()
    doubted: tuple[str, ...] = ()
    """Columns that may be a time, and so are no inputs."""


def guessed_time(sample: Sample) -> GuessedTime:
    """Return the surest time of a sample; comments that ask where there is none."""
    whole = [column for column in sample.columns if _section(column) is not None]
    best = _best([c for c in whole if not _OTHER.search(c.name.lower())]) or _best([c for c in whole if _CREATED.fullmatch(c.key)])
    joined = parts_joined(sample) if best is None else dates_joined(sample, best)
    found = joined or (clock(sample) if best is None else None)
    if found is not None:
        return GuessedTime(*found, _hints(sample)[1])
    if best is None:
        lines, names = _hints(sample)
        return GuessedTime(["# event_time: not recognised; name the column of the time", *lines], doubted=names)
    others = ", ".join(c.name for c in whole if c is not best and not _OTHER.search(c.name.lower()))
    said = f"such as {best.values[0]}" + (f"; times as well: {others}" if others else "") + "; in UTC, unless you add time_zone"
    if not any(":" in value for value in best.values) and best.kind in ("time", "slashed"):
        said += _of_days(sample, best)
    if _OTHER.search(best.name.lower()):
        said += "; when the row was written, which must be the event"
    return GuessedTime([with_comment(f"event_time: {_section(best)}", said)], (best.name,), _hints(sample)[1])


def _of_days(sample: Sample, best: Column) -> str:
    """Return that a time holds days alone, and which columns may hold the time of day."""
    clocks = [c.name for c in sample.columns if c is not best and (_CLOCK.search(c.key) or time_of_day(c) is not None) and c.kind != "time"]
    return "; days alone" + (f": join the time of day, which may be in {', '.join(clocks)}" if clocks else "")


def _best(columns: Sequence[Column]) -> Column | None:
    return max(columns, key=lambda c: (bool(_SURE.search(c.name.lower())), c.kind == "time", ":" in c.values[0]), default=None)


def _hints(sample: Sample) -> tuple[list[str], tuple[str, ...]]:
    """Return a comment for each column that may be the time, with the keys that it needs, and their names."""
    lines, names = [], []
    for column in sample.columns:
        if column.values and column.distinct > 1 and (said := _hint(column)) is not None:
            value, hint = said
            lines.append(f"#   column {column.name!r}, such as {value[:40]!r}: {hint}")
            names.append(column.name)
    counts = {column.key: column for column in sample.columns if column.kind == "integer"}
    if {"day", "hour"} <= counts.keys():
        day, hour = scalar(counts["day"].name), scalar(counts["hour"].name)
        lines.append(f"#   days with their hours are event_time: {{day_column: {day}, hour_column: {hour}, origin: 2024-01-01}}")
    return lines[:10], tuple(names)


def _hint(column: Column) -> tuple[str, str] | None:
    """Return the value at fault and what a mapping must say of it; None if the column is no time."""
    first, key = column.values[0], TimeColumn((column.name,), key="event_time")
    if column.kind == "slashed":
        return _of_slashed(column)
    if column.kind == "time":
        return first, "its name says that it is another time than the event's; name it if it is not"
    if _NAMED.search(column.key) is None or column.kind in ("email", "ip", "money") or re.search(r"weekday|dayofweek|^dow$", column.key):
        return None
    if (rounded := next((value for value in column.values if re.search(r"\d[eE][+-]?\d", value)), None)) is not None:
        return rounded, "a spreadsheet has rounded it; export it as text"
    if column.kind in ("integer", "number"):
        highest = max(column.numbers)
        counted = (_COUNTED.search(column.key) and highest < 30_000) or highest < 20_000
        if counted or not readings(column.values[:MOST], key):
            return first, _of_count(column)
    value = first if column.kind in ("integer", "number") else fault(column.values, key)
    hint = time_mend(value, key, column.values)
    return (value, hint) if re.search(r"\d", "".join(column.values[:20])) else None


def _of_slashed(column: Column) -> tuple[str, str]:
    """Return a value and the mend of dates whose days and months cannot be told apart."""
    parts = [tuple(map(int, re.findall(r"\d+", value)[:2])) for value in column.values]
    if any(first > 12 for first, _ in parts) and any(second > 12 for _, second in parts):
        odd = next(value for value, (first, _) in zip(column.values, parts, strict=True) if first > 12)
        return odd, "some dates have the day first and some the month; mend them"
    ambiguous = next((v for v, (first, second) in zip(column.values, parts, strict=True) if first <= 12 and second <= 12), column.values[0])
    return ambiguous, time_mend(ambiguous, TimeColumn((column.name,), key="event_time"), column.values)


def _of_count(column: Column) -> str:
    low, high = min(column.numbers), max(column.numbers)
    said = f"counts from a day of its own, here {low:g} to {high:g}; write {{column: {scalar(column.name)}, unit: U, origin: 2024-01-01}}"
    unit = "with a day for each, as months have no fixed length (U: d)" if "month" in column.key else "with U as s, min, h or d"
    return f"{said}, {unit}, and any day as the origin"


def _section(column: Column) -> str | None:
    """Return the value of event_time for a column of times, None if it is none."""
    name = scalar(column.name)
    if column.kind == "time":
        return name
    if column.kind == "slashed":
        layout = slashed(column.values)
        return None if layout is None else f'{{column: {name}, format: "{layout}"}}'
    if column.kind == "text" and _NAMED.search(column.key) and re.search(r"\d", column.values[0]):
        layout = only_format(column.values, TimeColumn((column.name,), key="event_time"))
        return None if layout is None else f'{{column: {name}, format: "{layout}"}}'
    if column.kind == "integer" and re.search(r"time|date|ts$|epoch|unix|created", column.key):
        for unit, factor in _UNITS.items():
            if all(_FROM <= number / factor <= now_ms() / 1000 + DAY_S for number in column.numbers):
                return f"{{column: {name}, unit: {unit}}}"
    return None
