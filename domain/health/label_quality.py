"""Alarms judged by the labels that come in: what a label says of a decision, and the counts of a day.

A fraud that is labelled and was not flagged is missed; a legitimate event that was not flagged says nothing.
The last label of an event counts, one without a verdict withdraws what its source has said. Last is
what was read last, in whatever order the news of labels and flags come here. Counts are by the day on which
the label came in, of event time: nobody keeps when a missed event was.
"""

from __future__ import annotations

import json
import struct
from bisect import insort
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NamedTuple, Self

from domain.health.intervals import share_document
from domain.json_text import as_json
from domain.times import DAY_MS

TRUE_ALARM, FALSE_ALARM, MISSED, WITHDRAWN, CHANGED = OUTCOMES = ("true_alarm", "false_alarm", "missed", "withdrawn", "changed")
"""What becomes of a label. The first three are counts that a later label may take back."""
KEPT_DAYS = 60  # chargebacks come within weeks
MOST_LAST = 8  # labels of one event that may overtake each other
VERSION = 2
_HEAD, _SAID = struct.Struct("<BBi"), struct.Struct("<qBBi")
_NONE, _LEGITIMATE, _FRAUD = range(3)


FLAGGED, LABEL = "flagged", "label"
"""What `Judged` is told of."""


def flagged_text(identity: int, at_ms: int) -> str:
    """Return that an event (`Event.identity`) was flagged, as it travels; `at_ms` is the stream's clock."""
    return as_json({"about": FLAGGED, "of": f"{identity:016x}", "at": at_ms})


def label_text(subject: int, is_fraud: bool | None, source: int, order: int, at_ms: int) -> str:
    """Return what a label says of an event (`Event.subject`), as it travels; `order` is `Event.order`."""
    return as_json({"about": LABEL, "of": f"{subject:016x}", "is_fraud": is_fraud, "source": source, "order": order, "at": at_ms})


class Change(NamedTuple):
    """A count that goes up or down."""

    day: int
    """Days since 1970."""
    outcome: str
    by: int


class Said(NamedTuple):
    """What one label says."""

    order: int
    """`Event.order`: of two labels of one event the one with the higher came in later."""
    label: int
    """`_NONE` withdraws."""
    source: int
    """`Event.source` of the label."""
    day: int
    """On which it came in."""


_NOTHING_SAID, _order = Said(0, _NONE, 0, 0), attrgetter("order")


@dataclass(slots=True)
class Judged:
    """What is known of one event: whether it was flagged, and its labels.

    News may come in any order: a label that names other entities than the one before takes another way
    through the job, and may overtake it. So the last labels are kept, and read again with each one more.
    """

    flagged: bool = False
    settled: Said = _NOTHING_SAID
    """The label that counts before the `last` ones."""
    last: list[Said] = field(default_factory=list)
    """The `MOST_LAST` labels that came in last, in their order."""
    touched: int = 0
    """Day of the last news."""

    def on_news(self, found: Mapping[str, Any]) -> list[Change]:
        """Take in the document of a `flagged_text` or `label_text`."""
        day = found["at"] // DAY_MS
        if found["about"] == FLAGGED:
            return self.on_flagged(day)
        return self.on_label(found["is_fraud"], found["source"], day, found["order"])

    def on_flagged(self, day: int) -> list[Change]:
        """Take in that the event was flagged; its label may have come before."""
        before = self._read()[1]
        self.flagged, self.touched = True, max(self.touched, day)
        return _between(before, self._read()[1])

    def on_label(self, is_fraud: bool | None, source: int, day: int, order: int = 0) -> list[Change]:
        """Take in a label; None withdraws. `day` is the one on which it comes in.

        Labels of one order count in the order in which they are taken in.
        """
        label, before = _NONE if is_fraud is None else _FRAUD if is_fraud else _LEGITIMATE, self._read()[1]
        insort(self.last, Said(order, label, source, day), key=_order)
        after = self._read()[1]
        if len(self.last) > MOST_LAST:
            self.settled, _ = _then(self.settled, self.last.pop(0))
        self.touched = max(self.touched, day)
        return _between(before, after)

    @property
    def is_fraud(self) -> bool | None:
        """What the last label says; None where there is none."""
        label = self._read()[0].label
        return None if label == _NONE else label == _FRAUD

    @property
    def until_day(self) -> int:
        """The day at whose beginning this may be forgotten."""
        return self.touched + KEPT_DAYS + 1

    def _read(self) -> tuple[Said, list[tuple[int, str]]]:
        """Return the label that counts, and (day, outcome) of all that the last labels come to."""
        counts, found = self.settled, []
        for said in self.last:
            counts, outcome = _then(counts, said)
            if outcome:
                found.append((said.day, outcome))
        outcome = self._outcome(counts.label)
        return counts, [*found, (counts.day, outcome)] if outcome else found

    def _outcome(self, label: int) -> str | None:
        if label == _FRAUD:
            return TRUE_ALARM if self.flagged else MISSED
        return FALSE_ALARM if label == _LEGITIMATE and self.flagged else None

    def to_bytes(self) -> bytes:
        """Return it as it is stored: 20 bytes, and 14 for each of the last labels."""
        said = (self.settled, *self.last)
        return _HEAD.pack(VERSION, self.flagged, self.touched) + b"".join([_SAID.pack(*one) for one in said])

    @classmethod
    def of(cls, stored: bytes | None) -> Self:
        """Read what `to_bytes` returned; nothing is known where there is none, or of another version."""
        if not stored or stored[0] != VERSION:
            return cls()
        _, flagged, touched = _HEAD.unpack_from(stored)
        settled, *last = (Said(*one) for one in _SAID.iter_unpack(stored[_HEAD.size :]))
        return cls(bool(flagged), settled, last, touched)


def _then(counts: Said, said: Said) -> tuple[Said, str | None]:
    """Return the label that counts after one more, and what that has done to the one that counted."""
    if said.label == _NONE:
        withdraws = counts.label != _NONE and counts.source in (0, said.source)
        return (_NOTHING_SAID, WITHDRAWN) if withdraws else (counts, None)
    if said.label == counts.label:  # a label that repeats what is known counts once, and is the last
        return counts._replace(source=said.source), None
    return said, None if counts.label == _NONE else CHANGED


def _between(before: Iterable[tuple[int, str]], after: Iterable[tuple[int, str]]) -> list[Change]:
    """Return the changes from counts to other ones, what goes down first."""
    moved = Counter(after)
    moved.subtract(before)
    return sorted((Change(day, outcome, by) for (day, outcome), by in moved.items() if by), key=lambda change: (change.by, change))


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
