"""What a local run has counted, restarts taken into account."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from udfs.metrics.run_counts import read_counts_and_times

_MOST_LOOKS = 10_000  # of more than half an hour; a checkpoint fails long before
Counts = Mapping[str, Mapping[str, int]]


class RunCounts:
    """The counts of the operators' files, each event once.

    A restarted job decides the events after its last checkpoint again, in tasks that begin new files at 0.
    So the counts go on from those that were seen before the checkpoint's barrier came to the tasks that
    decide: exact if nothing was decided since, else to about the time between two looks.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: deque[tuple[int, Counts]] = deque(maxlen=_MOST_LOOKS)
        """(time in ms, counts) of the looks since the last checkpoint's barrier."""
        self._base: Counts = {}
        """The counts with which the tasks of now began."""
        self._at_checkpoint: Counts = {}
        self._restarted_ms = self._checkpoint_ms = 0

    @property
    def unsaved(self) -> int:
        """Return how many events at most were decided after the last checkpoint's barrier, by the last look.

        It is 0 if none was; else it may be too many by what was decided in the time of a look.
        """
        now = self._seen[-1][1] if self._seen else {}
        return _total(now, "decisions") - _total(self._at_checkpoint, "decisions")

    def look(self, restarted_ms: int, checkpoint_ms: int) -> Counts:
        """Return the counts of now.

        `restarted_ms` is when the job began its last restart, `checkpoint_ms` when the barrier of its last
        complete checkpoint came to the tasks that decide; 0: there was none.
        """
        if checkpoint_ms > self._checkpoint_ms:
            self._checkpoint_ms = checkpoint_ms
            while self._seen and self._seen[0][0] < checkpoint_ms:
                self._at_checkpoint = self._seen.popleft()[1]
        if restarted_ms > self._restarted_ms:
            self._restarted_ms, self._base = restarted_ms, self._at_checkpoint
            self._seen.clear()
        counts, times = read_counts_and_times(self._folder, self._restarted_ms)
        now = _sum(self._base, counts)
        if times.get("decisions", 0) < self._checkpoint_ms and self._restarted_ms < self._checkpoint_ms:
            self._at_checkpoint = now
        self._seen.append((time.time_ns() // 1_000_000, now))
        return now


def _total(counts: Counts, name: str) -> int:
    return sum(counts.get(name, {}).values())


def _sum(first: Counts, second: Counts) -> dict[str, dict[str, int]]:
    found = {name: dict(labels) for name, labels in first.items()}
    for name, labels in second.items():
        counts = found.setdefault(name, {})
        for label, count in labels.items():
            counts[label] = counts.get(label, 0) + count
    return found
