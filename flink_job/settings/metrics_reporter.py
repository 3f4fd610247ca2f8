"""Flink's Prometheus reporter: its options, for the local Flink and for a cluster's config.yaml alike, and
its jar.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from domain.errors import SettingError


def reporter_options(ports: str) -> dict[str, str]:
    """Return the reporter's options for a port or a range of ports.

    Every process of a cluster takes the first free one. The options are the cluster's, not a job's.
    """
    reporter = "metrics.reporter.prometheus"
    return {
        f"{reporter}.factory.class": "org.apache.flink.metrics.prometheus.PrometheusReporterFactory",
        f"{reporter}.port": ports,
        f"{reporter}.filterLabelValueCharacters": "false",  # else the bucket "0.1" would be called "01"
    }


def put_reporter_on_class_path() -> None:
    """Let the Java process that is started next find the reporter: a local Flink looks into no plugin
    folder, a cluster does.
    """
    import pyflink

    jars = sorted(Path(pyflink.__file__).parent.glob("plugins/metrics-prometheus/*.jar"))
    if not jars:
        raise SettingError("job.metrics_port: this PyFlink brings no Prometheus reporter; reinstall apache-flink or leave the setting out")
    # PyFlink's one way to add to the class path
    paths = [str(jars[-1]), *filter(None, os.environ.get("HADOOP_CLASSPATH", "").split(os.pathsep))]
    os.environ["HADOOP_CLASSPATH"] = os.pathsep.join(dict.fromkeys(paths))


@dataclass(frozen=True)
class MetricName:
    """A metric of ours as it is registered with Flink; in Prometheus `flink_taskmanager_job_task_operator_`
    and `exported`.
    """

    name: str
    label: str | None = None

    @property
    def exported(self) -> str:
        """Flink puts the name of a label in front of the metric's."""
        return f"{self.label}_{self.name}" if self.label else self.name


METRICS = tuple(
    MetricName(*names)
    for names in (
        ("events",), ("labels",), ("rejected",), ("rejected_unwritten",), ("rejected_dropped",), ("rejected", "field"),
        ("skipped", "kind"), ("times_replaced", "why"), ("duplicates",), ("late",), ("labels_idle",), ("labels_held",),
        ("order_held",), ("order_late",), ("order_full",),
        ("positions_gone",), ("records_missing",), ("reached_after_ms",), ("reached_samples",),
        ("decisions", "decision"), ("score_bucket", "le"), ("score_count",), ("decision_latency_ms_bucket", "le"),
        ("decision_latency_ms_sum",), ("decision_latency_ms_count",), ("score_batches",), ("score_busy_us",),
        ("models_admitted",), ("models_refused",), ("model_swaps",), ("model_load_failures",),
        ("control_records", "outcome"), ("control_changes",),
        ("rules_fired", "mode"), ("shadow_decisions", "pair"), ("shadow_load_failures",),
        ("score_psi_milli",), ("inputs_drifted",), ("card_precision_milli",), ("labels_judged", "outcome"),
        ("enriched_without_raw",), ("alerts",), ("malformed_alerts",), ("waves",), ("late_in_waves",),
        ("incident_revisions", "status"), ("review_overflows",), ("summaries", "writer"),
        ("llm_calls",), ("llm_input_tokens",), ("llm_output_tokens",), ("llm_cost_micros",), ("llm_retries",), ("llm_cached",),
        ("llm_fallbacks", "reason"), ("llm_circuit_open",), ("llm_circuit_openings",),
        ("redis_written",), ("redis_repeated",), ("redis_retries",), ("redis_dropped_unread",), ("redis_waiting_s",), ("redis_backlog",),
        ("redis_lag",), ("redis_wait_ms",),
        ("redis_fenced",), ("redis_tail_missing",),
        ("currentInputWatermark",), ("currentOutputWatermark",),
    )
)  # fmt: skip
"""All that docs/metrics.md tells of, the last two Flink's own."""
OF_RULES = ("rules_fired", "shadow_decisions", "shadow_load_failures")
"""Metrics of a job whose control stream brings rules or a model in shadow: there from the first count on."""
OF_A_CONTROL_STREAM = ("models_admitted", "models_refused", "model_swaps", "control_records", "control_changes", *OF_RULES)
"""Metrics of a job whose setting `job.control` names a stream."""
OF_REDIS_STREAMS = ("redis_lag", "redis_wait_ms", "redis_fenced", "redis_tail_missing")
"""Metrics of a job that reads its events from Redis, or writes its decisions there."""
OF_AN_ORDER = ("order_held", "order_late", "order_full")
"""Metrics of a job with `job.order: event_time`."""
OF_RAW_LINES = ("enriched_without_raw",)
"""Metrics of a job with `job.enriched_raw`."""
