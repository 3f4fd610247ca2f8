"""Counters with a label, as Prometheus knows them: Flink's groups of a key and a value.

The values of a label are named when the operator opens. A closed list keeps the number of series bounded,
and keeps what users sent out of the metrics. A series that begins at 0 can raise an alert at its first step.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from udfs.metrics.run_counts import counts_file

if TYPE_CHECKING:
    from pyflink.metrics import Counter, MetricGroup

OTHER = "other"


class LabelledCounter:
    """One counter per value of a label; what is not among the values counts as `other`."""

    def __init__(self, group: MetricGroup, name: str, label: str, values: Iterable[str]) -> None:
        self._counters: dict[str, Counter] = {value: group.add_group(label, value).counter(name) for value in (*values, OTHER)}
        self._kept = counts_file(name, list(self._counters))

    def inc(self, value: str, by: int = 1) -> None:
        """Raise the count of a value of the label."""
        known = value if value in self._counters else OTHER
        self._counters[known].inc(by)
        if self._kept:
            self._kept.add(known, by)
