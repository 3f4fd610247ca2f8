"""What is known of the last days: drift of each model, and what labels have said, in a mapping of bytes.

It knows no engine: an operator lends it the state and moves its clock. Whoever takes the same texts and looks
at the same times writes the same documents, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Any

from domain.health.documents import KEPT_DAYS, HealthEntry, Moved, drift_entry, labels_entry
from domain.health.label_quality import DayLabels
from domain.times import DAY_MS
from gnn.scoring.clock_inputs import moved_by_the_clock
from gnn.scoring.drift import Drift
from gnn.scoring.drift_texts import DRIFT, REFERENCE, DayCounts, DriftReference

MOST_MODELS = 4
"""Whose references are kept: an artifact is changed seldom, and each takes 5 kB."""
_LABELS = "labels"


class HealthDays:
    """Counts of `KEPT_DAYS`, under the keys `drift MODEL DAY` and `labels DAY`; and `reference MODEL`.

    Which keys there are, and which are new, is read once: a walk through an engine's state is dear.
    """

    def __init__(self, state: MutableMapping[str, bytes], names: Sequence[str]) -> None:
        """Take the mapping, and the names of `FeatureBatch.flat`'s columns."""
        self._state, self._names = state, names
        self._references: dict[str, DriftReference] = {}
        self._looked = -1  # day of the last look: how far the slowest of all has come
        self._known: set[str] | None = None  # keys of days
        self._new: set[str] = set()

    def take(self, found: Mapping[str, Any], text: str) -> int | None:
        """Take a document in, whose text is given; return the time of its latest event if anything is new."""
        if found["about"] == REFERENCE:
            self._keep_reference(found["model"], text)
            return None
        if found["about"] == DRIFT:
            return self._take_drift(found)
        self._take_changes(found["changes"])
        return int(found["at"])

    def look(self, now_ms: int) -> Iterator[HealthEntry]:
        """Yield an entry for each model and day, and each day's labels, that are new since the last look.

        Days long before `now_ms`, an event time, are forgotten. A history that is read at full speed is ahead
        of its last worker by weeks, so that the newest text does not say what is long ago.
        """
        known = self._days()
        for key in sorted(self._new):
            kind, *rest = key.split(" ")
            stored, day = self._state[key], int(rest[-1])
            entry = self._drift(rest[0], day, stored[1:], now_ms) if kind == DRIFT else self._labels(day, stored[1:], now_ms)
            self._state[key] = _WRITTEN + stored[1:]
            self._new.discard(key)
            if entry is not None:
                yield entry
        if now_ms // DAY_MS > self._looked:
            self._looked = now_ms // DAY_MS
            for key in [key for key in known if not self._is_kept(int(key.split(" ")[-1]))]:
                del self._state[key]
                known.discard(key)

    def _drift(self, model: str, day: int, stored: bytes, now_ms: int) -> HealthEntry | None:
        reference, counts = self._reference(model), DayCounts.of(stored)
        if reference is None or counts is None:
            return None
        left_out = moved_by_the_clock(self._is_whole(model, day, now_ms))
        inputs = [_moved(one) for one in counts.features(reference, self._names) if one.name not in left_out]
        return drift_entry(model, day, now_ms, counts.events, _moved(counts.score(reference)), inputs, reference.precision)

    def _is_whole(self, model: str, day: int, now_ms: int) -> bool:
        """Return whether a day is over and the model has scored since the day before."""
        return now_ms >= (day + 1) * DAY_MS and f"{DRIFT} {model} {day - 1}" in self._days()

    def _labels(self, day: int, stored: bytes, now_ms: int) -> HealthEntry:
        return labels_entry(day, now_ms, DayLabels.of(stored))

    def _take_drift(self, found: Mapping[str, Any]) -> int | None:
        model, day, reference = found["model"], found["day"], self._reference(found["model"])
        if reference is None or not self._is_kept(day):
            return None
        key = f"{DRIFT} {model} {day}"
        stored = self._state.get(key)
        counts = (DayCounts.of(stored[1:]) if stored else None) or DayCounts.none(reference)
        counts.add(found)
        self._keep(key, counts.to_bytes())
        return int(found["last_ms"])

    def _take_changes(self, changes: Sequence[tuple[int, str, int]]) -> None:
        for day in {day for day, _, _ in changes if self._is_kept(day)}:
            stored = self._state.get(f"{_LABELS} {day}")
            labels = DayLabels.of(stored[1:]) if stored else DayLabels()
            labels.add((outcome, by) for of, outcome, by in changes if of == day)
            self._keep(f"{_LABELS} {day}", labels.to_bytes())

    def _keep(self, key: str, counts: bytes) -> None:
        self._days().add(key)
        self._new.add(key)
        self._state[key] = _NEW + counts

    def _days(self) -> set[str]:
        """Return the keys of days, after a restart as the state has them."""
        if self._known is None:
            self._known = {key for key in self._state if not key.startswith(REFERENCE)}
            self._new = {key for key in self._known if self._state[key][:1] == _NEW}
        return self._known

    def _is_kept(self, day: int) -> bool:
        return day > self._looked - KEPT_DAYS

    def _reference(self, model: str) -> DriftReference | None:
        if model not in self._references and (stored := self._state.get(f"{REFERENCE} {model}")):
            self._references[model] = DriftReference.from_text(stored.decode())
        return self._references.get(model)

    def _keep_reference(self, model: str, text: str) -> None:
        kept = [key for key in self._state if key.startswith(REFERENCE)]
        named = f"{REFERENCE} {model}"
        if named not in kept and len(kept) >= MOST_MODELS:
            of_days = {key.split(" ")[1] for key in self._state if key.startswith(DRIFT)}
            for key in [key for key in sorted(kept) if key.split(" ")[1] not in of_days]:
                del self._state[key]
        self._references.clear()
        self._state[named] = text.encode()


_NEW, _WRITTEN = b"n", b"w"
"""Whether counts have changed since they were written."""


def _moved(drift: Drift) -> Moved:
    return Moved(drift.name, drift.psi, drift.noise, drift.verdict)
