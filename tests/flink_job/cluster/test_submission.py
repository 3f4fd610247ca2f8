"""What a submission that fails says."""

from __future__ import annotations

import pytest

from flink_job.cluster.submission import _python_words

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
def test_failure_is_told_by_its_cause(output: str, words: str) -> None:
    assert _python_words(output) == words
