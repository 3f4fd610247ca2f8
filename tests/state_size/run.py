"""The real job on a cluster of its own, filled with entities on one backend, and what that took."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flink_job.bench.engine_run import peaks
from flink_job.bench.rig import Chosen, Rig, no_outside_services, rig
from flink_job.cluster.rest import ClusterError, failure_words
from flink_job.cluster.submission import submit
from tests.state_size.orders import Orders
from tests.state_size.part import Part, part_of

CHECKPOINT_WITHIN_S = 1800.0
STUCK_S = 900.0
"""Nothing is read for so long: the job is dead, not slow. Beside much other work some minutes are usual."""
LOOK_S = 1.0
HEAP = "Status.JVM.Memory.Heap.Used"
SEED = 47


@dataclass(frozen=True)
class StateRun:
    """What one backend showed with so many entities."""

    backend: str
    entities: int
    new: Part | None
    """Of orders that each made four entities, without the first third of them, while Java warms up."""
    known: Part | None
    """Of orders of accounts drawn from all, each of the same chance."""
    state_bytes: int
    """Of a checkpoint of all these entities: all files that it needs."""
    written_bytes: int
    """What the dearest checkpoint wrote."""
    checkpoint_s: float
    """The longest from trigger to completion."""
    heap_mib: float
    """In use on the TaskManager's heap, the least that was seen with so many: what a collection leaves."""
    peak_mib: dict[str, float]
    """Most resident memory, by process."""
    disk_mib: float
    """Of the TaskManager's working folder."""

    @property
    def bytes_per_entity(self) -> float:
        return self.state_bytes / self.entities


def measure(backend: str, sizes: Sequence[int], revisits: int, scratch: Path, overrides: Sequence[str]) -> Iterator[StateRun]:
    """Fill the job with entities, in rising sizes; at each size come back to some, and yield what that took.

    Raises `ClusterError` if the job fails, as for want of memory.
    """
    orders = Orders(scratch / "orders", SEED)
    chosen = Chosen(None, (f"job.state_backend={backend}", *overrides), scratch)
    with no_outside_services(), rig(chosen, "job", 1) as on:
        words = on.words(f"file:{scratch / 'orders'}", "job.restarts=0", "job.discover_s=1")
        filled = Filled(on, submit(on.cluster, words, 1), orders, backend)
        for entities in sizes:
            yield filled.at(entities, revisits)


class Filled:
    """A job that is filled."""

    def __init__(self, on: Rig, job: str, orders: Orders, backend: str) -> None:
        self._on, self._job, self._orders, self._backend = on, job, orders, backend
        self._watch = on.watch(job)
        self._written = 0
        """The most that a checkpoint has written since the last size."""

    def at(self, entities: int, revisits: int) -> StateRun:
        """Fill up to so many entities, and come back to some."""
        first, self._written = self._orders.written, 0
        self._orders.of_new(entities)
        made = self._orders.written
        self._read_all()
        checkpoint = self._checkpoint()
        heap = self._heap()
        self._orders.of_known(revisits)
        heap = min(heap, self._read_all())
        samples = self._watch.samples
        return StateRun(
            backend=self._backend,
            entities=entities,
            new=part_of(samples, first + (made - first) // 3, made),
            known=part_of(samples, made, self._orders.written),
            state_bytes=int(checkpoint["state_size"]),
            written_bytes=self._written,
            checkpoint_s=max(one.took_ms for one in self._watch.checkpoints) / 1000,
            heap_mib=heap / 2**20,
            peak_mib=peaks(samples),
            disk_mib=_size(self._on.folder / "flink" / "tmp") / 2**20,
        )

    def _read_all(self) -> int:
        """Take samples until all is read that was written; return the least heap in use meanwhile."""
        least, before, moved = self._heap(), -1, time.monotonic()
        while (read := self._look()) < self._orders.written:
            least = min(least, self._heap())
            if read > before:
                before, moved = read, time.monotonic()
            if (failure := self._on.cluster.rest.failure(self._job)) or time.monotonic() - moved > STUCK_S:
                raise ClusterError(f"after {read:,} events: {failure_words(failure) if failure else 'nothing is read any more'}")
            time.sleep(LOOK_S)
        return min(least, self._heap())

    def _look(self) -> int:
        """Take a sample; return how many orders had been read."""
        self._watch.look()
        last = self._on.cluster.rest.last_checkpoint(self._job)
        self._written = max(self._written, int(last["checkpointed_size"]) if last else 0)
        return self._watch.samples[-1].events

    def _checkpoint(self) -> dict[str, Any]:
        """Wait for a checkpoint that began once all was read; it holds all of the state."""
        read_ms, end = time.time() * 1000, time.monotonic() + CHECKPOINT_WITHIN_S
        while time.monotonic() < end:
            self._look()
            last = self._on.cluster.rest.last_checkpoint(self._job)
            if last and last["trigger_timestamp"] >= read_ms:
                return last
            time.sleep(LOOK_S)
        raise ClusterError(f"no checkpoint within {CHECKPOINT_WITHIN_S:.0f} s: see the cluster's logs")

    def _heap(self) -> int:
        """Return the bytes in use on the TaskManager's heap."""
        rest = self._on.cluster.rest
        (taskmanager,) = rest.taskmanagers()
        with urllib.request.urlopen(f"{rest.url}/taskmanagers/{taskmanager}/metrics?get={HEAP}", timeout=10) as answer:
            return int(json.load(answer)[0]["value"])


def _size(folder: Path) -> int:
    """Return the bytes of the files below a folder, as far as they stay while it is looked at."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue  # RocksDB merges its files
    return total
