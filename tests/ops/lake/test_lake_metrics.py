"""What Prometheus reads of an archiver, and the page that says what it means."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest

from ops.lake.lake_metrics import LakeMetrics
from ops.lake.meter import Meter
from tests import ROOT


def test_each_table_has_its_numbers() -> None:
    now = [100.0]
    meter = Meter(clock=lambda: now[0], wall_clock=lambda: 1.7e9)
    meter.follow(["alerts", "decisions"])
    now[0] = 160.0
    meter.committed("decisions", 7)
    meter.failures["alerts"] += 2
    meter.had_all("decisions", 150.0)
    meter.waits_for["alerts"] = "the disk is full"
    registry = CollectorRegistry()
    registry.register(LakeMetrics(meter))
    lines = [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]
    assert 'ringwatch_lake_rows_total{table="decisions"} 7.0' in lines
    assert 'ringwatch_lake_commits_total{table="decisions"} 1.0' in lines and 'ringwatch_lake_failures_total{table="alerts"} 2.0' in lines
    assert [line for line in lines if "last_commit" in line] == ['ringwatch_lake_last_commit_timestamp_seconds{table="decisions"} 1.7e+09']
    assert 'ringwatch_lake_behind_seconds{table="decisions"} 10.0' in lines
    assert 'ringwatch_lake_behind_seconds{table="alerts"} 60.0' in lines
    assert 'ringwatch_lake_waiting{table="alerts"} 1.0' in lines and 'ringwatch_lake_waiting{table="decisions"} 0.0' in lines
    page = (ROOT / "docs" / "lake.md").read_text()
    assert {line.partition("{")[0] for line in lines} == {
        name for name in page.replace("`", " ").split() if name.startswith("ringwatch_lake_")
    }
