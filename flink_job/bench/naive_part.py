"""The naive PyFlink job on the same kind of cluster, measured as the job is."""

from __future__ import annotations

from pathlib import Path

from flink_job.bench.engine_run import EngineRun, engine_run
from flink_job.bench.histories import count_lines
from flink_job.bench.rig import CHECKPOINT_S, Chosen, rig
from flink_job.cluster.submission import run_flink, stage_code, this_python

WHAT = "naive PyFlink"
SCRIPT = Path("flink_job") / "bench" / "naive_job.py"


def measure(chosen: Chosen, events: Path) -> EngineRun:
    """Run the naive job at parallelism 1."""
    settings = chosen.settings()
    with rig(chosen, "naive", 1) as on:
        code = stage_code(on.cluster.folder)
        config = str(chosen.config.resolve()) if chosen.config else "-"
        places = [str(events), str(on.decisions), (on.folder / "checkpoints").as_uri(), f"{CHECKPOINT_S:g}", config]
        arguments = [*places, *chosen.overrides, f"model={Path(settings.model).resolve()}"]
        words = ["run", "-d", *this_python(), "-pyfs", str(code), "-py", str(code / SCRIPT), *arguments]
        watch = on.watch(run_flink(on.cluster, words))
        watch.to_the_end()
    return engine_run(WHAT, "file", 1, count_lines(events), watch.samples, watch.checkpoints, None)
