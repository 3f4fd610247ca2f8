"""Metrics of published revisions, and of the language model that writes their summaries.

The model is asked on an event loop of its own, where Flink's counters cannot be reached. So the calls and
tokens of a summary travel in its note.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from udfs.metrics.labelled_counter import OTHER, LabelledCounter

if TYPE_CHECKING:
    from pyflink.metrics import MetricGroup

STATUSES = ("opened", "grown", "closed", "overflow")
WRITERS = ("llm", "template")
_REASONS = {
    "circuit open": "circuit_open",
    "budget unknown": "budget",
    "llm.": "budget",
    "no summary within": "patience",
    "timeout": "patience",
    "refused": "refused",
    "HTTP": "endpoint",
    "no answer within": "endpoint",
    "no connection": "endpoint",
    "the connection broke": "endpoint",
    "the endpoint": "endpoint",
    "asks to wait": "endpoint",
    "content_filter": "endpoint",
    "the model": "endpoint",
    "the answer is": "endpoint",
    "more incidents than": "endpoint",
    "another call": "endpoint",
}
"""Beginnings of `WriterNote.fallback_reason` -> the value of the metric's label."""
_USAGE = ("calls", "input_tokens", "output_tokens", "retries")


class IncidentMetrics:
    """Counters of revisions, each counted once when it is published.

    The circuit's state is a counter that goes up to 1 and back; `RedisDelivery` says why it is no gauge.
    """

    def __init__(self, group: MetricGroup) -> None:
        self._revisions = LabelledCounter(group, "incident_revisions", "status", STATUSES)
        self._summaries = LabelledCounter(group, "summaries", "writer", WRITERS)
        self._fallbacks = LabelledCounter(group, "llm_fallbacks", "reason", dict.fromkeys((*_REASONS.values(), "queue_full")))
        self._usage = {name: group.counter(f"llm_{name}") for name in _USAGE}
        self._cost, self._cached = group.counter("llm_cost_micros"), group.counter("llm_cached")
        self._open, self._openings = group.counter("llm_circuit_open"), group.counter("llm_circuit_openings")
        self._is_open = False

    def count(self, document: Mapping[str, Any]) -> None:
        """Count a summarised revision, or an overflow record, which has no writer."""
        self._revisions.inc(document["status"])
        writer = document.get("writer")
        if not writer:
            return
        self._summaries.inc(writer["name"])
        if writer.get("fallback_reason"):
            self._fallbacks.inc(kind_of(writer["fallback_reason"]))
        for name, counter in self._usage.items():
            counter.inc(writer.get(name) or 0)
        self._cost.inc(round(1e6 * (writer.get("cost") or 0)))
        self._cached.inc(int(bool(writer.get("cached"))))
        is_open = writer.get("circuit") in ("open", "half-open")
        self._open.inc(is_open - self._is_open)
        self._openings.inc(int(is_open and not self._is_open))
        self._is_open = is_open


def kind_of(reason: str) -> str:
    """Return the kind of a fallback, one of a closed list."""
    if reason.endswith("others wait"):
        return "queue_full"
    return next((kind for beginning, kind in _REASONS.items() if reason.startswith(beginning)), OTHER)
