"""Submit the job, watch it, and say in one sentence why it failed."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from flink_job.cluster.check import require
from flink_job.cluster.environment import create
from flink_job.cluster.interrupt import terminated_as_interrupt
from flink_job.connectors.kafka_topics import check_resumption
from flink_job.job import start
from flink_job.settings.settings import Settings

POLL_S = 0.5
_NOISE = re.compile(r"^(?:(?:Caused by: )?[\w$.]+(?:Exception|Error)(?:: | $)|<class '[^']+'>: )+")


class JobFailedError(RuntimeError):
    """The job ended with an error; the message is its root cause."""


def run_job(settings: Settings, on_progress: Callable[[dict[str, int]], None] | None = None) -> dict[str, int]:
    """Build and run the job until it ends or is interrupted; returns the last counts (`events`, `decisions`,
    `alerts`).
    """
    check_resumption(settings)
    require(settings)
    counts: dict[str, int] = {}
    with terminated_as_interrupt():
        env, port = create(settings)
        client = start(env, settings)
        try:
            while not _ended(client):
                counts = _counts(port, str(client.get_job_id())) or counts
                if on_progress:
                    on_progress(counts)
                time.sleep(POLL_S)
            client.get_job_execution_result().result()
        except KeyboardInterrupt:
            client.cancel().result()
            raise
        except Exception as error:
            raise JobFailedError(root_cause(error)) from error
    return counts


def _ended(client: Any) -> bool:
    """Has the job reached a state it does not leave? A local cluster is gone with its job."""
    try:
        status = client.get_job_status().result()
    except Exception:
        return True
    return status.name in {"FINISHED", "FAILED", "CANCELED"}


def _counts(port: int, job_id: str) -> dict[str, int]:
    """Records so far, from Flink's REST interface; empty while it does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/jobs/{job_id}", timeout=2) as answer:
            vertices = json.load(answer)["vertices"]
    except (OSError, ValueError, KeyError):
        return {}
    found = {}
    for vertex in vertices:
        if "parse" in vertex["name"]:
            found["events"] = vertex["metrics"]["write-records"]
        if "summaries" in vertex["name"]:
            found["incident revisions"] = vertex["metrics"]["read-records"]
    return found


def root_cause(error: Exception) -> str:
    """The innermost message of a Java or Python error, without class names and stack traces."""
    java = getattr(error, "java_exception", None)
    if java is None:
        return " ".join(str(error).split())
    message = ""
    while java is not None:
        message = java.getMessage() or message
        java = java.getCause()
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    raised = [line for line in lines if re.match(r"[\w.]+(Error|Exception|Rejected)\b", line)]
    return _NOISE.sub("", (raised or lines or ["the job failed; see job.log_dir"])[-1])
