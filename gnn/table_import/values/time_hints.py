"""What a time that could not be read most likely is, and how a mapping says so.

A format or a unit is only named if it reads the values of the column.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa

from domain.events.event import OLDEST_MS
from domain.times import now_ms, rfc3339
from gnn.table_import.mapping import TimeColumn
from gnn.table_import.values.time_readings import MOST, Reading, readings, try_reading
from gnn.table_import.values.times import MS

_NONE = "list it under missing if it means that there is none"
_OFFSETS = {
    "EST": "+5", "EDT": "+4", "CDT": "+5", "MST": "+7", "MDT": "+6", "PST": "+8", "PDT": "+7", "CET": "-1", "CEST": "-2", "EET": "-2",
    "EEST": "-3", "MSK": "-3", "JST": "-9", "SGT": "-8", "HKT": "-8", "BRT": "+3", "WET": "+0", "WEST": "-1",
}  # fmt: skip
"""Names of zones that mean one offset, as Etc/GMT has it, with the sign turned round."""
_ZONE = re.compile(r"(?<![%A-Za-z\[])(?:[A-Z]{2,5}|[A-Z][a-z]+/[A-Za-z_/]+)(?= |$)")
"""The name of a zone in a format."""
_NUMBER = re.compile(r"[+-]?\d+([.,]\d*)?")
_ENOUGH = 0.5
"""Share of values that a form has which the rest should have, too."""


def time_mend(text: str, spec: TimeColumn, column: pa.Array | Sequence[str] = ()) -> str:
    """Return the mend of a time that could not be read; `column` holds the other values."""
    if text in spec.columns:
        return "it is the header again; strike the row"
    values = _sample(text, column)
    found = readings(values, spec)
    if spec.unit is not None:
        formats = [f"{r.spec.format!r}" for r in found if r.spec.format and r.share == 1]
        return f"it must be a number of {spec.unit}; " + (f"set {spec.key}.format: {formats[0]} in place of unit" if formats else "mend it")
    if found and found[0].share == 1:
        return _said(found, spec.key)
    return _of_some(text, values, found, spec)


def fault(values: Sequence[str], spec: TimeColumn) -> str:
    """Return the first value that a mapping's keys do not read; the first of all if there is none."""
    times = try_reading(values[:MOST], spec).millis
    return next((value for value, time in zip(values, times, strict=False) if time is None), values[0])


def only_format(values: Sequence[str], spec: TimeColumn) -> str | None:
    """Return the one format that reads all values; None if there are several, or its zone needs a key."""
    found = [r for r in readings(_sample(values[0], values), spec) if r.share == 1]
    layouts = {reading.millis: reading.spec.format for reading in reversed(found)}
    layout = next(iter(layouts.values())) if len(layouts) == 1 else None
    zone = _ZONE.search(layout or "")
    return layout if zone is None or zone[0] in ("UTC", "GMT") else None


def _sample(text: str, column: pa.Array | Sequence[str]) -> list[str]:
    """Return the text, and some other values, each once."""
    first = column[: 4 * MOST]
    others = first.drop_null().to_pylist() if isinstance(first, pa.Array) else first
    return list(dict.fromkeys([text, *map(str, others)]))[:MOST]


def _said(found: Sequence[Reading], key: str) -> str:
    """Return the readings of all values; which of several is meant, only a person knows."""
    different = list({reading.millis: reading for reading in reversed(found)}.values())[::-1]
    if len(different) > 1 and any(r.spec.origin_ms is None for r in different):
        different = [r for r in different if r.spec.unit != "s" or r.spec.origin_ms is None]
    if len(different) == 1:
        return _alone(different[0], key)
    formats = [reading.spec.format for reading in different if reading.spec.format is not None]
    if len(formats) == len(different) == 2 and {layout[:2] for layout in formats} == {"%d", "%m"}:
        return f"day or month may be first; set {key}.format: {' or '.join(map(repr, sorted(formats)))}"
    return "set " + ", or ".join(f"{_keys(reading, key)} if it is {reading.first()}" for reading in different[:3])


