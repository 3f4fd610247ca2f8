"""Times in several columns, and numbers that count from a day of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gnn.table_import.guess.sample import Column, Sample
from gnn.table_import.guess.yaml_lines import listed, scalar, with_comment

Found = tuple[list[str], tuple[str, ...]]
"""Lines of the mapping, and the columns that they use."""
_SETS = {
    "transactiondt": ("s", "seconds, as in IEEE-CIS", ("transactionamt", "card1", "addr1")),
    "step": ("h", "hours, as in PaySim", ("nameorig", "namedest")),
}
"""Names that only say how much later: the unit is that of the set whose other columns are there, too."""
_CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d)?( ?[AaPp][Mm])?")
_MIDNIGHT = re.compile(r"\d{4}-\d\d-\d\d([ T]00:00(:00)?)")


def dates_joined(sample: Sample, date: Column) -> Found | None:
    """Return a date together with the time of day that another column holds; None if there is none."""
    layout, times = _date_layout(date), _times_of_day(sample, date)
    if layout is None or len(times) != 1:
        return None
    column, clock_layout = times[0]
    names = [date.name, column.name]
    minute = next((c for c in sample.columns if c.key == "minute" and _whole(c, 59)), None)
    if clock_layout == "%H" and minute is not None:
        names, clock_layout = [*names, minute.name], "%H %M"
    if clock_layout == "" and layout == "":
        value = listed(names)
        line = f"event_time: {{columns: {value}}}"
    else:
        line = f'event_time: {{columns: {listed(names)}, format: "{layout or "%Y-%m-%d"} {clock_layout or _plain(column)}"}}'
    said = f"day and time of day, such as {date.values[0]} {column.values[0]}; in UTC, unless you add time_zone"
    return [with_comment(line, said)], tuple(names)


def _date_layout(date: Column) -> str | None:
    """Return the format of a column of days, empty for ISO dates; None if it holds times of day."""
    if date.kind == "slashed":
        layout = slashed(date.values)
        return None if layout is None or ":" in layout else layout
    if date.kind != "time":
        return None
    if not any(":" in value for value in date.values):
        return ""
    found = {match[1] if (match := _MIDNIGHT.fullmatch(value)) else None for value in date.values}
    rest = found.pop()
    return None if found or rest is None else f"%Y-%m-%d{rest}"


def _times_of_day(sample: Sample, date: Column) -> list[tuple[Column, str]]:
    """Return the columns of the time of day of a date, with their formats; the one of its name alone."""
    found = [(c, layout) for c in sample.columns if c is not date and (layout := time_of_day(c)) is not None]
    stem = re.sub(r"date|datum|day", "", date.key)
    named = [pair for pair in found if re.sub(r"time|hour|clock|oftheday|ofday|uhrzeit|stunde", "", pair[0].key) == stem]
    return named[:1] or found


def time_of_day(column: Column) -> str | None:
    """Return the format of times of day, empty where ISO 8601 reads them; None if they are none."""
    if column.all(lambda value: _CLOCK.fullmatch(value) is not None):
        layouts = {_plain_of(value) for value in column.values}
        if len(layouts) > 1:
            return None
        iso = all(re.fullmatch(r"\d\d:\d\d(:\d\d)?", value) for value in column.values)
        return "" if iso else layouts.pop()
    if re.search(r"hour|stunde|heure|^hora$", column.key) and _whole(column, 23):
        return "%H"
    return None


def _plain(column: Column) -> str:
    return _plain_of(column.values[0])


def _plain_of(value: str) -> str:
    half = re.search(r"( ?)[AaPp][Mm]$", value)
    return ("%I:%M" if half else "%H:%M") + (":%S" if value.count(":") == 2 else "") + (f"{half[1]}%p" if half else "")


def _whole(column: Column, highest: int) -> bool:
    return column.kind == "integer" and all(re.fullmatch(r"\d{1,2}", v) and int(v) <= highest for v in column.values)


def parts_joined(sample: Sample) -> Found | None:
    """Return a time in columns of its parts: year, month, day, and the time of day."""
    by_key = {column.key: column for column in sample.columns}
    found = [by_key[key] for key in ("year", "month", "day") if key in by_key and by_key[key].kind == "integer"]
    clock_column = by_key.get("time") or by_key.get("hour")
    layout = None if clock_column is None else time_of_day(clock_column)
    if len(found) < 3 or clock_column is None or layout is None:
        return None
    names = [column.name for column in (*found, clock_column)]
    layout = layout or _plain(clock_column)
    if layout == "%H" and (minute := by_key.get("minute")) is not None and _whole(minute, 59):
        names, layout = [*names, minute.name], "%H %M"
    line = f'event_time: {{columns: {listed(names)}, format: "%Y %m %d {layout}"}}'
    return [with_comment(line, "the parts of a time; in UTC, unless you add time_zone")], tuple(names)


def clock(sample: Sample) -> Found | None:
    """Return a clock that counts from an unknown day in a unit that the set's other columns give away."""
    keys = {column.key for column in sample.columns}
    for column in sample.columns:
        if column.key in _SETS and column.kind == "integer" and column.distinct > 1:
            unit, said, others = _SETS[column.key]
            if keys.issuperset(others):
                line = f"event_time: {{column: {scalar(column.name)}, unit: {unit}, origin: 2017-12-01}}"
                return [with_comment(line, f"a guess: {said}; the origin is any day, as the table names none")], (column.name,)
    return None


def slashed(values: Sequence[str]) -> str | None:
    """Return the format of dates with slashes, dots or dashes; None where day or month may be first."""
    parts = [tuple(map(int, re.findall(r"\d+", value)[:2])) for value in values]
    day_first, month_first = any(first > 12 for first, _ in parts), any(second > 12 for _, second in parts)
    layouts = {_clock_layout(value) for value in values}
    marks = {value.strip("0123456789")[:1] for value in values}
    if day_first == month_first or len(layouts) > 1 or len(marks) > 1:
        return None
    mark = marks.pop()
    date = f"%d{mark}%m{mark}%Y" if day_first else f"%m{mark}%d{mark}%Y"
    return date + layouts.pop()


def _clock_layout(value: str) -> str:
    """Return the format of what follows the date."""
    found = re.search(r"(,?[ T])(\d{1,2}:\d\d)(:\d\d)?( ?)([AaPp][Mm])?$", value)
    if found is None:
        return ""
    between, _, seconds, space, half = found.groups()
    return between + ("%I:%M" if half else "%H:%M") + (":%S" if seconds else "") + (f"{space}%p" if half else "")
