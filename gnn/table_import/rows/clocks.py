"""Times that are rounded, and accounts that are younger than their events."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.times import DAY_MS, rough_duration
from domain.wording import counted
from gnn.table_import.mapping import TableMapping

_QUARTER_MS, _MINUTE_MS = 900_000, 60_000
"""A quarter of an hour: the whole hours and days of every time zone fall on one."""
_ENOUGH = 100
"""Events from which on it is no accident that all their times are round."""
_ZONE_TIMES = 2
"""Moments of the day, in UTC, at which the days of one time zone begin: winter and summer."""


class Clocks:
    """What the times of all batches show together."""

    def __init__(self, mapping: TableMapping) -> None:
        spec = mapping.event_time
        # days of a mapping that counts them are as wanted, and hours of a step
        self._name, self._fine = spec.name, spec.unit in ("h", "d") or spec.hour_column is not None
        self._moments: set[int] = set()
        self._events = self.late_rows = self.latest_ms = 0
        self._created = "" if mapping.account_created_at is None else mapping.account_created_at.name

    def see(self, times: pa.Int64Array) -> None:
        """Take in the times of events."""
        known = times.drop_null().to_numpy()
        self._events += len(known)
        if not self._fine:
            self._fine = bool((known % _QUARTER_MS).any())
            self._moments.update([] if self._fine else np.unique(known % DAY_MS).tolist())

    def created(self, created: pa.Int64Array, times: pa.Int64Array) -> None:
        """Take in when accounts were opened, and the times of their events."""
        ahead = pc.subtract(created, times)
        late = pc.greater(ahead, _MINUTE_MS)
        if pc.any(late).as_py():
            self.late_rows += pc.sum(late).as_py()
            self.latest_ms = max(self.latest_ms, pc.max(ahead).as_py())

    def notes(self) -> Iterator[str]:
        """Yield what a person should look at, a sentence each."""
        if self.late_rows:
            by = rough_duration(self.latest_ms / 1000)
            yield (
                f"column {self._created!r}: {counted(self.late_rows, 'account')} opened after the row's event, by up to {by}; "
                "check its column, format and time zone"
            )
        if not self._fine and self._events >= _ENOUGH:
            rounded = "days" if len(self._moments) <= _ZONE_TIMES else "hours or quarters of one"
            yield f"column {self._name!r}: all times are whole {rounded}; if another has the time of day, join them by event_time.columns"
