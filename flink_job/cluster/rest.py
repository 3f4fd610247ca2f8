"""Flink's REST interface, as far as ringwatch asks it."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

TIMEOUT_S = 10.0
SAVEPOINT_S = 300.0
_LONGEST = 300
"""Most characters of a cause: Flink may list the names of all operators."""
POLL_S = 0.5
_RAISED = re.compile(r"(?:(?:Caused by: )?[\w$.]+(?:Exception|Error)\b:? ?|Caused by: [\w$.]+:? ?|<class '[^']+'>: )+")
_WRAPPED = re.compile(
    r"Could not forward element to |Caught exception while processing timer|Failed to close remote bundle"
    r"|Error while waiting for |Unrecoverable failure\. This suppresses job restarts|Recovery is suppressed by |Job execution failed"
)
"""How Flink and PyFlink begin what they say of a failure that has another cause."""
_UNKNOWN = "unknown; see the cluster's logs"
_UNTITLED = "{} without a word; see the cluster's logs"
ENDED = {"FINISHED", "FAILED", "CANCELED"}


class ClusterError(RuntimeError):
    """Error of a cluster that cannot do what was asked; the message says what to do."""


class SlowClusterError(ClusterError):
    """The cluster is there, and has not answered in time."""


@dataclass(frozen=True)
class FlinkRest:
    """A cluster's REST interface; every call raises `ClusterError` if none answers or one refuses."""

    url: str
    others: tuple[str, ...] = ()
    """Those of further JobManagers. Each answers for the one that leads; they are asked in turn."""

    def jobs(self) -> list[dict[str, Any]]:
        """Return `jid`, `name`, `state`, `start-time`, ... of the jobs it remembers, newest first."""
        return sorted(self._get("/jobs/overview")["jobs"], key=lambda job: -job["start-time"])

    def running(self) -> list[str]:
        """Return the ids of the jobs that have not ended, newest first."""
        return [job["jid"] for job in self.jobs() if job["state"] not in ENDED]

    def job(self, job: str) -> dict[str, Any]:
        """Return `state`, `vertices`, ... of a job."""
        found: dict[str, Any] = self._get(f"/jobs/{job}")
        return found

    def state(self, job: str) -> str:
        """Return a job's state, such as RUNNING."""
        return str(self.job(job)["state"])

    def all_running(self, job: str) -> bool:
        """Return whether all tasks run or have done their work."""
        vertices = self.job(job)["vertices"]  # none while a JobManager still makes the job's graph
        return bool(vertices) and all(vertex["status"] in ("RUNNING", "FINISHED") for vertex in vertices)

    def all_running_since(self, job: str, since_ms: float) -> bool:
        """Return whether all tasks run, and were started at or after a time (ms since 1970).

        What a JobManager knew before that time may be asked for still, and says nothing of its successor.
        """
        vertices = self.job(job)["vertices"]
        return bool(vertices) and all(vertex["status"] == "RUNNING" and vertex["start-time"] >= since_ms for vertex in vertices)

    def failure(self, job: str) -> str | None:
        """Return the stack trace of the newest failure."""
        entries = self._get(f"/jobs/{job}/exceptions")["exceptionHistory"]["entries"]
        return str(entries[0]["stacktrace"]) if entries else None

    def trouble(self, job: str) -> str:
        """Return the state and the last failure of a job whose tasks do not all run; empty if they do."""
        if self.all_running(job):
            return ""
        state, failure = self.state(job), self.failure(job)
        return f"{state} after a failure ({failure_words(failure)})" if failure else f"{state}, and not all its tasks run yet"

    def last_checkpoint(self, job: str) -> dict[str, Any] | None:
        """Return `id`, `external_path`, `state_size`, ... of the newest complete checkpoint."""
        found: dict[str, Any] | None = self._get(f"/jobs/{job}/checkpoints")["latest"]["completed"]
        return found

    def barrier_ms(self, job: str, checkpoint: int, vertex: str) -> int:
        """Return when (ms since 1970) the barrier of a checkpoint came to the first subtask of a vertex."""
        found = self._get(f"/jobs/{job}/checkpoints/details/{checkpoint}/subtasks/{vertex}")
        began = self._get(f"/jobs/{job}/checkpoints/details/{checkpoint}")["trigger_timestamp"]
        return int(began) + max(0, int(found["summary"]["start_delay"]["min"]))

    def checkpoint_sizes(self, job: str, checkpoint: int) -> dict[str, int]:
        """Return the bytes of state in a complete checkpoint by the name of the task."""
        names = {vertex["id"]: str(vertex["name"]) for vertex in self.job(job)["vertices"]}
        tasks = self._get(f"/jobs/{job}/checkpoints/details/{checkpoint}")["tasks"]
        return {names[key]: int(task["state_size"]) for key, task in tasks.items()}

    def checkpoint_counts(self, job: str) -> dict[str, int]:
        """Return `completed`, `failed`, `in_progress`, `restored`, `total`."""
        found: dict[str, int] = self._get(f"/jobs/{job}/checkpoints")["counts"]
        return found

    def taskmanagers(self) -> list[str]:
        """Return the resource ids of the TaskManagers that are registered."""
        return [taskmanager["id"] for taskmanager in self._get("/taskmanagers")["taskmanagers"]]

    def free_slots(self) -> int:
        """Return how many slots run no task."""
        return int(self._get("/overview")["slots-available"])

    def slots(self) -> int:
        """Return how many slots there are."""
        return int(self._get("/overview")["slots-total"])

    def taskmanagers_of(self, job: str) -> set[str]:
        """Return the resource ids of the TaskManagers that run tasks of a job."""
        return {
            taskmanager["taskmanager-id"]
            for vertex in self.job(job)["vertices"]
            for taskmanager in self._get(f"/jobs/{job}/vertices/{vertex['id']}/taskmanagers")["taskmanagers"]
        }

    def metric_names(self, job: str, vertex: str) -> list[str]:
        """Return the names of a vertex's metrics, each with its subtask in front: `0.parse.events`."""
        return [metric["id"] for metric in self._get(f"/jobs/{job}/vertices/{vertex}/metrics")]

    def metrics(self, job: str, vertex: str, names: list[str]) -> list[int]:
        """Return the values of counters of a vertex."""
        return [int(metric["value"]) for metric in self._get(f"/jobs/{job}/vertices/{vertex}/metrics?get={','.join(names)}")]

    def cancel(self, job: str) -> None:
        """Cancel a job, without a savepoint."""
        self._ask("PATCH", f"/jobs/{job}?mode=cancel")

    def stop(self, job: str, folder: str, within_s: float = SAVEPOINT_S, drain: bool = False) -> str:
        """Stop with a savepoint, as `flink stop -p FOLDER` does; return the savepoint's URI.

        `drain`: as at the end of a bounded input, so that what waits for a time to come is done first.

        A job of which a task does not run cannot be stopped so; it is left as it is.
        """
        if why := self.trouble(job):
            raise ClusterError(
                f"job {job} cannot be stopped with a savepoint, it is {why}: wait until it runs, or end it with ringwatch cluster "
                "cancel-job, which leaves its last checkpoint"
            )
        asked = self._ask("POST", f"/jobs/{job}/stop", {"targetDirectory": folder, "drain": drain})["request-id"]
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            answer = self._get(f"/jobs/{job}/savepoints/{asked}")
            if answer["status"]["id"] == "COMPLETED":
                operation = answer["operation"]
                if "location" not in operation:
                    raise ClusterError(f"job {job} could not be stopped: {failure_words(operation['failure-cause']['stack-trace'])}")
                return str(operation["location"])
            time.sleep(POLL_S)
        raise ClusterError(f"no savepoint within {within_s:.0f} s: see whether the job's checkpoints complete, then try again")

    def _get(self, path: str) -> Any:
        return self._ask("GET", path)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        why: object = ""
        for url in (self.url, *self.others):
            try:
                return _answer(url + path, method, body)
            except urllib.error.HTTPError as error:
                raise ClusterError(f"Flink at {url} refuses {path}: {_words_of(error)}") from None
            except OSError as error:
                why = getattr(error, "reason", error)
                if not isinstance(why, ConnectionRefusedError):
                    break  # it may have taken what was asked
        if isinstance(why, TimeoutError):
            raise SlowClusterError(f"Flink at {self.url} does not answer within {TIMEOUT_S:.0f} s: try again") from None
        raise ClusterError(
            f"no Flink answers at {self.url} ({why}): start one (ringwatch cluster start), or see cluster.rest_port"
        ) from None


def _answer(url: str, method: str, body: Any) -> Any:
    request = urllib.request.Request(  # noqa: S310 - the address is our own cluster's
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
        return json.load(answer)


def failure_words(trace: str) -> str:
    """Return the innermost cause of a Java stack trace, which may hold a Python one, without class names."""
    raised = [match for line in trace.splitlines() if (match := _RAISED.match(line))]
    if not raised:
        return _UNKNOWN
    texts = [match.string[match.end() :].strip() for match in raised]
    words = innermost(texts) or texts[-1] or _UNTITLED.format(re.split(r"[.$ ]", raised[-1][0].rstrip(": "))[-1])
    return shorten(words, _LONGEST, placeholder=" ...")


def innermost(texts: Sequence[str]) -> str:
    """Return the last text that says what happened, of causes from the outermost on; empty if none does."""
    return next((text for text in reversed(texts) if text and not _WRAPPED.match(text)), "")


def _words_of(error: urllib.error.HTTPError) -> str:
    try:
        return " ".join(json.load(error)["errors"][0].split())[:300]
    except (ValueError, KeyError, IndexError):
        return str(error.reason)
