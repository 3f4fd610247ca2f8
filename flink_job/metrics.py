"""Flink's Prometheus reporter: its options, for the local Flink and for a cluster's config.yaml alike, and its jar."""

from __future__ import annotations

import os
from pathlib import Path

from domain.graph import SettingError


def reporter_options(ports: str) -> dict[str, str]:
    """Options for a port or a range of ports; every process of a cluster takes the first free one. They are the cluster's, not a job's."""
    reporter = "metrics.reporter.prometheus"
    return {
        f"{reporter}.factory.class": "org.apache.flink.metrics.prometheus.PrometheusReporterFactory",
        f"{reporter}.port": ports,
        f"{reporter}.filterLabelValueCharacters": "false",  # else the bucket "0.1" would be called "01"
    }


def put_reporter_on_class_path() -> None:
    """Let the Java process that is started next find the reporter: a local Flink looks into no plugin folder, a cluster does."""
    import pyflink

    jars = sorted(Path(pyflink.__file__).parent.glob("plugins/metrics-prometheus/*.jar"))
    if not jars:
        raise SettingError("job.metrics_port: this PyFlink brings no Prometheus reporter; reinstall apache-flink or leave the setting out")
    given = os.environ.get("HADOOP_CLASSPATH")  # PyFlink's one way to add to the class path
    paths = [str(jars[-1]), *filter(None, [given])]
    os.environ["HADOOP_CLASSPATH"] = os.pathsep.join(dict.fromkeys(paths))
