"""Why a local job failed, in one sentence, and the log, which takes the traces."""

from __future__ import annotations

import re
import shutil
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apache_beam.runners.worker import log_handler, sdk_worker

from domain.wording import counted
from flink_job.cluster.rest import innermost
from flink_job.cluster.unclaimed_state import with_settings
from flink_job.connectors.local_files import local_path
from flink_job.settings.settings import Settings

_PRINTING = log_handler, sdk_worker
"""Modules of the Python workers that print to stderr when a connection is lost or a task fails."""
_NOISE = re.compile(r"^(?:(?:Caused by: )?[\w$.]+(?:Exception|Error)(?:: | $)|<class '[^']+'>: )+")


def why_it_failed(error: Exception, restarts: int, settings: Settings) -> str:
    """Return in a sentence why the job failed; `restarts`: how often it has started again in vain."""
    if java_is_gone(error):
        return "the Java process of the job ended unexpectedly (killed, or out of memory)"
    return failed(restarts, with_settings(with_full_folder(root_cause(error), settings)))


def failed(restarts: int, cause: str) -> str:
    """Return how often the job has started again in vain, and why."""
    times = f" and is given up after {counted(restarts, 'restart')}" if restarts else ""
    return f"the job failed{times}: {cause.rstrip('.')}"


def java_is_gone(error: Exception) -> bool:
    """Return whether no Java answered: Py4J then has no Java exception to show."""
    from py4j.protocol import Py4JError

    return isinstance(error, Py4JError | ConnectionError) and getattr(error, "java_exception", None) is None


def with_full_folder(cause: str, settings: Settings) -> str:
    """Return a cause with the fullest of the job's folders if a disk is full: Java names none."""
    if "No space left" not in cause:
        return cause
    folders = {"job.checkpoint_dir": Path(settings.job.checkpoint_dir), "job.log_dir": Path(settings.job.log_dir)}
    folders |= {setting: local_path(url, setting) for setting, url in settings.job.outputs.items() if url.startswith("file:")}
    there = {setting: folder.resolve() for setting, folder in folders.items() if folder.is_dir()}
    if not there:
        return cause
    setting = min(there, key=lambda name: shutil.disk_usage(there[name]).free)
    return f"{cause.rstrip('.')} for {setting} at {there[setting]}: make room or name another folder"


def root_cause(error: Exception) -> str:
    """Return the innermost message of a Java or Python error, without class names and stack traces."""
    java = getattr(error, "java_exception", None)
    if java is None:
        return " ".join(str(error).split())
    messages = []
    while java is not None:
        messages.append(_said(java.getMessage() or ""))
        java = java.getCause()
    return innermost(messages) or next(filter(None, reversed(messages)), "the job failed; see job.log_dir")


def _said(message: str) -> str:
    """Return the last error that a message names, which may hold a Python trace, else its last line."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    raised = [line for line in lines if re.match(r"[\w.]+(Error|Exception|Rejected)\b", line)]
    return _NOISE.sub("", (raised or lines or [""])[-1])


@contextmanager
def thread_errors_in_log(settings: Settings) -> Iterator[None]:
    """Write what PyFlink's threads raise at the end of a job or at a restart to the log, not to the terminal.

    The Python workers of a local Flink are threads of this process.
    """
    before = threading.excepthook

    def log_trace(error: threading.ExceptHookArgs) -> None:
        trace = "".join(traceback.format_exception(error.exc_type, error.exc_value, error.exc_traceback))
        _write(settings, f"Exception in thread {error.thread.name if error.thread else 'unknown'}:\n{trace}")

    def log_print(text: str, **_: object) -> None:
        _write(settings, f"{text}\n")

    threading.excepthook = log_trace
    for module in _PRINTING:
        vars(module)["print"] = log_print
    try:
        yield
    finally:
        threading.excepthook = before
        for module in _PRINTING:
            del vars(module)["print"]


def _write(settings: Settings, text: str) -> None:
    """Append to the log that Flink writes; to stderr where there is none yet."""
    place = log_place(settings)
    if not place.is_file():
        sys.stderr.write(text)
        return
    with place.open("a", encoding="utf-8") as file:
        file.write(text)


def log_place(settings: Settings) -> Path:
    """Return the log that Flink writes, or its folder if there is none yet."""
    folder = Path(settings.job.log_dir).resolve()
    logs = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime)
    return logs[-1] if logs else folder
