"""Faults of the loop on Redis alone: events from `redis:events`, decisions to `redis:decisions`, no Kafka."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import redis

from flink_job.cluster.rest import ClusterError
from tests.faults.cases import (
    AWAY_S,
    SERIES_S,
    Case,
    fill_redis,
    kill_again_and_again,
    kill_redis,
    kill_taskmanager,
    kill_worker,
)
from tests.faults.rig import FaultJob, Rig
from tests.support.job_process import wait_for

ZOMBIE_S = 60.0
TRIMMED = 5_000
"""Entries that somebody removes while the job is down."""
PIPELINE = 1_000
LONGEST = 10_000_000
"""So that nothing is trimmed but by the fault."""


class RedisLoopJob(FaultJob):
    """A job under a prefix of its own, which holds all events when it is submitted."""

    def __init__(self, rig: Rig, name: str, lines: Sequence[bytes], parallelism: int = 1, options: Sequence[str] = ()) -> None:
        super().__init__(rig, name, "redis:events", parallelism, (f"redis.max_length={LONGEST}", *options))
        self.lines = lines
        with rig.client() as client:
            for first in range(0, len(lines), PIPELINE):
                with client.pipeline(transaction=False) as pipe:
                    for line in lines[first : first + PIPELINE]:
                        pipe.xadd(f"{self.name}:events", {"json": line})
                    pipe.execute()

    def _ways(self, source: str) -> list[str]:
        return ["--source", source, "--set", f"job.labels=['{source}']", "--decisions", "redis:decisions"]

    @contextmanager
    def _decided(self) -> Iterator[Callable[[], int]]:
        def count() -> int:
            try:
                return self._length("decisions")
            except redis.RedisError:
                return 0

        yield count

    def _settle(self) -> None:
        """Wait for one more checkpoint: decisions are there at once, also while the job starts again."""
        now_ms = time.time() * 1000
        wait_for(lambda: self._checkpoint_ms() > now_ms or self.failed(), f"a checkpoint of {self.name}")

    def _checkpoint_ms(self) -> float:
        """When the last complete checkpoint was triggered."""
        try:
            last = self.rig.cluster.rest.last_checkpoint(self.job)
        except ClusterError:
            return 0.0
        return float(last["trigger_timestamp"]) if last else 0.0

    def _decisions(self) -> Iterator[dict[str, Any]]:
        with self.rig.client() as client:
            start = "-"
            while page := client.xrange(f"{self.name}:decisions", start, count=10_000):
                yield from (json.loads(fields["json"]) for _, fields in page)
                start = f"({page[-1][0]}"

    def rejected(self) -> list[dict[str, Any]]:
        with self.rig.client() as client:
            return [json.loads(fields["json"]) for _, fields in client.xrange(f"{self.name}:rejected")]


def stop_taskmanager_for_a_while(rig: Rig, job: FaultJob) -> None:
    """It counts as dead, another one takes the job over, and then it goes on where it was."""
    pid = rig.cluster.cluster.pids()[job.host()]
    os.kill(pid, signal.SIGSTOP)
    time.sleep(ZOMBIE_S)
    os.kill(pid, signal.SIGCONT)


@dataclass(frozen=True)
class Gone:
    """What somebody removed: events that were never decided, and between how many entries that is."""

    events: frozenset[str]
    least: int
    most: int


def trim_while_it_is_down(rig: Rig, job: RedisLoopJob) -> Gone:
    """Stop the job with a savepoint, remove the next TRIMMED entries, and go on from there."""
    savepoint = rig.cluster.stop_job()
    key = f"{job.name}:events"
    with rig.client() as client:
        unread = client.xrange(key, f"({_last_decided(client, job)}", count=TRIMMED + 1)
        assert len(unread) > TRIMMED, (
            f"{len(unread)} events were left when the job had stopped, {TRIMMED + 1} are needed: give more --events"
        )
        client.xtrim(key, minid=unread[-1][0], approximate=False)
    job.submit("--from", savepoint)
    gone = [json.loads(fields["json"]) for _, fields in unread[:-1]]
    # labels right after the last event that was decided may have been read
    read = next(number for number, event in enumerate(gone) if event["event_type"] != "label")
    return Gone(frozenset(event["event_id"] for event in gone if event["event_type"] != "label"), TRIMMED - read, TRIMMED)


def _last_decided(client: Any, job: RedisLoopJob) -> str:
    """The entry of the latest event that is decided."""
    decided = {document["event_id"] for document in job._decisions()}
    entries = client.xrange(f"{job.name}:events")
    return str(next(entry for entry, fields in reversed(entries) if json.loads(fields["json"])["event_id"] in decided))


LOOP_CASES = {
    "redis-loop-taskmanager": Case("Redis alone: kill -9 of the TaskManager", kill_taskmanager),
    "redis-loop-worker": Case("Redis alone: kill -9 of the Python worker", kill_worker),
    "redis-loop-again-and-again": Case(
        "Redis alone: kill -9 of a TaskManager every 20 s for three minutes", kill_again_and_again, at=0.1, lasts_s=SERIES_S
    ),
    "redis-loop-redis-killed": Case("Redis alone: Redis killed for 30 s, data kept", kill_redis, lasts_s=AWAY_S),
    "redis-loop-redis-full": Case("Redis alone: Redis out of memory for 30 s", fill_redis, lasts_s=AWAY_S),
    "redis-loop-zombie": Case(
        "Redis alone: the TaskManager is stopped for 60 s, and then goes on", stop_taskmanager_for_a_while, lasts_s=ZOMBIE_S
    ),
}
TRIMMED_EARLY = "redis-loop-trimmed-early"
LOOP_CLEAN = "redis-loop-clean-again"
LOOP = (*LOOP_CASES, TRIMMED_EARLY, LOOP_CLEAN)
