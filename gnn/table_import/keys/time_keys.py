"""The keys of a mapping that say when: columns of times, of their parts, or of numbers from an origin."""

from __future__ import annotations

import datetime as dt
from typing import Any

from gnn.table_import.keys.scalars import Scalars
from gnn.table_import.mapping import TimeColumn
from gnn.table_import.values.time_format import format_problem
from gnn.table_import.values.times import MS

TIME_KEYS = ("column", "columns", "format", "unit", "origin", "time_zone")
DAY_KEYS = ("day_column", "hour_column", "origin", "time_zone")
"""Of a time that counts days, and hours beside, from an origin."""
UNITS = tuple(MS)


class TimeKeys(Scalars):
    """A reader of the sections that hold a time."""

    def optional_time(self, key: str, value: Any) -> TimeColumn | None:
        """Return the time of a section that may be missing."""
        return None if value is None else self.time(key, value)

    def time(self, key: str, value: Any) -> TimeColumn:
        """Return the time that a column or a section names."""
        if isinstance(value, list):
            return TimeColumn(self._columns(key, value), key=key)
        if not isinstance(value, dict):
            return TimeColumn((self.column(key, value),), key=key)
        if "day_column" in value:
            return self._days(key, value)
        section = self.section(key, value, TIME_KEYS)
        columns, unit, layout, zone = (section.get(name) for name in ("columns", "unit", "format", "time_zone"))
        if columns is not None and "column" in section:
            self.fail(f"{key}.columns", "is a list of columns to join, column a single one; keep one of them")
        if unit is not None:
            self._check_unit(key, section)
        elif "origin" in section:
            self.fail(f"{key}.unit", f"is missing; say what is counted from the origin: {', '.join(UNITS)}")
        if layout is not None:
            self._check_format(f"{key}.format", layout)
        origin = section.get("origin")
        return TimeColumn(
            columns=self._columns(f"{key}.columns", columns)
            if columns is not None
            else (self.column(f"{key}.column", section.get("column")),),
            format=layout,
            unit=unit,
            origin_ms=None if origin is None else self.origin(f"{key}.origin", origin),
            time_zone=self.zone(f"{key}.time_zone", zone),
            key=key,
        )

    def origin(self, key: str, value: Any) -> int:
        """Return the moment that is counted from in ms since 1970, without a zone."""
        try:
            moment = dt.datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(key, f"must be the date of day 0, such as 2009-01-01, not {value!r}")
        if moment.tzinfo is not None:
            self.fail(key, f"must be a time without an offset, not {value!s}; name its zone in time_zone")
        return round(moment.replace(tzinfo=dt.UTC).timestamp() * 1000)

    def _days(self, key: str, value: dict[str, Any]) -> TimeColumn:
        section = self.section(key, value, DAY_KEYS)
        hour = section.get("hour_column")
        return TimeColumn(
            columns=(self.column(f"{key}.day_column", section["day_column"]),),
            unit="d",
            hour_column=None if hour is None else self.column(f"{key}.hour_column", hour),
            origin_ms=self.origin(f"{key}.origin", section.get("origin")),
            time_zone=self.zone(f"{key}.time_zone", section.get("time_zone")),
            key=key,
        )

    def _columns(self, key: str, value: Any) -> tuple[str, ...]:
        names = self.names(key, value)
        if not names:
            self.fail(key, "is an empty list; name the columns of the time's parts, such as [date, time]")
        return names

    def _check_unit(self, key: str, section: Any) -> None:
        self.one_of(f"{key}.unit", section["unit"], UNITS)
        if "format" in section:
            self.fail(f"{key}.unit", "is for numbers and format for text; keep one of them")
        if "columns" in section:
            self.fail(f"{key}.unit", "is for one column of numbers; name it in column, or give columns a format")
        if "time_zone" in section and "origin" not in section:
            self.fail(f"{key}.time_zone", "does not go with a unit: numbers since 1970 are in UTC; leave it out, or give an origin")

    def _check_format(self, key: str, layout: Any) -> None:
        if not isinstance(layout, str) or "%" not in layout:
            self.fail(key, f"must be a strptime format such as '%d/%m/%Y %H:%M', not {layout!r}")
        problem = format_problem(layout)
        if problem is not None:
            self.fail(key, problem)
