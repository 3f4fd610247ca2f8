"""Which column of a sample says when."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gnn.table_import.sample import Column, Sample
from gnn.table_import.yaml_lines import listed, scalar, with_comment

_UNITS = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
_FROM, _TO = 6.3e8, 2.2e9
"""Seconds since 1970: 1989 and 2039."""
_SURE = re.compile(r"trans|tx|event|purchase|order|payment")
_OTHER = re.compile(r"birth|dob|signup|created|registr|label|report|updated|expir|open|since")
_CLOCKS = {"transactiondt": ("s", "seconds, as in IEEE-CIS"), "step": ("h", "hours, as in PaySim")}
"""Names that only say how much later; the unit is that of the set that uses the name."""


@dataclass(frozen=True)
class GuessedTime:
    """The lines of the mapping, and the columns that they use, none if no time was found."""

    lines: Sequence[str]
    columns: tuple[str, ...] = ()


def guessed_time(sample: Sample) -> GuessedTime:
    """Return the surest time of a sample."""
    whole = [column for column in sample.columns if _section(column) is not None and not _OTHER.search(column.name.lower())]
    if whole:
        best = max(whole, key=lambda c: (bool(_SURE.search(c.name.lower())), c.kind == "time", ":" in c.values[0]))
        others = ", ".join(c.name for c in whole if c is not best)
        said = f"such as {best.values[0]}" + (f"; times as well: {others}" if others else "") + "; in UTC, unless you add time_zone"
        return GuessedTime([with_comment(f"event_time: {_section(best)}", said)], (best.name,))
    return _joined(sample) or _clock(sample) or GuessedTime(["# event_time: not recognised; name the column of the time"])


def _section(column: Column) -> str | None:
    """Return the value of event_time for a column of times, None if it is none."""
    name = scalar(column.name)
    if column.kind == "time":
        return name
    if column.kind == "slashed":
        layout = _slashed(column.values)
        return None if layout is None else f'{{column: {name}, format: "{layout}"}}'
    if column.kind == "integer" and re.search(r"time|date|ts$|epoch|unix", column.key):
        for unit, factor in _UNITS.items():
            if all(_FROM <= number / factor <= _TO for number in column.numbers):
                return f"{{column: {name}, unit: {unit}}}"
    return None


def _slashed(values: Sequence[str]) -> str | None:
    """Return the format of dates with slashes or dots; None where day and month cannot be told apart."""
    parts = [tuple(map(int, re.findall(r"\d+", value)[:2])) for value in values]
    day_first, month_first = any(first > 12 for first, _ in parts), any(second > 12 for _, second in parts)
    if day_first == month_first:
        return None
    mark = re.search(r"[/.]", values[0])
    date = ("%d{0}%m{0}%Y" if day_first else "%m{0}%d{0}%Y").format(mark[0] if mark else "/")
    colons = {value.count(":") for value in values}
    return None if len(colons) > 1 else date + {0: "", 1: " %H:%M", 2: " %H:%M:%S"}[colons.pop()]


def _joined(sample: Sample) -> GuessedTime | None:
    """Return a time in columns of its parts: year, month, day, and the time of day."""
    by_key = {column.key: column for column in sample.columns}
    found = [by_key[key] for key in ("year", "month", "day") if key in by_key and by_key[key].kind == "integer"]
    clock = by_key.get("time")
    if len(found) < 3 or clock is None or not clock.all(lambda value: re.fullmatch(r"\d\d:\d\d", value) is not None):
        return None
    names = tuple(column.name for column in (*found, clock))
    line = f'event_time: {{columns: {listed(names)}, format: "%Y %m %d %H:%M"}}'
    return GuessedTime([with_comment(line, "the parts of a time; in UTC, unless you add time_zone")], names)


def _clock(sample: Sample) -> GuessedTime | None:
    """Return a clock that counts from an unknown day."""
    for column in sample.columns:
        if column.key in _CLOCKS and column.kind == "integer" and column.distinct > 1:
            unit, said = _CLOCKS[column.key]
            line = f"event_time: {{column: {scalar(column.name)}, unit: {unit}, origin: 2017-12-01}}"
            return GuessedTime([with_comment(line, f"a guess: {said}; the origin is any day, as the table names none")], (column.name,))
    return None
