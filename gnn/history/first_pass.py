"""The first pass over a history: which events are known to be fraud, which are old enough to train on, how
many.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from domain.events.event import Event, Rejected
from domain.events.parser import EventParser
from domain.memory.trail import WITHDRAWN
from domain.times import DAY_S
from domain.unpacked import open_unpacked
from gnn.history.label_delay import LabelDelay, label_delay
from gnn.history.replay import event_lines
from gnn.history.train_settings import FINAL, TrainSettings
from gnn.history.unseen import NOT_ACTED, Acted

Progress = Callable[[str, int, int], None]
"""Called with (phase, done, total); a total of 0 is unknown."""
PROGRESS_LINES = 5000
WARM_UP_SHARE = 0.2  # a short history cannot spare more


class HistoryError(ValueError):
    """A history that cannot be trained on; the message says what is missing and the mend."""


@dataclass(frozen=True)
class FirstPass:
    """What one pass over the lines says. Times are event time in ms since 1970."""

    frauds: frozenset[int]
    """`Event.identity` of the events labelled fraud by `labels_until_ms`; of several labels the one that
    arrived last counts, and one that its source withdraws does not.
    """
    from_ms: int
    until_ms: int
    """The moment of training: later events are unseen."""
    labels_until_ms: int
    """Later labels are unknown: `until_ms`, or the end of the files with `labels: final`."""
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
    unknown: frozenset[int] = frozenset()
    """`Event.identity` of events to leave out: their outcome is unseen, and no label speaks of them."""
    left_out: int = 0
    """How many of the events to train on are among them."""
    weights: Mapping[int, float] = field(default_factory=dict)
    """`Event.identity` -> how many events it counts for, where that is not one."""
    weighed: int = 0
    """How many of the events to train on are among them."""


def read_first_pass(
    files: Sequence[Path], parser: EventParser, settings: TrainSettings, progress: Progress, acted: Acted = NOT_ACTED
) -> FirstPass:
    """Read the history once. Without `to_ms` or `split` in the settings it ends at the latest event or
    label. `acted` says whose outcome only a label tells, and which events count for more than one.

    Raises `HistoryError` when a file cannot be read or no event is left to train on.
    """
    digest, total = _digest(files)
    found = _Lines(files, parser, total, progress)
    until_ms = _until_ms(found, settings)
    labels_until_ms = max(until_ms, found.latest_ms) if settings.labels == FINAL else until_ms
    mature_ms = min(until_ms, labels_until_ms - round(settings.label_delay_s * 1000))
    seen = found.when[found.when <= until_ms]
    if not len(seen):
        raise HistoryError(f"no valid event up to the end of the training period in {', '.join(str(f) for f in files)}")
    from_ms = _warmed_up_ms(int(seen.min()), mature_ms, settings.warm_up_days) if settings.from_ms is None else settings.from_ms
    frauds, cleared = found.labelled(labels_until_ms)
    unknown = frozenset(acted.unseen) - frauds.keys() - cleared
    in_time = (found.when >= from_ms) & (found.when <= mature_ms)
    chosen = np.flatnonzero(in_time & found.outside(unknown))
    if not len(chosen):
        raise HistoryError(
            f"no event is older than the label delay of {settings.label_delay_s / DAY_S:g} days at the end of the training period: "
            "give a longer history, an earlier --from, a shorter --label-delay, or --labels final"
        )
    return FirstPass(
        frauds=frozenset(frauds),
        from_ms=from_ms,
        until_ms=until_ms,
        labels_until_ms=labels_until_ms,
        mature_ms=mature_ms,
        candidates=len(chosen),
        lines=int(found.at_line[chosen[-1]]),
        digest=digest,
        delay=_delay(frauds, found.identities[found.when <= until_ms], seen, labels_until_ms),
        unknown=unknown,
        left_out=int(in_time.sum()) - len(chosen),
        weights=acted.weights,
        weighed=int(np.isin(found.identities[chosen], np.fromiter(acted.weights, np.uint64, len(acted.weights))).sum()),
    )


class _Lines:
    """The events and labels of the files: events as columns, labels in the order of their arrival."""

    def __init__(self, files: Sequence[Path], parser: EventParser, total: int, progress: Progress) -> None:
        self._times, self._lines, self._identities = array("q"), array("q"), array("Q")
        self._label_times, self._subjects, self._verdicts, self._sources = array("q"), array("Q"), bytearray(), bytearray()
        number = 0
        for number, line in enumerate(event_lines(files), 1):
            if number % PROGRESS_LINES == 0:
                progress("reading labels", number, total)
            try:
                self._take(parser.parse(line), number)
            except Rejected:
                continue
        progress("reading labels", number, number)
        self.when, self.at_line = np.array(self._times, np.int64), np.array(self._lines, np.int64)
        self.identities = np.array(self._identities, np.uint64)
        self.latest_ms = max(max(self._times, default=0), max(self._label_times, default=0))

    def _take(self, event: Event, number: int) -> None:
        if event.is_label:
            self._label_times.append(event.time_ms)
            self._subjects.append(event.subject)
            self._verdicts.append(WITHDRAWN if event.is_fraud is None else event.is_fraud)
            self._sources.append(event.source)
        else:
            self._times.append(event.time_ms)
            self._lines.append(number)
            self._identities.append(event.identity)

    def outside(self, identities: Collection[int]) -> NDArray[np.bool_]:
        """Return bool[N]: which events are none of these."""
        return ~np.isin(self.identities, np.fromiter(identities, np.uint64, len(identities)))

    def labelled(self, until_ms: int) -> tuple[dict[int, int], set[int]]:
        """Return the identities of events labelled fraud by `until_ms`, and when they became known; and of
        those labelled legitimate.
        """
        frauds: dict[int, int] = {}
        cleared: set[int] = set()
        said_by: dict[int, int] = {}
        for time_ms, subject, said, source in zip(self._label_times, self._subjects, self._verdicts, self._sources, strict=True):
            if time_ms > until_ms:
                continue
            if said == WITHDRAWN:
                if said_by.get(subject, 0) in (0, source):
                    frauds.pop(subject, None)
                    cleared.discard(subject)
                continue
            said_by[subject] = source
            if said:
                frauds.setdefault(subject, time_ms)
                cleared.discard(subject)
            else:
                frauds.pop(subject, None)
                cleared.add(subject)
        return frauds, cleared


def _until_ms(found: _Lines, settings: TrainSettings) -> int:
    """Return the moment of training: that of the settings, the last before the test part, or the end of the
    files.
    """
    if settings.to_ms is not None:
        return settings.to_ms
    when = np.sort(found.when if settings.from_ms is None else found.when[found.when >= settings.from_ms])
    first_of_test = len(when) if settings.split is None else round((1.0 - settings.split[2]) * len(when))
    return found.latest_ms if first_of_test >= len(when) else int(when[first_of_test]) - 1


def _warmed_up_ms(begin_ms: int, end_ms: int, days: float) -> int:
    """Return when a state that was empty at the beginning has met the regulars."""
    return begin_ms + round(max(0.0, min(days * DAY_S * 1000, WARM_UP_SHARE * (end_ms - begin_ms))))


def _delay(frauds: dict[int, int], identities: NDArray[np.uint64], when: NDArray[np.int64], until_ms: int) -> LabelDelay:
    known = np.fromiter(frauds, np.uint64, len(frauds))
    order = np.argsort(known)
    rows = np.flatnonzero(np.isin(identities, known))  # a label may come without its event
    label_ms = np.fromiter(frauds.values(), np.int64, len(frauds))[order[np.searchsorted(known, identities[rows], sorter=order)]]
    return label_delay(when[rows], label_ms, until_ms)


def _digest(files: Sequence[Path]) -> tuple[str, int]:
    """Return the SHA-256 of all files, one after the other, and the number of their lines."""
    digest, lines = hashlib.sha256(), 0
    for path in files:
        try:
            with open_unpacked(path) as file:
                while block := file.read(1 << 20):
                    digest.update(block)
                    lines += block.count(b"\n")
        except OSError as error:
            raise HistoryError(f"{path} cannot be read ({error.strerror}): give --events a file of JSON lines") from None
    return digest.hexdigest(), lines
