"""The real job at full load, and how long a local one takes to its first decision."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from domain.events.parser import EventParser
from flink_job.bench.engine_run import EngineRun, StateSize, engine_run
from flink_job.bench.histories import count_lines, entities, first_lines
from flink_job.bench.rig import Chosen, Rig, rig
from flink_job.bench.samples import Checkpoint, Watch
from flink_job.cluster.environment import MachineError, python_path
from flink_job.cluster.submission import submit
from ops.redis.embedded import EmbeddedRedis
from ops.secrets import pseudonyms

WHAT = "ringwatch"
FILE, KAFKA = "file", "kafka"
START_EVENTS, START_S, END_S = 2_000, 300.0, 60.0


def measure(chosen: Chosen, events: Path, source: str, parallelism: int) -> EngineRun:
    """Run the job to the end of the events, to decisions and Redis.

    The source is a file, or a topic of as many partitions.
    """
    with rig(chosen, f"job-{source}-{parallelism}", parallelism, source == KAFKA) as on:
        url, more = f"file:{events}", ["job.bounded=true"]
        if on.broker:
            from flink_job.bench.broker import publish

            url = publish(on.broker, "events", events, parallelism)
            more.append(f"kafka.readers={parallelism}")
        watch = on.watch(submit(on.cluster, on.words(url, *more), parallelism))
        watch.to_the_end()
    total = count_lines(events)
    return engine_run(WHAT, source, parallelism, total, watch.samples, watch.checkpoints, _state(on, watch, events, total))


def _state(on: Rig, watch: Watch, events: Path, total: int) -> StateSize | None:
    """Return the state of the last checkpoint before the source was at its end; None if there was none."""
    counted = [(one, read) for one in watch.checkpoints if 0 < (read := _events_at(watch, one)) < total]
    if not counted:
        return None
    last, read = counted[-1]
    settings = on.chosen.settings()
    found = entities(first_lines(events, read), EventParser(settings.graph, pseudonyms(settings.identity)), settings.graph)
    return state_size(last.state_bytes, found, read)


def _events_at(watch: Watch, checkpoint: Checkpoint) -> int:
    """Return how many lines were read when the checkpoint was triggered."""
    return max((sample.events for sample in watch.samples if sample.at_s <= checkpoint.at_s), default=0)


def state_size(state_bytes: Mapping[str, int], found: Mapping[str, int], events: int) -> StateSize:
    """Return the sizes by part.

    `state_bytes` is by the names of the tasks, as Flink gives them, `found` entities by kind.
    """
    kinds = {name: [kind for kind in found if re.search(rf"\b{kind} stage", name)] for name in state_bytes}
    each = {of[0]: state_bytes[name] / found[of[0]] for name, of in kinds.items() if len(of) == 1 and found[of[0]]}
    whole = sum(size for name, size in state_bytes.items() if kinds[name])
    return StateSize(events, sum(state_bytes.values()), dict(found), each, whole / max(1, sum(found.values())))


def first_decision_s(chosen: Chosen, events: Path) -> float:
    """Measure the seconds from the start of `ringwatch run` on a local Flink to its first decision."""
    folder = chosen.scratch / "start"
    folder.mkdir()
    with (folder / "events.jsonl").open("wb") as few:
        few.writelines(line + b"\n" for line in first_lines(events, START_EVENTS))
    with EmbeddedRedis() as redis, (folder / "output.txt").open("wb") as output:
        places = (f"redis.url={redis.url}", f"job.checkpoint_dir={folder / 'checkpoints'}", f"job.log_dir={folder / 'logs'}")
        words = ["--source", f"file:{folder / 'events.jsonl'}", "--decisions", f"file:{folder / 'decisions'}", "--bounded"]
        command = [sys.executable, "-m", "flink_job.cli", "run", *words, *chosen.words(*places)]
        began = time.time()
        process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": python_path()}, stdout=output, stderr=output)  # noqa: S603
        try:
            process.wait(START_S)
        except subprocess.TimeoutExpired:
            raise MachineError(f"ringwatch run did not end within {START_S:.0f} s: see {folder / 'logs'}") from None
        finally:
            _end(process)
    if process.returncode:
        raise MachineError(f"ringwatch run failed: {' '.join((folder / 'output.txt').read_text(errors='replace').split())[-300:]}")
    written = (line for path in (folder / "decisions").glob("*.jsonl") for line in path.read_text(encoding="utf-8").splitlines())
    decided = [json.loads(line)["decided_at"] for line in written]
    return float(min(decided)) / 1000 - began


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the command by SIGTERM, which makes `ringwatch run` cancel its job."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
