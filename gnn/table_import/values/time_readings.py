"""How the values of a column can be read as times: each reading is tried before it is said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from domain.events.event import OLDEST_MS
from domain.times import DAY_MS, now_ms, rfc3339
from gnn.table_import.errors import ColumnError
from gnn.table_import.mapping import TimeColumn
from gnn.table_import.values.time_format import format_problem
from gnn.table_import.values.time_layouts import layouts
from gnn.table_import.values.times import read_times

MOST = 1000
"""Values that a reading is tried on."""
_EXCEL_MS, _SAS_MS = -25_569 * DAY_MS, -3653 * DAY_MS
"""1899-12-30 and 1960-01-01: the day 0 of spreadsheets and of SAS."""
_DAY_IN_MIDDLE = re.compile(r"%Y.%d")
_COUNTS = (("s", None), ("ms", None), ("us", None), ("ns", None), ("d", None), ("d", _EXCEL_MS), ("s", _SAS_MS))


@dataclass(frozen=True)
class Reading:
    """One way to read a column, and which of the values it makes plausible times of."""

    spec: TimeColumn
    millis: tuple[int | None, ...]
    """None where a value is not read, or is before 1990, or in the future."""

    @property
    def share(self) -> float:
        """Return the share of the values that are read."""
        return sum(time is not None for time in self.millis) / len(self.millis)

    @property
    def span(self) -> int:
        """Return the ms from the first time to the last: a wrong reading throws them about."""
        known = [time for time in self.millis if time is not None]
        return max(known) - min(known) if known else 0

    def first(self) -> str:
        """Return what the first value is in this reading."""
        return rfc3339(next(time for time in self.millis if time is not None))


def readings(values: Sequence[str], spec: TimeColumn) -> list[Reading]:
    """Return the readings that make a time of the first of the values and of most others.

    The likeliest is the first. The day before the month, after a year, is only meant where no other order is.
    """
    found = [reading for other in _specs(values[0], spec) if (reading := try_reading(values, other)).millis[0] is not None]
    best = max((reading.share for reading in found), default=0.0)
    found = sorted((r for r in found if r.share == best), key=lambda reading: reading.span)
    return [r for r in found if not _DAY_IN_MIDDLE.match(str(r.spec.format))] or found


def try_reading(values: Sequence[str], spec: TimeColumn) -> Reading:
    """Return what a time's keys in a mapping make of values."""
    column = pa.array(values, pa.string())
    one = replace(spec, columns=spec.columns[:1], hour_column=None)
    try:
        times = read_times(one, lambda name: column).millis.to_numpy(zero_copy_only=False).astype(float)
    except (ColumnError, ValueError):
        times = np.full(len(values), np.nan)
    good = (times >= OLDEST_MS) & (times <= now_ms() + DAY_MS)
    return Reading(spec, tuple(int(time) if fine else None for time, fine in zip(times, good, strict=True)))


def _specs(text: str, spec: TimeColumn) -> Iterator[TimeColumn]:
    base = TimeColumn(spec.columns, time_zone=spec.time_zone, key=spec.key)
    yield from (replace(base, format=layout) for layout in layouts(text) if format_problem(layout) is None)
    if len(spec.columns) == 1 and _is_number(text):
        yield from (replace(base, unit=unit, origin_ms=origin) for unit, origin in _COUNTS)


def _is_number(text: str) -> bool:
    return text.replace(",", ".", 1).replace(".", "", 1).isdigit()