def _alone(reading: Reading, key: str) -> str:
    layout = reading.spec.format
    if layout is None:
        start = "1970" if reading.spec.origin_ms is None else "1960, as SAS counts,"
        said = "as a spreadsheet's day" if reading.spec.unit == "d" and reading.spec.origin_ms is not None else f"since {start}"
        return f"{said} it is {reading.first()}: if so, set {_keys(reading, key)}"
    zone = _ZONE.search(layout)
    if zone is None or zone[0] in ("UTC", "GMT"):
        return f"set {_keys(reading, key)}"
    if "/" in zone[0]:
        return f"set {_keys(reading, key)} and {key}.time_zone: {zone[0]}"
    known = f"Etc/GMT{_OFFSETS[zone[0]]}" if zone[0] in _OFFSETS else f"the zone that {zone[0]} means, such as Europe/Berlin"
    return f"set {_keys(reading, key)} and {key}.time_zone: {known}"


def _keys(reading: Reading, key: str) -> str:
    spec = reading.spec
    if spec.format is not None:
        return f"{key}.format: {spec.format!r}"
    origin = "" if spec.origin_ms is None else f" and {key}.origin: {rfc3339(spec.origin_ms)[:10]}"
    return f"{key}.unit: {spec.unit}{origin}"


def _of_some(text: str, values: Sequence[str], found: Sequence[Reading], spec: TimeColumn) -> str:
    """Return the mend where no reading has all values: some are at fault, or the column has two forms."""
    others = values[1:]
    if others and (usual := try_reading(others, spec)).share >= _ENOUGH:
        good = next(value for value, time in zip(others, usual.millis, strict=True) if time is not None)
        return f"others are written as {good[:30]!r}: write all in one form" if found else _alike(text, spec)
    if found and _ZONE.search(str(found[0].spec.format)):
        return "names of zones are not read where there are several; write offsets such as -05:00 in their place"
    if found and found[0].share >= _ENOUGH:
        bad = next(value for value, time in zip(values, found[0].millis, strict=True) if time is None)
        return f"set {_keys(found[0], spec.key)}, and mend {bad[:30]!r}, which is of another form"
    if others and (found or (not _NUMBER.fullmatch(text) and any(map(_is_time, others[:20])))):
        bad = next((value for value in others if found and try_reading([value], found[0].spec).share == 0), others[0])
        return f"times are written in several forms, such as {text[:30]!r} and {bad[:30]!r}; write all in one"
    return _alike(text, spec)


def _is_time(text: str) -> bool:
    return bool(readings([text], TimeColumn(("x",))))


def _alike(text: str, spec: TimeColumn) -> str:
    """Return the mend of a text that no reading makes a time of."""
    if _NUMBER.fullmatch(text):
        return f"a number needs {spec.key}.unit, and {spec.key}.origin where it is not counted from 1970"
    if re.fullmatch(r"\d{1,2}:\d\d[.,]\d+", text):
        return "its date and hour are lost, as a spreadsheet shows minutes and seconds; export the column as text"
    if re.fullmatch(r"\d{1,2}:\d\d(:\d\d([.,]\d+)?)?( ?[AaPp]\.?[Mm]\.?)?", text):
        return f"it has no date; join the column of the date: {spec.key}: {{columns: [DATE, {spec.columns[-1]}]}}"
    if re.match(r"\d{4}-\d\d-\d\d", text) and spec.format is None:
        return f"there is no such date or hour, or none that is kept; mend it, or {_NONE}"
    if re.search(r"\d", text) and re.search(r"[^\W\d_]{3,}", re.sub(r"(?i)utc|gmt", "", text)):
        return "its words are not read, such as a month that is not English; write times as 2024-05-31 13:45:00"
    return f"mend it, or {_NONE}" if not re.search(r"\d", text) else f"mend it, or write its format in {spec.key}.format"


def unit_mend(text: str, spec: TimeColumn) -> str:
    """Return the mend of a number that is a time out of bounds: the unit with which it is within them."""
    try:
        number = float(text)
    except ValueError:
        return f"mend it, or {_NONE}"
    if spec.origin_ms is not None:
        return f"mend it, or {spec.key}.unit or {spec.key}.origin"
    if unit := _unit_of(number):
        return f"mend it, or the unit in the mapping: with unit: {unit[0]} it is {unit[1]}"
    return f"mend it, or the unit in the mapping; give {spec.key}.origin if it is not counted from 1970"


def _unit_of(number: float) -> tuple[str, str] | None:
    for unit in ("s", "ms", "us", "ns"):
        millis = number * MS[unit]
        if OLDEST_MS <= millis <= now_ms():
            return unit, rfc3339(int(millis))
    return None
