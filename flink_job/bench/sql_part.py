"""Flink SQL on the same kind of cluster, measured as the job is."""

from __future__ import annotations

from pathlib import Path

from flink_job.bench.engine_run import EngineRun, engine_run
from flink_job.bench.histories import count_lines
from flink_job.bench.rig import CHECKPOINT_S, Chosen, rig
from flink_job.cluster.submission import run_flink, this_python

WHAT = "Flink SQL"
SCRIPT = Path(__file__).with_name("sql_job.py")
TIMES = 4
"""It reads the same events so often, one after the other: it would be at their end before it is warm."""
MEMORY = "8192m"
"""Of a TaskManager: the windows keep 16 rows of each entity, each with what the windows inside have
collected. 400,000 events fill a heap of 2 GB with them; the job's own state of the same events is 115 MB."""


def measure(chosen: Chosen, events: Path, parallelism: int) -> EngineRun:
    with rig(chosen, f"sql-{parallelism}", parallelism, memory=MEMORY) as on:
        history = on.folder / "events"
        history.mkdir()
        for number in range(TIMES):
            (history / f"{number}.jsonl").hardlink_to(events)
        arguments = [history.as_uri(), str(parallelism), (on.folder / "checkpoints").as_uri(), f"{CHECKPOINT_S:g}"]
        words = ["run", "-d", *this_python(), "-py", str(SCRIPT), *arguments]
        watch = on.watch(run_flink(on.cluster, words))
        watch.to_the_end()
    return engine_run(WHAT, "file", parallelism, TIMES * count_lines(events), watch.samples, watch.checkpoints, None)
