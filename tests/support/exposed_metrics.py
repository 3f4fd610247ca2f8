"""Names of the metrics that job, service and archiver serve, and those that a query asks for."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from deploy.grafana.metric import OPERATOR
from flink_job.settings.metrics_reporter import METRICS
from ops.api.metrics import Metrics
from ops.cases.action_list import LastHour
from ops.cases.feedback.numbers import DraftNumbers
from ops.lake.lake_metrics import LakeMetrics

FLINK, SERVICE = "flink_", "ringwatch_"
_NAME = re.compile(rf"\b(?:{FLINK}|{SERVICE})\w+")


def names(query: str) -> set[str]:
    """The metrics of ours and of Flink in a query; texts in quotes are none."""
    return set(_NAME.findall(re.sub(r'"[^"]*"', "", query)))


def exposed() -> set[str]:
    """All metrics of ours by their names in Prometheus."""
    return {f"{OPERATOR}{metric.exported}" for metric in METRICS} | of_service() | of_lake()


def of_service() -> set[str]:
    """What `GET /metrics` shows once something has been scored, rated and acted on."""
    metrics = Metrics()
    scoring: Any = SimpleNamespace(observe=None, waiting=0, unsent=0, late_s=0.0, away_s=0.0)
    metrics.follow(scoring)
    metrics.follow_store(lambda: 0.0)
    metrics.follow_trials(lambda: {"tried": 1000}, 7.0)
    metrics.follow_drafts(lambda: [DraftNumbers("model", "prompt", 4, 1, 1)])
    metrics.follow_actions(lambda: LastHour(*(0 for _ in LastHour.__dataclass_fields__)))
    metrics.requests.labels("GET", "/healthz", "200").observe(0.1)
    scoring.observe("late", 0.1)
    metrics.fallbacks.labels("late").inc()
    scoring.observe("decision", 0.1)
    lines = metrics.text().decode().splitlines()
    return {re.split(r"[{ ]", line)[0] for line in lines if not line.startswith("#")}


def of_lake() -> set[str]:
    """What an archiver shows."""
    meter: Any = SimpleNamespace(
        rows={"decisions": 1},
        commits={},
        overtaken={},
        failures={},
        committed_at={"decisions": 1.0},
        waits_for={},
        behind_s=lambda: {"decisions": 0.0},
    )
    return {sample.name for family in LakeMetrics(meter).collect() for sample in family.samples}
