"""A watched folder that a history is delivered to at a steady rate."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from flink_job.bench.paced import Schedule, deliver, due_ms, write_file

FILE_EVERY_S = 0.2


class PacedFolder:
    """Puts the lines of a history into a watched folder, a file every `every_s`, and remembers when each
    event was due.

    Events keep their own times, so that the model sees the history as it is; only the delivery is paced.
    """

    def __init__(self, history: Path, folder: Path, rate: float, every_s: float = FILE_EVERY_S) -> None:
        """`rate` in lines per second."""
        self._history, self._folder, self._schedule, self._every_s = history, folder, Schedule(rate), every_s
        self.sent_ms: dict[str, float] = {}
        """When what must be decided was due, by its id, ms since 1970."""
        folder.mkdir(parents=True, exist_ok=True)

    def deliver(self, duration_s: float) -> None:
        """Deliver for so long, or until the history ends."""
        with self._history.open("rb") as file:
            lines = list(islice(file, self._schedule.due(duration_s) - 1))
        delivery = deliver(len(lines), self._schedule, self._every_s, lambda first, end: write_file(self._folder, first, lines[first:end]))
        self.sent_ms = due_ms(lines, self._schedule, delivery)
