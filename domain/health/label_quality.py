"""Alarms judged by the labels that come in: what a label says of a decision, and the counts of a day.

A fraud that is labelled and was not flagged is missed; a legitimate event that was not flagged says nothing.
The last label of an event counts, one without a verdict withdraws what its source has said. Counts are by the
day on which the label came in, of event time: nobody keeps when a missed event was.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from domain.health.intervals import share_document
from domain.json_text import as_json
from domain.times import DAY_MS

TRUE_ALARM, FALSE_ALARM, MISSED, WITHDRAWN, CHANGED = OUTCOMES = ("true_alarm", "false_alarm", "missed", "withdrawn", "changed")
"""What becomes of a label. The first three are counts that a later label may take back."""
KEPT_DAYS = 60  # chargebacks come within weeks
VERSION = 1
_STATE = struct.Struct("<BBBBii")  # version, flagged, label, source, day of the label, day of the last news
_NONE, _LEGITIMATE, _FRAUD = range(3)


FLAGGED, LABEL = "flagged", "label"
"""What `Judged` is told of."""


def flagged_text(identity: int, at_ms: int) -> str:
    """Return that an event (`Event.identity`) was flagged, as it travels; `at_ms` is the stream's clock."""
    return as_json({"about": FLAGGED, "of": f"{identity:016x}", "at": at_ms})


def label_text(subject: int, is_fraud: bool | None, source: int, at_ms: int) -> str:
    """Return what a label says of an event (`Event.subject`), as it travels."""
    return as_json({"about": LABEL, "of": f"{subject:016x}", "is_fraud": is_fraud, "source": source, "at": at_ms})


class Change(NamedTuple):
    """A count that goes up or down."""

    day: int
    """Days since 1970."""
    outcome: str
    by: int


@dataclass(slots=True)
class Judged:
    """What is known of one event: whether it was flagged, and its last label."""

    flagged: bool = False
    label: int = _NONE
    source: int = 0
    """`Event.source` of the label."""
    day: int = 0
    """On which it came in."""
    touched: int = 0
    """Day of the last news."""

    def on_news(self, found: Mapping[str, Any]) -> list[Change]:
        """Take in the document of a `flagged_text` or `label_text`."""
        day = found["at"] // DAY_MS
        if found["about"] == FLAGGED:
            return self.on_flagged(day)
        return self.on_label(found["is_fraud"], found["source"], day)

    def on_flagged(self, day: int) -> list[Change]:
        """Take in that the event was flagged; its label may have come before."""
        before, self.touched = self._outcome, max(self.touched, day)
        self.flagged = True
        return self._moved(before, self.day)

    def on_label(self, is_fraud: bool | None, source: int, day: int) -> list[Change]:
        """Take in a label; None withdraws. `day` is the one on which it comes in."""
        if is_fraud is None:
            return self._withdrawn(source, day)
        label = _FRAUD if is_fraud else _LEGITIMATE
        if label == self.label:
            self.source = source  # a label that repeats what is known counts once, and is the last
            return []
        changed = [Change(day, CHANGED, 1)] if self.label != _NONE else []
        before, came = self._outcome, self.day
        self.label, self.source, self.day, self.touched = label, source, day, max(self.touched, day)
        return [*changed, *_down(before, came), *_up(self._outcome, day)]

    def _withdrawn(self, source: int, day: int) -> list[Change]:
        if self.label == _NONE or self.source not in (0, source):
            return []
        before, came = self._outcome, self.day
        self.label, self.source, self.day, self.touched = _NONE, 0, 0, max(self.touched, day)
        return [*_down(before, came), Change(day, WITHDRAWN, 1)]

    def _moved(self, before: str | None, day: int) -> list[Change]:
        return [] if self._outcome == before else [*_down(before, day), *_up(self._outcome, day)]

    @property
    def is_fraud(self) -> bool | None:
        """What the last label says; None where there is none."""
        return None if self.label == _NONE else self.label == _FRAUD

    @property
    def _outcome(self) -> str | None:
        if self.label == _NONE:
            return None
        if self.label == _FRAUD:
            return TRUE_ALARM if self.flagged else MISSED
        return FALSE_ALARM if self.flagged else None

    @property
    def until_day(self) -> int:
        """The day at whose beginning this may be forgotten."""
        return self.touched + KEPT_DAYS + 1

    def to_bytes(self) -> bytes:
        """Return it as it is stored, 12 bytes."""
        return _STATE.pack(VERSION, self.flagged, self.label, self.source, self.day, self.touched)

    @classmethod
    def of(cls, stored: bytes | None) -> Self:
        """Read what `to_bytes` returned; nothing is known where there is none, or of a later version."""
        if not stored or stored[0] != VERSION:
            return cls()
        _, flagged, *rest = _STATE.unpack(stored)
        return cls(bool(flagged), *rest)


def _up(outcome: str | None, day: int) -> list[Change]:
    return [] if outcome is None else [Change(day, outcome, 1)]


def _down(outcome: str | None, day: int) -> list[Change]:
    return [] if outcome is None else [Change(day, outcome, -1)]


@dataclass
class DayLabels:
    """How many labels of a day had which outcome."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))

    def add(self, changes: Iterable[tuple[str, int]]) -> None:
        """Add (outcome, by) of changes of this day."""
        for outcome, by in changes:
            self.counts[outcome] += by

    def document(self) -> dict[str, Any]:
        """Return counts, precision of the alarms that have a label and recall of the frauds that have one."""
        hits = self.counts[TRUE_ALARM]
        precision, recall = share_document(hits, hits + self.counts[FALSE_ALARM]), share_document(hits, hits + self.counts[MISSED])
        return {**self.counts, "precision": precision, "recall": recall}

    def to_bytes(self) -> bytes:
        """Return the counts as they are stored."""
        return as_json([VERSION, list(self.counts.values())]).encode()

    @classmethod
    def of(cls, stored: bytes) -> DayLabels:
        """Read what `to_bytes` returned; nothing of a later version."""
        version, counts = json.loads(stored)
        return cls(dict(zip(OUTCOMES, counts, strict=True))) if version == VERSION else cls()
