"""A running job, looked at once a second: events read, CPU, memory, checkpoints."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flink_job.bench.processes import ProcessUsage
from flink_job.cluster.rest import ENDED, ClusterError, FlinkRest, failure_words

EVERY_S = 1.0
STUCK_S = 180.0


@dataclass(frozen=True)
class Sample:
    at_s: float
    """Since 1970."""
    events: int
    """Lines read so far."""
    usage: ProcessUsage


@dataclass(frozen=True)
class Checkpoint:
    """A complete one."""

    number: int
    at_s: float
    """When it was triggered, since 1970."""
    took_ms: float
    state_bytes: Mapping[str, int]
    """By the name of the task."""


class Watch:
    """Watch over one job, which takes samples of it."""

    def __init__(self, rest: FlinkRest, job: str, usage: Callable[[], ProcessUsage]) -> None:
        self._rest, self._job, self._usage = rest, job, usage
        self.samples: list[Sample] = []
        self.checkpoints: list[Checkpoint] = []

    def events(self) -> int:
        """Return how many lines have been read.

        The task that has read most comes before any event is left out.
        """
        return max(int(vertex["metrics"]["read-records"]) for vertex in self._rest.job(self._job)["vertices"])

    def state(self) -> str:
        return self._rest.state(self._job)

    def look(self) -> None:
        """Take one sample, and note a checkpoint that has completed since the last one."""
        self.samples.append(Sample(time.time(), self.events(), self._usage()))
        last = self._rest.last_checkpoint(self._job)
        if last and (not self.checkpoints or last["id"] != self.checkpoints[-1].number):
            sizes = self._rest.checkpoint_sizes(self._job, last["id"])
            self.checkpoints.append(Checkpoint(last["id"], last["trigger_timestamp"] / 1000, last["end_to_end_duration"], sizes))

    def to_the_end(self) -> None:
        """Take samples until the job has finished; raises `ClusterError` if it fails or gets no further."""
        moved = time.monotonic()
        while (state := self.state()) not in ENDED:
            before = self.samples[-1].events if self.samples else 0
            self.look()
            if self.samples[-1].events > before:
                moved = time.monotonic()
            if time.monotonic() - moved > STUCK_S:
                raise ClusterError(f"job {self._job} has read nothing for {STUCK_S:.0f} s: see the cluster's logs")
            time.sleep(EVERY_S)
        if state != "FINISHED":
            raise ClusterError(f"job {self._job} ended as {state}: {failure_words(self._rest.failure(self._job) or '')}")
