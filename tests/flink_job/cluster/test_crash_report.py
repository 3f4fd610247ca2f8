"""Where Java is told to leave the report of a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from flink_job.cluster import environment
from flink_job.cluster.crash_report import with_crash_reports
from flink_job.settings.settings import load


def test_reports_go_beside_the_logs(tmp_path: Path) -> None:
    options = with_crash_reports("-Xmx1g", tmp_path)
    assert options == f"-Xmx1g -XX:ErrorFile={tmp_path}/hs_err_pid%p.log"
    assert with_crash_reports(options, tmp_path / "elsewhere") == options
    assert with_crash_reports("", tmp_path) == f"-XX:ErrorFile={tmp_path}/hs_err_pid%p.log"
    assert with_crash_reports("-Xmx1g", tmp_path / "a b") == "-Xmx1g", "PyFlink takes the options apart at white space"


def test_the_java_of_a_local_run_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JVM_ARGS", "FLINK_LOG_DIR", "PYTHONPATH", "LOG4J_PROPERTIES"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(environment, "give_java_a_folder", lambda: None)
    environment.set_java_environment(load(None, [f"job.log_dir={tmp_path}"]))
    assert environment.os.environ["JVM_ARGS"] == f"-XX:ErrorFile={tmp_path}/hs_err_pid%p.log"
