"""Metrics of events that are approved early, to be summed with those of the scoring worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from domain.decisions.decision import APPROVE, DECISIONS
from domain.kernel.compiled import compiled_entry
from domain.kernel.raw_bytes import array_at, bytes_at
from udfs.metrics.labelled_counter import OTHER
from udfs.metrics.run_counts import counts_file
from udfs.metrics.score_metrics import LATENCY_BOUNDS_MS, SCORE_BOUNDS, bucket_labels
from udfs.metrics.shadow_metrics import RuleMetrics
from udfs.metrics.shared_counters import SharedCounters

if TYPE_CHECKING:
    from pyflink.metrics import MetricGroup

_APPROVED, _WAITED_MS, _SCORES = range(3)
_LATENCIES = _SCORES + len(SCORE_BOUNDS)
_SIZE = _LATENCIES + len(LATENCY_BOUNDS_MS)


class ApprovalMetrics:
    """Decisions, scores, and times from entering the job to the decision, in less than 1 us per event."""

    def __init__(self, group: MetricGroup) -> None:
        self._counters = SharedCounters(group, _SIZE)
        self._address = self._counters.address
        self._kept = counts_file("decisions", [APPROVE])
        self._rules = RuleMetrics(group)
        for decision in (*DECISIONS, OTHER):
            labelled = group.add_group("decision", decision)
            if decision == APPROVE:
                self._counters.show(labelled, "decisions", _APPROVED)
            else:
                labelled.counter("decisions")  # stays 0
        self._show_histogram(group, "score", SCORE_BOUNDS, _SCORES)
        self._show_histogram(group, "decision_latency_ms", LATENCY_BOUNDS_MS, _LATENCIES)
        self._counters.show(group, "decision_latency_ms_sum", _WAITED_MS)

    def _show_histogram(self, group: MetricGroup, name: str, bounds: Sequence[float], at: int) -> None:
        for index, label in enumerate(bucket_labels(bounds)):
            self._counters.show(group.add_group("le", label), f"{name}_bucket", at + index if index < len(bounds) else _APPROVED)
        self._counters.show(group, f"{name}_count", _APPROVED)

    def count_rules(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Count the rules that have fired on an approved event: they are in shadow."""
        self._rules.count(rules)

    def count(self, score: float, waited_ms: int) -> None:
        """Count one approved event that entered the job `waited_ms` ago; less than 0 if the clock was set
        back.
        """
        _count(self._address, score, waited_ms)
        if self._kept:
            self._kept.add(APPROVE)


@compiled_entry
def _count(address: int, score: float, waited_ms: int) -> None:
    """Raise the counters. The buckets are cumulative, as they are exported.

    The bucket without a bound and the histogram's count are the number of approved events.
    """
    counters = array_at(bytes_at(address, 8 * _SIZE), 0, _SIZE, np.int64)
    counters[_APPROVED] += 1
    counters[_WAITED_MS] += max(0, waited_ms)
    for index, bound in enumerate(SCORE_BOUNDS):
        counters[_SCORES + index] += score <= bound
    for index, longest_ms in enumerate(LATENCY_BOUNDS_MS):
        counters[_LATENCIES + index] += waited_ms <= longest_ms
