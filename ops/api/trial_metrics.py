"""What Prometheus reads of trials of new models on schedule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from domain.times import DAY_S


class TrialsEnded(Collector):
    """Gauges of when the last trial ended, by how, and of how often there is to be one."""

    def __init__(self, ended: Callable[[], Mapping[str, int]], every_days: float) -> None:
        """Take what says when trials ended, in ms since 1970, and the schedule; 0 days for none."""
        self._ended, self._every_days = ended, every_days

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Return nothing: the store is not asked before somebody reads the metrics."""
        return ()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield the gauges; none of trials while the store is away, which /readyz says."""
        if self._every_days:
            text = "How often a new model is to be tried."
            yield GaugeMetricFamily("ringwatch_retrain_every_seconds", text, value=self._every_days * DAY_S)
        try:
            found = self._ended()
        except Exception:
            return
        text = "When the last trial of a new model on schedule ended, in seconds since 1970."
        ended = GaugeMetricFamily("ringwatch_retrain_ended_timestamp_seconds", text, labels=("outcome",))
        for outcome, at_ms in found.items():
            ended.add_metric((outcome,), at_ms / 1000)
        yield ended
