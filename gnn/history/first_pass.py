"""A first look at a history: which events are known to be fraud, which are old enough to train on, and how
many.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from domain.events.event import Rejected
from domain.events.parser import EventParser
from domain.times import DAY_S
from gnn.history.label_delay import LabelDelay, label_delay
from gnn.history.replay import event_lines
from gnn.history.train_settings import TrainSettings

Progress = Callable[[str, int, int], None]
"""Called with (phase, done, total)."""
PROGRESS_LINES = 5000
WARM_UP_SHARE = 0.2  # a short history cannot spare more


class HistoryError(ValueError):
    """A history that cannot be trained on; the message says what is missing and the mend."""


@dataclass(frozen=True)
class Survey:
    """What one pass over the lines tells. Times are event time in ms."""

    frauds: frozenset[int]
    """Id hashes of the events labelled fraud by `until_ms`; of several labels the one that arrived last
    counts.
    """
    from_ms: int
    until_ms: int
    """The moment of training: later labels are unknown, later events unseen."""
    mature_ms: int
    """Events after this have not had the label delay to be found out: they are left out."""
    candidates: int
    """Events from `from_ms` to `mature_ms`, duplicates included."""
    lines: int
    """Lines up to the last candidate; the replay need not go further."""
    digest: str
    """SHA-256 of all files, one after the other."""
    delay: LabelDelay
    """How long fraud labels took."""


def survey(files: Sequence[Path], parser: EventParser, settings: TrainSettings, progress: Progress) -> Survey:
    """Read the history once. Without `settings.to_ms` it ends at the latest event or label."""
    to_ms = settings.to_ms
    digest = _digest(files, progress)
    times, at_line, hashes = array("q"), array("q"), array("Q")
    frauds: dict[int, int] = {}  # and when they became known
    latest_ms, number = 0, 0
    for number, line in enumerate(event_lines(files), 1):
        if number % PROGRESS_LINES == 0:
            progress("reading labels", number, 0)
        try:
            event = parser.parse(line)
        except Rejected:
            continue
        if to_ms is not None and event.time_ms > to_ms:
            continue
        latest_ms = max(latest_ms, event.time_ms)
        if not event.is_label:
            times.append(event.time_ms)
            at_line.append(number)
            hashes.append(event.id_hash)
        elif event.is_fraud:
            frauds.setdefault(event.subject_hash, event.time_ms)
        else:
            frauds.pop(event.subject_hash, None)
    progress("reading labels", number, number)
    if not times:
        raise HistoryError(f"no valid event up to the end of the training period in {', '.join(str(f) for f in files)}")
    until_ms = latest_ms if to_ms is None else to_ms
    mature_ms = until_ms - round(settings.label_delay_s * 1000)
    when = np.frombuffer(times, np.int64)
    first_ms = _warmed_up_ms(int(when.min()), mature_ms, settings.warm_up_days) if settings.from_ms is None else settings.from_ms
    chosen = np.flatnonzero((when >= first_ms) & (when <= mature_ms))
    if not len(chosen):
        raise HistoryError(
            f"no event is older than the label delay of {settings.label_delay_s / DAY_S:g} days at the end of the training period: "
            "give a longer history, an earlier --from, or a shorter --label-delay"
        )
    delay = _delay(frauds, np.frombuffer(hashes, np.uint64), when, until_ms)
    return Survey(frozenset(frauds), first_ms, until_ms, mature_ms, len(chosen), int(at_line[chosen[-1]]), digest, delay)


def _warmed_up_ms(begin_ms: int, end_ms: int, days: float) -> int:
    """When a state that was empty at the beginning has met the regulars."""
    return begin_ms + round(max(0.0, min(days * DAY_S * 1000, WARM_UP_SHARE * (end_ms - begin_ms))))


def _delay(frauds: dict[int, int], hashes: NDArray[np.uint64], when: NDArray[np.int64], until_ms: int) -> LabelDelay:
    known = np.fromiter(frauds, np.uint64, len(frauds))
    order = np.argsort(known)
    rows = np.flatnonzero(np.isin(hashes, known))  # a label may come without its event
    label_ms = np.fromiter(frauds.values(), np.int64, len(frauds))[order[np.searchsorted(known, hashes[rows], sorter=order)]]
    return label_delay(when[rows], label_ms, until_ms)


def _digest(files: Sequence[Path], progress: Progress) -> str:
    digest = hashlib.sha256()
    for path in files:
        try:
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        except OSError as error:
            raise HistoryError(f"{path} cannot be read ({error.strerror}): give --events a file of JSON lines") from None
    return digest.hexdigest()
