"""Metrics of the scoring worker, counted per micro-batch: each count crosses to Flink with the bundle."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from domain.decisions.decision import DECISIONS, Decision
from domain.memory.trail import TrailCodec
from udfs.metrics.labelled_counter import LabelledCounter
from udfs.metrics.shadow_metrics import ShadowMetrics

if TYPE_CHECKING:
    from pyflink.metrics import MetricGroup

SCORE_BOUNDS = (0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
LATENCY_BOUNDS_MS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 60_000)
INFINITY = "+Inf"


def bucket_labels(bounds: Sequence[float]) -> list[str]:
    """Return the values of the label `le`: one per bound, and one more for what is above all of them."""
    return [*(f"{bound:g}" if bound < 1e6 else str(bound) for bound in bounds), INFINITY]


class CounterHistogram:
    """A Prometheus histogram of counters: `<name>_count`, and cumulative `<name>_bucket` by the label `le`.

    Python cannot use Flink's own histograms, and its distributions do not pass the Prometheus reporter.
    """

    def __init__(self, group: MetricGroup, name: str, bounds: Sequence[float]) -> None:
        self._bounds = np.asarray(bounds, np.float64)
        self._buckets = [group.add_group("le", label).counter(f"{name}_bucket") for label in bucket_labels(bounds)]
        self._count = group.counter(f"{name}_count")

    def observe(self, values: Sequence[float]) -> None:
        """Count some values."""
        within = np.searchsorted(np.sort(values), self._bounds, side="right")
        for bucket, count in zip(self._buckets, (*within.tolist(), len(values)), strict=True):
            bucket.inc(count)
        self._count.inc(len(values))


class ScoreMetrics:
    """Counters of decisions by kind, scores, times from entering the job to the decision, and batches."""

    def __init__(self, group: MetricGroup, codec: TrailCodec) -> None:
        self._codec = codec
        self._decisions = LabelledCounter(group, "decisions", "decision", DECISIONS)
        self._scores = CounterHistogram(group, "score", SCORE_BOUNDS)
        self._latency = CounterHistogram(group, "decision_latency_ms", LATENCY_BOUNDS_MS)
        self._latency_sum = group.counter("decision_latency_ms_sum")
        self._batches, self._busy_us = group.counter("score_batches"), group.counter("score_busy_us")
        self._load_failures = group.counter("model_load_failures")
        self._shadows = ShadowMetrics(group)
        self._shown_failures = 0

    def count(
        self, trails: Sequence[bytes], decided: Sequence[Decision], began_ns: int, ended_ns: int, load_failures: int, shadow_failures: int
    ) -> None:
        """Count one micro-batch; times in ns since 1970, failures to load a model since the worker began."""
        kinds = Tally(decision.outcome for decision in decided)
        for outcome in DECISIONS:
            self._decisions.inc(outcome, kinds[outcome])
        self._scores.observe([decision.score for decision in decided])
        waited = [max(0, ended_ns // 1_000_000 - self._codec.entered_ms(trail)) for trail in trails]
        self._latency.observe(waited)
        self._latency_sum.inc(sum(waited))
        self._batches.inc()
        self._busy_us.inc((ended_ns - began_ns) // 1000)
        self._load_failures.inc(load_failures - self._shown_failures)
        self._shown_failures = load_failures
        self._shadows.count(decided, shadow_failures)
