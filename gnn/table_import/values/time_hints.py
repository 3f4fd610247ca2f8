"""What a time that could not be read most likely is, and how a mapping says so."""

from __future__ import annotations

import re

from domain.events.event import OLDEST_MS
from domain.times import now_ms, rfc3339
from gnn.table_import.mapping import TimeColumn
from gnn.table_import.values.times import MS

_NONE = "list it under missing if it means that there is none"
USUAL = "mend it, or give its format or unit in the mapping"
_EXCEL_MS = -25_569 * 86_400_000  # 1899-12-30, the day 0 of spreadsheets
_DAY_FIRST = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)(.*)", re.DOTALL)
_CLOCKS = (
    (r"[T ]\d{1,2}:\d\d:\d\d\.\d+", "%H:%M:%S.%f"), (r"[T ]\d{1,2}:\d\d:\d\d", "%H:%M:%S"), (r"[T ]\d{1,2}:\d\d", "%H:%M"),
)  # fmt: skip


def time_mend(text: str, spec: TimeColumn) -> str:
    """Return the mend of a time that could not be read."""
    if spec.unit is not None:
        return f"it must be a number of {spec.unit}; mend it, or give format in place of unit"
    if re.fullmatch(r"\d+(\.\d*)?", text):
        return _of_number(text, spec)
    if re.fullmatch(r"\d{1,2}:\d\d(:\d\d(\.\d+)?)?( ?[AaPp][Mm])?", text):
        return f"it has no date; join the column of the date: {spec.key}: {{columns: [DATE, {spec.columns[-1]}]}}"
    if found := re.match(r"\d{4}([/.])\d{1,2}\1\d{1,2}", text):
        return f"set {spec.key}.format: '%Y{found[1]}%m{found[1]}%d{_clock(text[found.end() :])}'"
    if re.match(r"\d{4}-\d\d-\d\d", text) and spec.format is None:
        return f"there is no such date or hour, or none that is kept; mend it, or {_NONE}"
    if found := _DAY_FIRST.match(text):
        return _of_days(found, spec)
    return USUAL


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


def _of_number(text: str, spec: TimeColumn) -> str:
    number = float(text)
    if re.fullmatch(r"(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])", text):
        return f"set {spec.key}.format: '%Y%m%d'"
    if re.fullmatch(r"(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])[0-2]\d[0-5]\d[0-5]\d", text):
        return f"set {spec.key}.format: '%Y%m%d%H%M%S'"
    if unit := _unit_of(number):
        return f"since 1970 it is {unit[1]}: if so, set {spec.key}.unit: {unit[0]}"
    day = number * MS["d"] + _EXCEL_MS
    if OLDEST_MS <= day <= now_ms():
        return f"as a spreadsheet's day it is {rfc3339(round(day))}: if so, set {spec.key}.unit: d and {spec.key}.origin: 1899-12-30"
    return f"a number needs {spec.key}.unit, and {spec.key}.origin where it is not counted from 1970"


def _of_days(found: re.Match[str], spec: TimeColumn) -> str:
    first, mark, second, year, rest = found.groups()
    day_first, month_first = (f"{order}{mark}%{'Y' if len(year) == 4 else 'y'}{_clock(rest)}" for order in (f"%d{mark}%m", f"%m{mark}%d"))
    if int(first) > 12:
        return f"set {spec.key}.format: '{day_first}'"
    if int(second) > 12:
        return f"set {spec.key}.format: '{month_first}'"
    return f"day or month may be first; set {spec.key}.format: '{day_first}' or '{month_first}'"


def _clock(rest: str) -> str:
    for pattern, layout in _CLOCKS:
        if found := re.match(pattern, rest):
            half = rest[found.end() :].strip().lower() in ("am", "pm")
            spaced = " " if rest[found.end() :].startswith(" ") else ""
            return rest[0] + (layout.replace("%H", "%I") + spaced + "%p" if half else layout)
    return ""
