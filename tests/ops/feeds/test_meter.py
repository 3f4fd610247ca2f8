"""What a bridge counts, and that the page names each metric of it."""

from __future__ import annotations

import re

from ops.feeds.bridge_metrics import BridgeMetrics
from ops.feeds.meter import Meter
from tests import ROOT


def test_the_rate_is_that_of_the_last_ten_seconds() -> None:
    now = 0.0
    meter = Meter(clock=lambda: now)
    meter.took(100, 120)
    meter.took(0, 0)
    now = 5.0
    meter.took(50, 50)
    assert (meter.records, meter.events, meter.rate) == (150, 170, 15.0)
    now = 12.0
    assert meter.rate == 5.0
    now = 16.0
    assert meter.rate == 0.0


def test_the_lag_is_that_of_the_shard_most_behind() -> None:
    meter = Meter()
    assert meter.lag_ms == 0
    meter.behind_ms |= {"s1": 5, "s2": 7}
    assert meter.lag_ms == 7


def test_the_page_names_each_metric() -> None:
    page = set(re.findall(r"^\| `(ringwatch_bridge_\w+)`", (ROOT / "docs" / "aws.md").read_text(encoding="utf-8"), re.MULTILINE))
    found = {f"{metric.name}_total" if metric.type == "counter" else metric.name for metric in BridgeMetrics(Meter()).collect()}
    assert page == found
