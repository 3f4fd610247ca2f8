"""Whether events come in time order, as the state needs them."""

from __future__ import annotations

from domain.times import rough_duration
from domain.wording import counted


class EventOrder:
    """Counts events that come later than the job would wait for: their time is behind the latest so far."""

    def __init__(self, patience_s: float) -> None:
        self.events = 0
        self.most_ms = 0
        self._patience_ms = round(patience_s * 1000)
        self._latest_ms: int | None = None

    def take(self, time_ms: int) -> None:
        """Note the next event of the files."""
        if self._latest_ms is None or time_ms >= self._latest_ms:
            self._latest_ms = time_ms
        elif self._latest_ms - time_ms > self._patience_ms:
            self.events += 1
            self.most_ms = max(self.most_ms, self._latest_ms - time_ms)

    def warning(self) -> str:
        """Return what is wrong and the mend; empty if the order is good."""
        if not self.events:
            return ""
        most = f"{counted(self.events, 'event')} up to {rough_duration(self.most_ms / 1000)} before an earlier line"
        return f"{most}: such events are decided from the state of a later time; sort the files by event_time"
