"""What Prometheus reads of a bridge."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from ops.feeds.meter import Meter


class BridgeMetrics:
    """A collector of what a meter counts. No metric has a label."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics as they are now."""
        meter = self._meter
        for name, text, total in (
            ("records", "Records that the target has taken.", meter.records),
            ("events", "Events in them.", meter.events),
            ("throttled_calls", "Calls that a limit of Kinesis has refused.", meter.throttled),
            ("refused_records", "Records that are too long for Kinesis, left out.", meter.refused),
        ):
            yield CounterMetricFamily(f"ringwatch_bridge_{name}", text, value=total)
        for name, text, value in (
            ("lag_ms", "How far what was taken last is from the end of its shard or stream, of the one most behind.", meter.lag_ms),
            ("records_per_second", "Records taken, over the last ten seconds.", meter.rate),
            ("shards", "Shards that this instance reads; of a Redis stream 1.", meter.shards),
            ("waiting", "1 while one side is away or full.", int(bool(meter.waits_for))),
        ):
            yield GaugeMetricFamily(f"ringwatch_bridge_{name}", text, value=value)
