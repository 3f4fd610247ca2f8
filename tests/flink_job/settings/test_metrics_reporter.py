"""The options of the metrics reporter; the table of docs and the alert rules name the metrics that exist."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from flink_job.cluster import environment
from flink_job.settings.metrics_reporter import METRICS, put_reporter_on_class_path, reporter_options
from flink_job.settings.settings import load
from tests import ROOT


def test_the_reporter_is_asked_for_by_a_port_only() -> None:
    plain = environment._options(load(None), 4711)
    asked = environment._options(load(None, ["job.metrics_port=9249-9260"]), 4711)
    assert not [name for name in plain if name.startswith("metrics.reporter")]
    assert {name: value for name, value in asked.items() if name not in plain} == reporter_options("9249-9260")
    assert reporter_options("9249-9260")["metrics.reporter.prometheus.port"] == "9249-9260"


def test_the_reporters_jar_is_put_on_the_class_path_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HADOOP_CLASSPATH", "/other")
    put_reporter_on_class_path()
    put_reporter_on_class_path()
    jar, other = environment.os.environ["HADOOP_CLASSPATH"].split(":")
    assert other == "/other"
    assert Path(jar).is_file()
    assert "prometheus" in jar


def test_the_table_of_metrics_tells_of_each_and_of_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)`(?: by `(\w+)`)? \|", (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {(name, label or None) for name, label in rows} == {(metric.name, metric.label) for metric in METRICS}


def test_alert_rules_name_metrics_that_exist() -> None:
    rules = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yaml").read_text(encoding="utf-8"))
    expressions = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    named = {name for text in expressions for name in re.findall(r"flink_taskmanager_job_task_operator_(\w+)", text)}
    assert len(expressions) >= 8
    assert named <= {metric.exported for metric in METRICS}
    page = (ROOT / "docs" / "lake.md").read_text(encoding="utf-8")
    of_lake = {name for text in expressions for name in re.findall(r"ringwatch_lake_\w+", text)}
    assert of_lake and all(f"`{name}`" in page for name in of_lake)


def test_the_rule_of_replaced_times_tells_a_sender_with_a_wrong_clock_from_a_few_late_events(tmp_path: Path) -> None:
    """By Prometheus's own evaluator. 20 events a second: one in 50 is ahead, one in 200 late."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed; apt install prometheus brings it")
    operator = "flink_taskmanager_job_task_operator_"
    counted = {"events": 1200, 'why_times_replaced{why="ahead"}': 24, 'why_times_replaced{why="late"}': 6}
    series = [{"series": f"{operator}{name}", "values": f"0+{step}x120"} for name, step in counted.items()]
    name = "RingwatchTimesReplaced"
    summary = "Over 1% of the events come ahead, and their times are not believed: a sender's clock is wrong, or a feed lags."
    said = {"summary": summary, "runbook": "docs/runbooks.md#ringwatchtimesreplaced"}
    told = [{"exp_labels": {"severity": "ticket", "why": "ahead"}, "exp_annotations": said}]
    expected = [{"eval_time": "10m", "alertname": name, "exp_alerts": []}, {"eval_time": "90m", "alertname": name, "exp_alerts": told}]
    rules = str(ROOT / "deploy" / "prometheus" / "alerts.yaml")
    test = {"rule_files": [rules], "tests": [{"interval": "1m", "input_series": series, "alert_rule_test": expected}]}
    (file := tmp_path / "test.yaml").write_text(yaml.safe_dump(test), encoding="utf-8")
    ran = subprocess.run([promtool, "test", "rules", str(file)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
