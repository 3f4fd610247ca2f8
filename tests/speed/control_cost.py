"""CPU per event of the whole job with a control stream, against one without, while both run.

They decide the same events in turn, a part each, so that what else the machine does meets both. Everything is
on Redis alone, at parallelism 1. The rules are those of `ringwatch bench --only control`, as analysts write
them. Two processes of Java never cost quite the same: `--jobs` makes further pairs.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path

import psutil
import redis

from domain.graph import GraphSettings
from domain.simulator import SimulatorSettings, simulate
from flink_job.bench.control_part import usual_rule
from ops.redis.embedded import EmbeddedRedis
from ops.secrets import make_pseudonym_key
from tests.support.loop_job import LoopJob

RULES = 200
NO_RECORD = "a control stream without a record"
WARM = 5
"""Parts before the first that counts: Java compiles."""
FIRST_RULES = "200 rules, the first part"
MODES = ("0 rules", "20 rules", "200 rules")
SETTLED_S = 0.5
"""From the last decision until alerts and incidents are written, too."""
SETTINGS = ("job.checkpoint_interval_s=600", "redis.max_length=10000000", "llm.base_url=null")


class Measured:
    """A job whose CPU is counted from when it is offered a part of the events until all are decided."""

    def __init__(self, loop: LoopJob) -> None:
        self.loop, self._decided, self._version = loop, 0, 0
        loop.job.decisions_url = "redis:decisions"

    def decide(self, lines: Sequence[str]) -> float:
        """Return the CPU (us) per event, labels left out of the count."""
        events = sum('"event_type": "label"' not in line for line in lines)
        before = self._cpu_s()
        self.loop.send(lines)
        self._decided += events
        self.loop.wait(lambda: self.loop.client.xlen(f"{self.loop.prefix}decisions") >= self._decided, "decisions")
        time.sleep(SETTLED_S)
        return 1e6 * (self._cpu_s() - before) / events

    def put_in_force(self, mode: str) -> None:
        """Activate so many rules and pause the others."""
        if mode == NO_RECORD:
            return
        self._version += 1
        active, graph = int(mode.split()[0]), GraphSettings()
        for number in range(RULES):
            state = "active" if number < active else "paused"
            head = {"control": "rule", "id": f"R{number}", "version": self._version, "state": state, "by": "speed", "reason": "speed"}
            self.loop.tell({**usual_rule(graph, number), **head})
        self.loop.wait(lambda: self.loop.total("control_changes") == RULES * self._version, "the rules")

    def _cpu_s(self) -> float:
        process = psutil.Process(self.loop.pid)
        times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
        return float(sum(one.user + one.system for one in times))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=8000, help="in a part (default %(default)s)")
    arguments.add_argument("--parts", type=int, default=3, help="of each kind (default %(default)s)")
    arguments.add_argument("--jobs", type=int, default=1, help="pairs of jobs, one after the other (default %(default)s)")
    chosen = arguments.parse_args()
    make_pseudonym_key()
    for number in range(chosen.jobs):
        _show(_compared(chosen.events, chosen.parts, number), number)


def _compared(events: int, parts: int, number: int) -> dict[str, list[tuple[float, float]]]:
    """Return by mode the CPU per event of the job without and of the one with a control stream, by part."""
    modes = [*[NO_RECORD] * parts, FIRST_RULES, *MODES * parts]
    documents = simulate(SimulatorSettings(events=(WARM + len(modes)) * events, seed=7 + number)).documents()
    lines = map(json.dumps, documents)
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with _two_jobs() as (without, under_control):
        for _ in range(WARM):
            part = list(islice(lines, events))
            without.decide(part)
            under_control.decide(part)
        for turn, mode in enumerate(modes):
            under_control.put_in_force(mode)
            part = list(islice(lines, events))
            took = {job: job.decide(part) for job in ((without, under_control) if turn % 2 else (under_control, without))}
            found[mode].append((took[without], took[under_control]))
    return found


@contextmanager
def _two_jobs() -> Iterator[tuple[Measured, Measured]]:
    with ExitStack() as started:
        folder = Path(started.enter_context(tempfile.TemporaryDirectory()))
        url = started.enter_context(EmbeddedRedis()).url
        client = started.enter_context(redis.Redis.from_url(url, decode_responses=True))
        made = []
        for name, control in (("without", "job.control=null"), ("control", "job.control=redis:control")):
            made.append(Measured(LoopJob(folder / name, url, client, f"{name}:", {}, *SETTINGS, control)))
            started.enter_context(made[-1].loop.running())
        yield made[0], made[1]


def _show(found: dict[str, list[tuple[float, float]]], number: int) -> None:
    for mode, pairs in found.items():
        without, under_control = (sum(one) / len(pairs) for one in zip(*pairs, strict=True))
        each = ", ".join(f"{100 * (b / a - 1):+.1f}" for a, b in pairs)
        print(
            f"{number}  {mode:34} {without:6.1f} -> {under_control:6.1f} us an event, {100 * (under_control / without - 1):+.1f} % ({each})"
        )


if __name__ == "__main__":
    main()
