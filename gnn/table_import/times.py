"""Columns of times, in any of the usual notations, to UTC milliseconds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from gnn.table_import.errors import ColumnError
from gnn.table_import.mapping import TimeColumn
from gnn.table_import.numbers import as_numbers

_MS = {"s": 1000.0, "ms": 1.0, "us": 1e-3, "ns": 1e-6}
_DAY_MS, _HOUR_MS = 86_400_000.0, 3_600_000.0
_ISO = r"^\d{4}-\d\d-\d\d"  # the ISO 8601 forms without dashes look like numbers
_OFFSET = r":\d\d(\.\d+)?\s*([Zz]|[+-]\d\d(:?\d\d)?)$"
_EXTREME_MS = 2.0**53


def as_millis(column: pa.Array, spec: TimeColumn, hours: pa.Array | None = None) -> pa.Int64Array:
    """Return milliseconds since 1970 UTC of a cleaned column; null where it is missing or cannot be read.

    `hours` goes with a column that counts days. Raises `ColumnError` for numbers without a unit.
    """
    if spec.origin_ms is not None:
        days, hour = as_numbers(column), 0.0 if hours is None else as_numbers(hours)
        since = pc.add(pc.multiply(days, _DAY_MS), pc.multiply(hour, _HOUR_MS))
        return _localised(_whole(pc.add(since, float(spec.origin_ms))), spec.time_zone)
    if spec.unit is not None and not pt.is_temporal(column.type):
        return _whole(pc.multiply(as_numbers(column), _MS[spec.unit]))
    if is_time(column):
        millis = column.cast(pa.timestamp("ms", getattr(column.type, "tz", None)), safe=False).cast(pa.int64())
        return millis if getattr(column.type, "tz", None) else _localised(millis, spec.time_zone)
    if pt.is_string(column.type):
        return _parsed(column, spec)
    raise ColumnError(f"column {spec.column!r} holds {column.type}; give numbers a unit (s, ms, us or ns) in the mapping")


def is_time(column: pa.Array) -> bool:
    """Return whether the column holds times of its own type."""
    return bool(pt.is_timestamp(column.type) or pt.is_date(column.type))


def _whole(millis: pa.DoubleArray) -> pa.Int64Array:
    millis = pc.if_else(pc.less(pc.abs(millis), _EXTREME_MS), millis, None)
    return pc.round(millis, round_mode="half_to_even").cast(pa.int64())


def _parsed(text: pa.StringArray, spec: TimeColumn) -> pa.Int64Array:
    if spec.format is not None:
        aware = "%z" in spec.format
        times = pd.to_datetime(_strings(text), format=spec.format, errors="coerce", utc=aware)
        return _millis(times) if aware else _localised(_millis(times), spec.time_zone)
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
