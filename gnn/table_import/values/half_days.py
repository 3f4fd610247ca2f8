"""Whether all hours are those of a clock of 12 hours whose AM and PM are lost."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from gnn.table_import.mapping import TimeColumn

_ENOUGH = 50
"""Times from which on it is no accident that no hour is 0, or 13 and later."""
_HALF = (1, 12)


class HalfDays:
    """The hours of all times of a column."""

    def __init__(self, spec: TimeColumn) -> None:
        self._spec = spec
        # a format with AM and PM gives whole days, and a number has no clock
        self._whole = spec.unit is not None or "%p" in str(spec.format)
        self._hours: set[int] = set()
        self._times = 0

    def see(self, times: pa.Int64Array) -> None:
        """Take in times, in UTC."""
        if self._whole:
            return
        known = times.drop_null()
        found = set(pc.unique(pc.hour(_wall(known, self._spec.time_zone))).to_pylist())
        self._whole = bool(found) and (min(found) < _HALF[0] or max(found) > _HALF[1])
        self._hours |= found
        self._times += len(known)

    def notes(self) -> Iterator[str]:
        """Yield what a person should look at."""
        if not self._whole and self._hours.issuperset(_HALF) and self._times >= _ENOUGH:
            yield (
                f"column {self._spec.name!r}: all hours are 1 to 12, as on a clock of 12 hours without AM and PM: then half of the times "
                "are wrong; export them with 24 hours"
            )


def _wall(millis: pa.Int64Array, zone: str | None) -> pa.TimestampArray:
    return millis.cast(pa.timestamp("ms", "UTC" if zone is None else zone))
