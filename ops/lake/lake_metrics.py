"""What Prometheus reads of an archiver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from ops.lake.meter import Meter


class LakeMetrics:
    """A collector of what a meter counts, by table."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics as they are now."""
        meter, behind = self._meter, self._meter.behind_s()
        counted: tuple[tuple[str, str, Mapping[str, int]], ...] = (
            ("rows", "Rows that are committed.", meter.rows),
            ("commits", "Commits.", meter.commits),
            ("overtaken_commits", "Commits that another archiver had made first.", meter.overtaken),
            ("failures", "Tries that failed; each is made again.", meter.failures),
        )
        for name, text, counts in counted:
            counter = CounterMetricFamily(f"ringwatch_lake_{name}", text, labels=["table"])
            for table in behind:
                counter.add_metric([table], counts.get(table, 0))
            yield counter
        measured: tuple[tuple[str, str, Mapping[str, float]], ...] = (
            ("last_commit_timestamp_seconds", "When the table got its last commit of this archiver.", dict(meter.committed_at)),
            ("behind_seconds", "For how long the table has not had all of its stream.", behind),
            ("waiting", "1 while the lake or the stream is away.", {table: float(table in meter.waits_for) for table in behind}),
        )
        for name, text, values in measured:
            gauge = GaugeMetricFamily(f"ringwatch_lake_{name}", text, labels=["table"])
            for table, value in values.items():
                gauge.add_metric([table], value)
            yield gauge
