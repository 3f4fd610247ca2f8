"""A history delivered at a steady rate, and how long each of its events took."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FILE_EVERY_S = 0.2
PERCENTILES = (50.0, 95.0, 99.0, 99.9)


class PacedFolder:
    """Puts the lines of a history into a watched folder, a file every FILE_EVERY_S, and remembers when each event was sent.

    Events keep their own times, so that the model sees the history as it is; only the delivery is paced.
    """

    def __init__(self, history: Path, folder: Path, rate: float) -> None:
        """`rate` in lines per second."""
        self._history, self._folder, self._rate = history, folder, rate
        self.sent_ms: dict[str, int] = {}
        """Wall clock of the delivery by id of what must be decided, ms since 1970."""
        folder.mkdir(parents=True, exist_ok=True)

    def deliver(self, duration_s: float) -> None:
        """Deliver for so long, or until the history ends. A late file is made up for: the rate holds on average."""
        began, sent = time.monotonic(), 0
        with self._history.open(encoding="utf-8") as lines:
            for number in range(int(duration_s / FILE_EVERY_S)):
                time.sleep(max(0.0, began + number * FILE_EVERY_S - time.monotonic()))
                due = int((number + 1) * FILE_EVERY_S * self._rate) - sent
                batch = list(islice(lines, due))
                if not batch:
                    return
                self._write(number, batch)
                sent += len(batch)

    def _write(self, number: int, batch: list[str]) -> None:
        half = self._folder.parent / f"{self._folder.name}-{number}.half"
        half.write_text("".join(batch), encoding="utf-8")
        now = time.time_ns() // 1_000_000
        self.sent_ms |= {event["event_id"]: now for event in map(json.loads, batch) if event["event_type"] != "label"}
        half.rename(self._folder / f"{number:06}.jsonl")


def latencies(sent_ms: dict[str, int], seen_ms: Iterable[tuple[str, int]], from_ms: int) -> NDArray[np.int64]:
    """ms from delivery to sight of the events that were delivered from `from_ms` on and seen."""
    return np.array([seen - sent_ms[name] for name, seen in seen_ms if sent_ms.get(name, 0) >= from_ms], np.int64)


def shown(values: NDArray[np.int64]) -> str:
    """The percentiles in words, in ms."""
    points = np.percentile(values, PERCENTILES)
    return ", ".join(f"p{rank:g} {value:,.0f}" for rank, value in zip(PERCENTILES, points, strict=True)) + f" ms of {len(values):,}"
