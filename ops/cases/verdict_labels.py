"""A verdict as labels of its alerts: each is said once, and again when it changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from domain.graph import LABEL
from ops.cases.tables import AlertRow, VerdictRow
from ops.cases.words import VERDICTS

SOURCE = "verdict"


def labels(
    verdict: VerdictRow, incident_id: str, words: Mapping[str, str], alerts: Iterable[AlertRow], time_ms: int, suffix: str = ""
) -> dict[str, dict[str, Any]]:
    """Return label events by their ids: `words` says of each alert's id what to say.

    An id is of the verdict and the alert, so a label that is sent twice is one; `suffix` sets those apart
    that take the verdict back.
    """
    made = (_label(verdict, incident_id, words[alert.id], alert, time_ms, suffix) for alert in alerts)
    return {label["event_id"]: label for label in made}


def label_part(alert_id: str) -> str:
    """Return what the ids of an alert's labels end with."""
    return alert_id[:16]


def _label(verdict: VerdictRow, incident_id: str, word: str, alert: AlertRow, time_ms: int, suffix: str) -> dict[str, Any]:
    return {
        "event_id": f"verdict:{incident_id}:{verdict.id}{suffix}:{label_part(alert.id)}",
        "event_type": LABEL,
        "event_time": max(time_ms, alert.time),
        "pseudonyms": dict(alert.document.get("entities") or {}),
        "subject_event_id": alert.event_id,
        "is_fraud": VERDICTS[word],
        "source": SOURCE,
        "attributes": {"incident": incident_id, "by": verdict.by, "reason": _bounded(verdict.reason)},
    }


def _bounded(text: str) -> str:
    """Return a text as attributes of events may have it: 512 printable characters."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:512]
