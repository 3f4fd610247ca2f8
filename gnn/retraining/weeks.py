"""Which weeks two models are compared on: the newest whose labels have come, that neither was trained on."""

from __future__ import annotations

from dataclasses import dataclass

from domain.times import DAY_MS
from gnn.card.card import TrainingData
from gnn.history.first_pass import HistoryError


@dataclass(frozen=True)
class Weeks:
    """Events from `from_ms` until before `until_ms`, ms since 1970. The candidate knows nothing from
    `from_ms` on, neither events nor labels.
    """

    from_ms: int
    until_ms: int

    def holds(self, time_ms: int) -> bool:
        """Return whether a time is in them."""
        return self.from_ms <= time_ms < self.until_ms


def newest_weeks(latest_ms: int, label_delay_s: float, test_days: float, active: TrainingData, from_ms: int | None = None) -> Weeks:
    """Return the newest days of a history that ends at `latest_ms`, as far as the active model has not seen
    them.

    With `from_ms` they begin there, whatever the active model was trained on. Raises `HistoryError` where no
    day is left.
    """
    until_ms = latest_ms - round(label_delay_s * 1000) + 1
    begin_ms = max(until_ms - round(test_days * DAY_MS), active.until_ms + 1) if from_ms is None else from_ms
    if until_ms - begin_ms < DAY_MS:
        raise HistoryError(
            "less than a day of events is old enough for its labels and newer than the active model's training: wait for a longer "
            "history, or give --test-from if that model was trained on other events"
        )
    return Weeks(begin_ms, until_ms)
