"""Metrics as queries name them. An unknown name is refused when the dashboards are made."""

from __future__ import annotations

from flink_job.settings.metrics_reporter import METRICS

OPERATOR = "flink_taskmanager_job_task_operator_"
"""What Flink puts in front of the metrics of our operators."""
FLINKS_OWN = frozenset(
    {
        "flink_jobmanager_job_lastCheckpointDuration",
        "flink_jobmanager_job_lastCheckpointSize",
        "flink_jobmanager_job_numberOfFailedCheckpoints",
        "flink_jobmanager_job_numRestarts",
        "flink_jobmanager_numRunningJobs",
        "flink_jobmanager_numRegisteredTaskManagers",
        "flink_taskmanager_Status_JVM_Memory_Heap_Max",
        "flink_taskmanager_Status_JVM_Memory_Heap_Used",
        "flink_taskmanager_Status_JVM_CPU_Load",
        "flink_taskmanager_job_task_backPressuredTimeMsPerSecond",
        "flink_taskmanager_job_task_busyTimeMsPerSecond",
        "flink_taskmanager_job_task_idleTimeMsPerSecond",
    }
)
"""Of Flink's own, those that a dashboard or a rule asks for; the cluster's test looks that each is there."""
_OURS = {(metric.name, metric.label): f"{OPERATOR}{metric.exported}" for metric in METRICS}


def of_job(name: str, label: str | None = None) -> str:
    """Return what Prometheus calls a metric of docs/metrics.md; raise `KeyError` for any other."""
    return _OURS[name, label]


def of_flink(name: str) -> str:
    """Return the name of a metric of Flink's own; raise `KeyError` for one that nobody has looked for."""
    if name not in FLINKS_OWN:
        raise KeyError(name)
    return name


def rate(metric: str, over: str = "$__rate_interval", where: str = "", by: str = "") -> str:
    """Return the query of a counter's rate, summed over all but the label `by`."""
    chosen = f"{{{where}}}" if where else ""
    return f"sum{f' by ({by})' if by else ''} (rate({metric}{chosen}[{over}]))"


def quantile(share: float, buckets: str, over: str = "$__rate_interval", where: str = "") -> str:
    """Return the query of a quantile of a histogram."""
    return f"histogram_quantile({share:g}, {rate(buckets, over, where, by='le')})"
