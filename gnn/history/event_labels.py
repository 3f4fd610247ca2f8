"""Which events have a label, which one, and since when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from domain.events.event import Event, Rejected
from domain.events.parser import EventParser
from domain.graph import LABEL
from gnn.history.replay import count_lines, event_lines
from gnn.history.unseen import Acted

LABEL_LINES = 50_000
"""Lines between two reports of progress: most are looked at only, not parsed."""


class EventLabels:
    """The labels taken in so far; of several about one event the one that arrived last counts, and one that
    its source withdraws does not.

    Memory: about 100 bytes a labelled event.
    """

    def __init__(self) -> None:
        self.lines = 0
        """Lines read, of any kind."""
        # time in ms, source and verdict in one number: a tuple would take twice the memory
        self._labels: dict[int, int] = {}

    @classmethod
    def read(cls, files: Sequence[Path], parser: EventParser, progress: Callable[[str, int, int], None]) -> EventLabels:
        """Return the labels that the end of JSON-lines files knows. Rejected lines are skipped."""
        labels, total = cls(), count_lines(files)
        for number, line in enumerate(event_lines(files), 1):
            labels.lines = number
            if number % LABEL_LINES == 0:
                progress("reading labels", number, total)
            if _may_be_label(line):
                labels._take_line(line, parser)
        return labels

    def _take_line(self, line: bytes, parser: EventParser) -> None:
        try:
            event = parser.parse(line)
        except Rejected:
            return
        if event.is_label:
            self.take(event)

    def take(self, label: Event) -> None:
        """Take one label in. Labels come in the order of their arrival."""
        subject = label.subject
        if label.is_fraud is None:
            if subject in self._labels and self._labels[subject] >> 1 & 0xFF in (0, label.source):
                del self._labels[subject]
        else:
            self._labels[subject] = label.time_ms << 9 | label.source << 1 | label.is_fraud

    def of(self, identity: int) -> tuple[bool, int] | None:
        """Return whether an event (`Event.identity`) is fraud and when that label came (ms since 1970).

        None without a label.
        """
        label = self._labels.get(identity)
        return None if label is None else (bool(label & 1), label >> 9)

    def tells(self, acted: Acted, identities: Iterable[int]) -> NDArray[np.bool_]:
        """Return bool[N]: of which of N events the outcome is seen, or told by a label."""
        return np.fromiter((value not in acted.unseen or value in self._labels for value in identities), np.bool_)

    def frauds(self, identities: Iterable[int]) -> NDArray[np.bool_]:
        """Return bool[N]: which of N events are labelled fraud."""
        return np.fromiter((bool(self._labels.get(value, 0) & 1) for value in identities), np.bool_)


def _may_be_label(line: bytes) -> bool:
    """Return False only where the event type cannot be `label`: JSON may write the word with escapes."""
    return LABEL.encode() in line or b"\\" in line
