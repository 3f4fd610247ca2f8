"""Why a job failed, in one sentence; traces go to the log."""

from __future__ import annotations

import os
import shutil
import threading
import warnings
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from py4j.protocol import Py4JError, Py4JNetworkError

from flink_job.settings.settings import Settings, load

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # Beam's own
    from apache_beam.runners.worker.log_handler import FnApiLogRecordHandler

    from flink_job.cluster.job_failure import root_cause, thread_errors_in_log, why_it_failed


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for name in ("decisions", "checkpoints", "logs"):
        (tmp_path / name).mkdir()
    places = {
        "job.decisions": f"file:{tmp_path / 'decisions'}",
        "job.checkpoint_dir": tmp_path / "checkpoints",
        "job.log_dir": tmp_path / "logs",
    }
    return load(None, [f"{name}={value}" for name, value in places.items()])


def raised_in_a_thread() -> None:
    def fail() -> None:
        raise RuntimeError("Channel closed prematurely.")

    thread = threading.Thread(target=fail, name="read_grpc_client_inputs")
    thread.start()
    thread.join()


def test_traces_of_threads_go_to_the_log(settings: Settings, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "logs" / "flink.log"
    log.write_text("before\n")
    hook = threading.excepthook
    with thread_errors_in_log(settings):
        raised_in_a_thread()
    assert threading.excepthook is hook
    written = log.read_text()
    assert written.startswith("before\nException in thread read_grpc_client_inputs:\nTraceback ")
    assert written.endswith("RuntimeError: Channel closed prematurely.\n")
    assert capfd.readouterr().err == ""


def test_without_a_log_a_trace_is_not_lost(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with thread_errors_in_log(settings):
        raised_in_a_thread()
    assert capsys.readouterr().err.endswith("RuntimeError: Channel closed prematurely.\n")


def test_what_a_worker_prints_about_a_lost_connection_goes_to_the_log(
    settings: Settings, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def lost() -> Iterator[None]:
        raise RuntimeError("Socket closed")
        yield

    log = tmp_path / "logs" / "flink.log"
    log.touch()
    client: Any = FnApiLogRecordHandler.__new__(FnApiLogRecordHandler)
    client._dropped_logs, client._alive, client.connect = 0, False, lost
    with thread_errors_in_log(settings):
        client._read_log_control_messages()
    assert log.read_text() == "Logging client failed: Socket closed... resetting\n"
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "error",
    [
        Py4JError("An error occurred while calling o583.getJobExecutionResult"),
        Py4JNetworkError("empty"),
        ConnectionRefusedError(111, "refused"),
    ],
)
def test_java_that_is_gone(error: Exception, settings: Settings) -> None:
    assert why_it_failed(error, 0, settings) == "the Java process of the job ended unexpectedly (killed, or out of memory)"


def java_error(*messages: str | None) -> Exception:
    """What Py4J raises, from the outermost message on."""
    error, cause = Py4JError("An error occurred while calling o7.result"), None
    for message in reversed(messages):
        cause = SimpleNamespace(getMessage=lambda message=message: message, getCause=lambda cause=cause: cause)
    vars(error)["java_exception"] = cause
    return error


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        (
            ("Job execution failed.", "Could not forward element to next operator", None, "<class 'a.RedisError'>: Redis refuses"),
            "Redis refuses",
        ),
        (
            ("Job execution failed.", "java.io.IOException: Redis refuses", "Could not forward element to next operator", None),
            "Redis refuses",
        ),
        (("outer", "Error received from SDK: Traceback\n  File x\na.b.RedisError: Redis refuses\n"), "Redis refuses"),
        (("Job execution failed.", "Could not forward element to next operator", None), "Could not forward element to next operator"),
        ((None,), "the job failed; see job.log_dir"),
    ],
)
def test_the_innermost_message_that_says_what_happened(messages: tuple[str | None, ...], words: str) -> None:
    assert root_cause(java_error(*messages)) == words


def test_full_disk_is_named(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(9, 9, 0 if os.fspath(path).endswith("decisions") else 5))
    assert why_it_failed(RuntimeError("No space left on device"), 8, settings) == (
        "the job failed and is given up after 8 restarts: No space left on device for job.decisions at "
        f"{tmp_path / 'decisions'}: make room or name another folder"
    )
    assert why_it_failed(RuntimeError("out of luck."), 0, settings) == "the job failed: out of luck"


def test_a_place_that_is_named_no_more_is_not_told_by_a_hash(settings: Settings) -> None:
    error = RuntimeError("Failed to rollback to checkpoint/savepoint file:/c. Cannot map checkpoint/savepoint state for operator 58e2 to")
    said = why_it_failed(error, 0, settings)
    assert said.startswith("the job failed: the checkpoint holds the position of a place that is named no more")
    assert said.endswith("add --set job.flink.execution.state-recovery.ignore-unclaimed-state=true")
