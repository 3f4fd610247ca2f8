"""What a local run has done so far, and what it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.decisions.decision import APPROVE
from flink_job.cluster.rest import ENDED, ClusterError, FlinkRest, failure_words
from udfs.metrics.labelled_counter import OTHER

_RUNNING = {"RUNNING", "FINISHED"}
_DECIDING = ("stage", "score")
"""Parts of the names of the tasks that decide."""
IN_A_ROW_MS = 600_000


@dataclass(frozen=True)
class RunState:
    """Counts since this run began. After a restart they go on from about those at the last checkpoint."""

    waits_for: str = ""
    """What keeps the job from deciding, in words; empty while it works."""
    read: int = 0
    """Events that the job has parsed, labels left out. Flink shows this count a second late."""
    decisions: Mapping[str, int] = field(default_factory=dict)
    """Events decided, by decision."""
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Lines rejected, by the field at fault."""
    skipped: Mapping[str, int] = field(default_factory=dict)
    """Records that hold no event by design, by kind."""
    revisions: Mapping[str, int] = field(default_factory=dict)
    """Incident revisions published, by status."""
    silent: int = 0
    """Alerts of events before job.silent_until, which are not published."""
    known_alerts: int = 0
    """Alerts that were in Redis already, and were not published again."""
    known_revisions: int = 0
    """Incident revisions that were in Redis already."""
    known_rejected: int = 0
    """Rejected lines whose like was in Redis already: equal lines are one entry."""
    lag: int = 0
    """Entries of Redis streams that wait to be read. Flink shows this count a second late."""
    unsaved: int = 0
    """At most how many decisions the last checkpoint does not hold."""
    restarts: int = 0
    failure: str = ""
    """The cause of the newest failure, while the job starts again."""
    control: Mapping[str, int] = field(default_factory=dict)
    """Control records, by what became of them."""

    @property
    def decided(self) -> int:
        """Return how many events were decided."""
        return sum(self.decisions.values())

    @property
    def flagged(self) -> int:
        """Return how many events were not approved."""
        return self.decided - self.decisions.get(APPROVE, 0)

    @property
    def incidents(self) -> int:
        """Return how many incidents were opened."""
        return self.revisions.get("opened", 0)


def run_state(
    waits_for: str, read: int, counts: Mapping[str, Mapping[str, int]], restarts: int, failure: str = "", unsaved: int = 0, lag: int = 0
) -> RunState:
    """Return the state from what was counted; a label that counted nothing is left out."""
    some = {name: {label: count for label, count in labels.items() if count} for name, labels in counts.items()}
    decisions = {label: count for label, count in some.get("decisions", {}).items() if label != OTHER}
    read = max(read, sum(decisions.values()))
    alerts, known_revisions = some.get("alerts", {}), some.get("known_revisions", {}).get("known", 0)
    known_rejected = some.get("known_rejected", {}).get("known", 0)
    return RunState(
        waits_for,
        read,
        decisions,
        some.get("rejected", {}),
        some.get("skipped", {}),
        some.get("incident_revisions", {}),
        alerts.get("silent", 0),
        alerts.get("known", 0),
        known_revisions,
        known_rejected,
        lag,
        unsaved,
        restarts,
        failure,
        some.get("control_records", {}),
    )


class JobWatch:
    """The state of a job as a local Flink reports it; what Flink does not answer stays as it was."""

    def __init__(self, rest: FlinkRest, job: str) -> None:
        self._rest, self._job = rest, job
        self.reads_redis = False
        """Whether sources of the job say how many entries wait, which takes one more question."""
        self.lag = 0
        """Entries of Redis streams that wait to be read."""
        self._lags: dict[str, list[str]] = {}
        self._parse: tuple[str, list[str]] | None = None
        self.read = self.restarts = 0
        self.in_a_row = 0
        """Restarts of which each came less than ten minutes after the one before."""
        self.status = "the job's tasks to start"
        self.failure = ""
        """The cause of the newest failure, while the job starts again."""
        self.last_failure = ""
        """The cause of the newest failure of all."""
        self.restarted_ms = 0
        """When the newest failure was, 0 before the first."""
        self.checkpoint_ms = 0
        """When the barrier of the newest complete checkpoint met the deciding tasks, 0 before the first."""
        self._checkpoint = 0
        self._ran = False

    def look(self) -> None:
        """Ask once more, which takes some milliseconds."""
        try:
            job = self._rest.job(self._job)
            self._look_at_restarts(job)
            self.status = self._status(job)
            self.read = max(self.read, self._events(job))
            self.lag = self._lag(job) if self.reads_redis else 0
            self._look_at_checkpoint(job)
        except (ClusterError, KeyError, IndexError, ValueError):
            return

    def _look_at_restarts(self, job: Mapping[str, Any]) -> None:
        """Count a restart once, also one that was over between two looks: Flink says when it began."""
        at_ms = int(job.get("timestamps", {}).get("RESTARTING", 0))
        if at_ms > self.restarted_ms:
            self.restarts += 1
            self.in_a_row = self.in_a_row + 1 if at_ms - self.restarted_ms < IN_A_ROW_MS else 1
            self.restarted_ms = at_ms

    def _look_at_checkpoint(self, job: Mapping[str, Any]) -> None:
        """Ask when a new checkpoint's barrier met the tasks that decide: what is decided before is in it."""
        checkpoint = self._rest.last_checkpoint(self._job)
        if checkpoint and int(checkpoint["id"]) != self._checkpoint:
            deciding = [str(vertex["id"]) for vertex in job["vertices"] if any(part in vertex["name"] for part in _DECIDING)]
            number = int(checkpoint["id"])
            self.checkpoint_ms = min(self._rest.barrier_ms(self._job, number, vertex) for vertex in deciding)
            self._checkpoint = number

    def _status(self, job: Mapping[str, Any]) -> str:
        """Return what the job waits for; empty if all its tasks run."""
        if job["state"] in ENDED or all(vertex["status"] in _RUNNING for vertex in job["vertices"]):
            self._ran, self.failure = True, ""
            return ""
        failure = self._rest.failure(self._job)
        if not failure:
            return "" if self._ran else "the job's tasks to start"
        self.failure = self.last_failure = failure_words(failure)
        return f"the job to start again after a failure: {self.failure}"

    def _lag(self, job: Mapping[str, Any]) -> int:
        """Return how many entries of Redis streams wait to be read."""
        for vertex in (str(vertex["id"]) for vertex in job["vertices"] if "Source: events" in vertex["name"]):
            if not self._lags.get(vertex):
                self._lags[vertex] = [name for name in self._rest.metric_names(self._job, vertex) if name.endswith(".redis_lag")]
        return sum(sum(self._rest.metrics(self._job, vertex, names)) for vertex, names in self._lags.items() if names)

    def _events(self, job: Mapping[str, Any]) -> int:
        """Return how many events the parsers have read."""
        if self._parse is None:
            vertex = next(str(vertex["id"]) for vertex in job["vertices"] if "parse" in vertex["name"])
            self._parse = vertex, [name for name in self._rest.metric_names(self._job, vertex) if name.endswith(".parse.events")]
        vertex, names = self._parse
        if not names:
            self._parse = None
            return 0
        return sum(self._rest.metrics(self._job, vertex, names))
