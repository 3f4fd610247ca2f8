"""The lines of files on their way to a stream: at a rate, labels apart, signed, no more than is read."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.events.quoting import folded
from domain.graph import FORGET, LABEL
from domain.json_text import as_json
from domain.unpacked import open_unpacked, without_end
from flink_job.commands.publish_targets import Target

if TYPE_CHECKING:
    from domain.control.signature import ControlKeys

MOST_LINES, MOST_PACED = 500, 100
TICK_S = 0.05
UNREAD_S = 60.0
"""How long a job may read nothing, until it counts as not there."""


Progress = Callable[[int, int, int], None]
"""Called with the number of the last line that is there, how many were sent, and how many of these as labels
into the stream of labels.
"""


class UnreadError(RuntimeError):
    """Nobody reads the stream, and more would push unread lines out of it."""


@dataclass(frozen=True)
class Feed:
    """Where lines go and how."""

    to: Target
    labels_to: Target | None = None
    rate: float | None = None
    """Lines a second; None: as fast as they are taken."""
    hard_max_length: int = 1_000_000
    keys: ControlKeys | None = None
    key_name: str = ""

    def run(self, files: Sequence[Path], from_line: int, progress: Progress, stops: Callable[[], bool]) -> None:
        """Send all lines from a number on, counted from 1 over all files, blank ones too.

        `stops` ends it before the next batch.
        """
        self.to.look()
        began, sent, labels = time.monotonic(), 0, 0
        for number, batch in _batches(files, from_line, self._most):
            if self.rate and not _slept_until(began + sent / self.rate, stops):
                return
            if stops() or not self._waited_for_room(stops):
                return
            labels += self._send(batch)
            sent += len(batch)
            progress(number, sent, labels)

    @property
    def _most(self) -> int:
        return max(1, min(MOST_PACED, int(self.rate * TICK_S))) if self.rate else MOST_LINES

    def _send(self, lines: Sequence[bytes]) -> int:
        """Send lines; return how many went into the stream of labels."""
        events: list[bytes] = []
        labels: list[bytes] = []
        for line in lines:
            document = _document(line) if self.labels_to or self.keys else None
            is_label = document is not None and folded(str(document.get("event_type"))) in (LABEL, FORGET)
            if self.keys and document is not None and (is_label or "control" in document):
                line = as_json(self.keys.signed(document, self.key_name)).encode()
            (labels if is_label and self.labels_to else events).append(line)
        self.to.send(events)
        if labels and self.labels_to:
            self.labels_to.send(labels)
        return len(labels)

    def _waited_for_room(self, stops: Callable[[], bool]) -> bool:
        """Wait while the stream is full of unread lines and somebody reads; False if it was stopped."""
        least, since = self.to.unread, time.monotonic()
        while self.to.unread >= self.hard_max_length:
            if self.to.lag() is None or time.monotonic() - since > UNREAD_S:
                raise UnreadError(
                    f"{self.to.unread:,} lines wait for a job: start it, or raise redis.hard_max_length ({self.hard_max_length:,}), "
                    "beyond which unread ones are dropped"
                )
            if not _slept_until(time.monotonic() + 1.0, stops):
                return False
            self.to.look()
            if self.to.unread < least:
                least, since = self.to.unread, time.monotonic()
        return True

    def close(self) -> None:
        """Close the connections."""
        for target in (self.to, self.labels_to):
            if target is not None:
                target.close()


def _batches(files: Sequence[Path], from_line: int, most: int) -> Iterator[tuple[int, list[bytes]]]:
    """Yield (number of the last line, lines that are not blank)."""
    number, batch = 0, []
    for file in files:
        with open_unpacked(file) as lines:
            for line in lines:
                number += 1
                if number < from_line or not line.strip():
                    continue
                batch.append(without_end(line))
                if len(batch) == most:
                    yield number, batch
                    batch = []
    if batch:
        yield number, batch


def _slept_until(due: float, stops: Callable[[], bool]) -> bool:
    while (left := due - time.monotonic()) > 0:
        if stops():
            return False
        time.sleep(min(left, 0.2))
    return True


def _document(line: bytes) -> dict[str, Any] | None:
    """Return the object of a line that may be a label or a control record; None for another, or none."""
    lower = line.lower()
    if b"label" not in lower and b"forget" not in lower and b"control" not in line and b"\\" not in line:
        return None
    try:
        document = json.loads(line)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None
