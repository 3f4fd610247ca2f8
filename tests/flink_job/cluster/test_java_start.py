"""Java is started beside other work; where it does not start, who needs it is told, not who began it."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from pyflink import java_gateway

from flink_job.cluster import environment
from flink_job.cluster.java_start import JavaStart
from flink_job.settings.settings import Settings, load


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings whose traces in the environment go with the test."""
    for name in ("JVM_ARGS", "FLINK_LOG_DIR", "PYTHONPATH", "LOG4J_PROPERTIES"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(environment, "give_java_a_folder", lambda: None)
    return load(None, [f"job.log_dir={tmp_path}"])


def test_the_start_goes_on_beside_other_work(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, may_end, seen = threading.Event(), threading.Event(), list[str]()

    def started() -> None:
        seen.append(os.environ["JVM_ARGS"])
        asked.set()
        assert may_end.wait(10)
        seen.append("there")

    monkeypatch.setattr(java_gateway, "get_gateway", started)
    java = JavaStart()
    java.wait()  # nothing has begun
    java.begin(settings)
    assert asked.wait(10) and "-XX:ErrorFile=" in seen[0] and len(seen) == 1
    may_end.set()
    java.wait()
    assert seen[1:] == ["there"]


def test_a_java_that_does_not_start_is_for_others_to_tell(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java_gateway, "get_gateway", lambda: 1 / 0)
    java = JavaStart()
    java.begin(settings)
    java.wait()
