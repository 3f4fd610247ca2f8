"""What is written to the stream `health`: drift of a model's day, what labels say, rejected lines lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from domain.health.label_quality import DayLabels
from domain.times import DAY_MS, HOUR_MS, rfc3339

DRIFT, LABELS, LOST = "drift", "labels", "lost"
"""Kinds of documents."""
GRACE_MS = 60_000
"""After an hour of event time, for what workers have not handed on yet."""
KEPT_DAYS = 7
"""Days of event time that are counted at a time: events of a day before come late, a history is read fast."""
MOST_INPUTS = 10  # that have not drifted, the most drifted first; all that have are named
MOST_DRIFTED = 40
NONE, MUCH = "none", "much"
"""The mildest and the gravest verdict."""


class Moved(NamedTuple):
    """How far a column has moved: the population stability index, its noise and the verdict."""

    name: str
    psi: float
    noise: float
    verdict: str

    def document(self) -> dict[str, Any]:
        """Return it as it is written."""
        return {"name": self.name, "psi": round(self.psi, 6), "noise": round(self.noise, 6), "verdict": self.verdict}


@dataclass(frozen=True)
class HealthEntry:
    """An entry of the stream: its id, kind, how grave it is, the event time, and the document."""

    id: str
    kind: str
    severity: str
    time_ms: int
    document: dict[str, Any]


def next_look_ms(latest_ms: int) -> int:
    """Return the event time at which what happened until `latest_ms` is to be written: after its hour."""
    return (latest_ms // HOUR_MS + 1) * HOUR_MS + GRACE_MS


def drift_entry(
    model: str, day: int, look_ms: int, events: int, score: Moved, inputs: Sequence[Moved], expected_precision: float | None
) -> HealthEntry:
    """Return the drift of a model's day as it is known at `look_ms`; `inputs` are most drifted first.

    `expected_precision` is what the model's card expects of its alarms.
    """
    drifted = [one for one in inputs if one.verdict != NONE]
    shown = drifted[:MOST_DRIFTED] if len(drifted) >= MOST_INPUTS else inputs[:MOST_INPUTS]
    hour, until_ms = _hour_of(day, look_ms)
    document = {
        "kind": DRIFT, "model": model, "day": day_name(day), "until": until_ms, "events": events, "score": score.document(),
        "drifted": len(drifted), "inputs": [one.document() for one in shown],
        "expected_precision": None if expected_precision is None else round(expected_precision, 6),
    }  # fmt: skip
    return HealthEntry(f"{DRIFT}:{model}:{document['day']}:{hour:02}", DRIFT, _severity(score, drifted), until_ms, document)


def labels_entry(day: int, look_ms: int, labels: DayLabels) -> HealthEntry:
    """Return what the labels of a day say, as it is known at `look_ms`."""
    hour, until_ms = _hour_of(day, look_ms)
    document = {"kind": LABELS, "day": day_name(day), "until": until_ms, **labels.document()}
    return HealthEntry(f"{LABELS}:{document['day']}:{hour:02}", LABELS, "low", until_ms, document)


def lost_entry(lines: int, since_ms: int, until_ms: int) -> HealthEntry:
    """Return how many rejected lines found no room while Redis took none, by the machine's clock."""
    document = {"kind": LOST, "day": rfc3339(until_ms)[:10], "since": since_ms, "until": until_ms, "lines": lines}
    return HealthEntry(f"{LOST}:{since_ms}:{until_ms}", LOST, "high", until_ms, document)


def day_name(day: int) -> str:
    """Return the date of a day since 1970."""
    return rfc3339(day * DAY_MS)[:10]


def _severity(score: Moved, drifted: Sequence[Moved]) -> str:
    if score.verdict == MUCH:
        return "high"
    return "medium" if score.verdict != NONE or any(one.verdict == MUCH for one in drifted) else "low"


def _hour_of(day: int, look_ms: int) -> tuple[int, int]:
    """Return (hours from the day's beginning to a look, the end of its hour in ms)."""
    hour = (look_ms - GRACE_MS) // HOUR_MS
    return hour - 24 * day, hour * HOUR_MS
