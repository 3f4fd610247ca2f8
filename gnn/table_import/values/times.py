"""Columns of times, in any of the usual notations, to UTC milliseconds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from gnn.table_import.errors import ColumnError
from gnn.table_import.mapping import TimeColumn
from gnn.table_import.values.columns import as_text, joined
from gnn.table_import.values.numbers import as_numbers, western_digits
from gnn.table_import.values.time_format import digit_runs, padded

MS = {"s": 1000.0, "ms": 1.0, "us": 1e-3, "ns": 1e-6, "min": 60_000.0, "h": 3_600_000.0, "d": 86_400_000.0}
"""Unit of a number to its milliseconds."""
_ISO = r"^\d{4}-\d\d-\d\d"  # the ISO 8601 forms without dashes look like numbers
_OFFSET = r":\d\d(\.\d+)?\s*([Zz]|[+-]\d\d(:?\d\d)?)$"
_MIDNIGHT = r"(^|[T ])24:00(:00)?(\.0+)?($|[^\d:.])"
_LEAP = r":59:60(\.\d+)?($|[^\d:.])"
_COMMA = r"(:\d\d),(\d)"
_UTC = r"(?i)\s*(utc|gmt)$"
_ODD = f"{_MIDNIGHT}|{_LEAP}|{_COMMA}|{_UTC}"
_DECIMAL_COMMA = r"^(-?\d{4,}),(\d+)$"  # after four digits it groups none
_EXTREME_MS = 2.0**53


@dataclass(frozen=True)
class Times:
    """Times of a batch, as written and as read."""

    raw: pa.Array
    """Null where a time is missing; the parts of a joined one with spaces between."""
    millis: pa.Int64Array
    """Since 1970 UTC; null where a time is missing or cannot be read."""
    partial: pa.BooleanArray
    """Where some part of a joined time is missing."""


def read_times(spec: TimeColumn, column: Callable[[str], pa.Array]) -> Times:
    """Return the times that the mapping names; `column` gives a cleaned column by name.

    Raises `ColumnError` for numbers without a unit.
    """
    if len(spec.columns) > 1:
        parts = [_part(column(name)) for name in spec.columns]
        whole = pc.binary_join_element_wise(*parts, " ")
        raw = joined(parts, " ")
        return Times(raw, _parsed(whole, spec), pc.and_(pc.is_valid(raw), pc.is_null(whole)))
    raw = column(spec.columns[0])
    if spec.hour_column is None:
        return Times(raw, _as_millis(raw, spec, None), pa.repeat(False, len(raw)))
    hours = column(spec.hour_column)
    both = joined([as_text(raw), as_text(hours)], " ")
    return Times(both, _as_millis(raw, spec, hours), pc.xor(pc.is_null(raw), pc.is_null(hours)))


def is_time(column: pa.Array) -> bool:
    """Return whether the column holds times of its own type."""
    return bool(pt.is_timestamp(column.type) or pt.is_date(column.type))


def _as_millis(column: pa.Array, spec: TimeColumn, hours: pa.Array | None) -> pa.Int64Array:
    if is_time(column):
        if spec.origin_ms is not None:
            raise ColumnError(f"column {spec.name!r} holds {column.type}, a time already; leave unit and origin out of {spec.key}")
        millis = column.cast(pa.timestamp("ms", getattr(column.type, "tz", None)), safe=False).cast(pa.int64())
        return millis if getattr(column.type, "tz", None) else _localised(millis, spec.time_zone)
    if pt.is_time(column.type):
        raise ColumnError(
            f"column {spec.name!r} holds {column.type}, without a date; join the date: {spec.key}: {{columns: [DATE, {spec.name}]}}"
        )
    if spec.unit is not None:
        return _counted(column, spec, hours)
    if spec.format is not None and pt.is_integer(column.type):
        column = column.cast(pa.string())
    if pt.is_string(column.type):
        return _parsed(column, spec)
    raise ColumnError(f"column {spec.name!r} holds {column.type}; give numbers a unit ({', '.join(MS)}) in the mapping")


def _counted(column: pa.Array, spec: TimeColumn, hours: pa.Array | None) -> pa.Int64Array:
    """Return the times of numbers.

    Days are those of the calendar in the time zone; other units are lengths of time.
    """
    if pt.is_string(column.type):
        column = pc.replace_substring_regex(column, _DECIMAL_COMMA, r"\1.\2")
    since = pc.multiply(as_numbers(column), MS[str(spec.unit)])
    if hours is not None:
        since = pc.add(since, pc.multiply(as_numbers(hours), MS["h"]))
    if spec.unit == "d":
        return _localised(_whole(pc.add(since, float(spec.origin_ms or 0))), spec.time_zone)
    start = _localised(pa.array([spec.origin_ms or 0], pa.int64()), spec.time_zone)[0].as_py()
    return _whole(pc.add(since, float(start)))


def _part(column: pa.Array) -> pa.StringArray:
    """Return a part of a time as text; a date that is stored as its midnight is a date."""
    text = as_text(column)
    return pc.replace_substring_regex(text, r" 00:00:00(\.0+)?$", "") if pt.is_timestamp(column.type) else text


def _whole(millis: pa.DoubleArray) -> pa.Int64Array:
    millis = pc.if_else(pc.less(pc.abs(millis), _EXTREME_MS), millis, None)
    return pc.round(millis, round_mode="half_to_even").cast(pa.int64())


def _parsed(text: pa.StringArray, spec: TimeColumn) -> pa.Int64Array:
    """Return the times of texts; those that strptime and ISO parsers do not know are read one by one."""
    if pc.any(pc.match_substring_regex(text, r"[^\x00-\x7f]")).as_py():
        text = pa.array([value and western_digits(value) for value in text.to_pylist()], pa.string())
    if spec.format is not None and (runs := digit_runs(spec.format)) is not None:
        strict = pc.match_substring_regex(text, "^" + re.sub(r"\{1,(\d+)\}", r"{\1}", runs) + "$")
        if pc.any(pc.invert(strict)).as_py():
            text = pa.array([value and padded(value, runs) for value in text.to_pylist()], pa.string())
    read = _of_format if spec.format is not None else _of_iso
    millis = read(text, spec)
    odd = pc.and_(pc.is_null(millis), pc.match_substring_regex(text, _ODD))
    if not pc.any(odd).as_py():
        return millis
    text = pc.if_else(odd, text, None)
    later = pc.if_else(pc.match_substring_regex(text, _MIDNIGHT), 86_400_000, pc.if_else(pc.match_substring_regex(text, _LEAP), 1000, 0))
    for pattern, plain in ((_MIDNIGHT, r"\100:00\2\4"), (_LEAP, r":59:59\2"), (_COMMA, r"\1.\2"), (_UTC, "Z")):
        text = pc.replace_substring_regex(text, pattern, plain)
    return pc.coalesce(millis, pc.add(read(text, spec), later))


def _of_format(text: pa.StringArray, spec: TimeColumn) -> pa.Int64Array:
    aware = "%z" in str(spec.format)
    times = pd.to_datetime(_strings(text), format=spec.format, errors="coerce", utc=aware)
    return _millis(times) if aware else _localised(_millis(times), spec.time_zone)


def _of_iso(text: pa.StringArray, spec: TimeColumn) -> pa.Int64Array:
    text = pc.if_else(pc.match_substring_regex(text, _ISO), text, None)
    offset = pc.match_substring_regex(text, _OFFSET)
    naive = pc.if_else(offset, None, text)
    millis = _localised(_millis(pd.to_datetime(_strings(naive), format="ISO8601", errors="coerce")), spec.time_zone)
    if not pc.any(offset).as_py():
        return millis
    aware = pd.to_datetime(_strings(pc.if_else(offset, text, None)), format="ISO8601", errors="coerce", utc=True)
    return pc.coalesce(millis, _millis(aware))


def _strings(text: pa.StringArray) -> Any:
    return pd.Series(text.to_pandas(), dtype=object)


def _millis(times: Any) -> pa.Int64Array:
    return pa.array(times).cast(pa.timestamp("ms", getattr(times.dtype, "tz", None)), safe=False).cast(pa.int64())


def _localised(naive: pa.Int64Array, zone: str | None) -> pa.Int64Array:
    """Return the UTC of wall-clock milliseconds.

    Of a repeated hour the earlier one is meant; a skipped time moves past the gap.
    """
    if zone is None:
        return naive
    wall = pd.DatetimeIndex(naive.cast(pa.timestamp("ms")).to_pandas())
    utc = wall.tz_localize(zone, ambiguous=np.ones(len(wall), bool), nonexistent="shift_forward").tz_convert("UTC")
    return pa.array(utc.tz_localize(None)).cast(pa.timestamp("ms"), safe=False).cast(pa.int64())
