"""What a submission that fails says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from flink_job.cluster.submission import _python_words, run_flink

PY4J = """py4j.protocol.Py4JJavaError: An error occurred while calling o51.executeAsync.
: org.apache.flink.util.FlinkException: Failed to execute job
\tat org.apache.flink.Environment.executeAsync(Environment.java:2)
Caused by: java.lang.RuntimeException: Error while waiting for job to be initialized
Caused by: java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory 'file:/c/chk-5' on file system 'file'.
\tat org.apache.flink.Storage.resolve(Storage.java:1)
"""
OWN = """Traceback (most recent call last):
domain.errors.SettingError: job.decisions: folder is a file; name a folder
org.apache.flink.client.program.ProgramAbortException: java.lang.RuntimeException: Python process exits with code: 1
"""


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (PY4J, "Cannot find checkpoint or savepoint file/directory 'file:/c/chk-5' on file system 'file'."),
        (OWN, "job.decisions: folder is a file; name a folder"),
        ("nothing of use", "unknown; see the cluster's logs"),
    ],
)
def test_failure_is_named_by_its_cause(output: str, words: str) -> None:
    assert _python_words(output) == words


def test_the_id_is_known_before_the_start_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(rest: Any, job: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("flink_job.cluster.submission.wait_until_running", interrupted)
    done, known = SimpleNamespace(stdout=f"Job has been submitted with JobID {'a1' * 16}\n", stderr=""), []
    with pytest.raises(KeyboardInterrupt):
        run_flink(SimpleNamespace(flink=lambda *words: done, rest=None), ["run"], known.append)  # type: ignore[arg-type]
    assert known == ["a1" * 16]
