"""What a job costs that decides nothing: CPU per second of a cluster at several parallelisms.

`python -m tests.speed.idle_cost --parallelism 1 2 4 8`. Marks go from subtask to subtask all the time, and
threads look after buffers, timers and metrics. `tests/speed/scale.py` tells that apart from what events cost.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from flink_job.bench.processes import spent
from flink_job.bench.rig import Chosen, no_outside_services, rig
from flink_job.cluster.submission import submit
from ops.secrets import make_pseudonym_key

EVENT = (
    b'{"event_id":"e-1","event_type":"login","event_time":1772455231800,"account_id":"a-1","device_fingerprint":"d-1","ip":"10.0.0.1"}\n'
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.speed.idle_cost", description=__doc__)
    parser.add_argument("--parallelism", nargs="+", type=int, default=[1, 2, 4], metavar="P")
    parser.add_argument("--warm-up", type=float, default=60.0, metavar="S", help="not counted: Java compiles (%(default)s)")
    parser.add_argument("--seconds", type=float, default=60.0, metavar="S")
    parser.add_argument("--memory", default="1800m", help="of a TaskManager (%(default)s)")
    args = parser.parse_args()
    make_pseudonym_key()
    print("| subtasks | all, ms of CPU a second | TaskManagers | workers | JobManager |\n| ---: | ---: | ---: | ---: | ---: |")
    with no_outside_services(), tempfile.TemporaryDirectory(prefix="ringwatch-idle-", ignore_cleanup_errors=True) as folder:
        chosen = Chosen(None, (f"cluster.taskmanager_memory={args.memory}",), Path(folder))
        for parallelism in args.parallelism:
            by_process = idle(chosen, parallelism, args.warm_up, args.seconds)
            sums = [
                sum(ms for name, ms in by_process.items() if name.startswith(part)) for part in ("", "taskmanager", "python", "jobmanager")
            ]
            print(f"| {parallelism} | {' | '.join(f'{ms:.0f}' for ms in sums)} |", flush=True)


def idle(chosen: Chosen, parallelism: int, warm_up_s: float, seconds: float) -> Mapping[str, float]:
    """Return ms of CPU a second by process, after one event: workers have started."""
    with rig(chosen, f"idle-{parallelism}", parallelism) as on:
        incoming = on.folder / "incoming"
        incoming.mkdir()
        (incoming / "one.jsonl").write_bytes(EVENT)
        job = submit(on.cluster, on.words(f"file:{incoming}", "job.checkpoint_interval_s=600"), parallelism)
        time.sleep(warm_up_s)
        before, began = on.usage(), time.monotonic()
        time.sleep(seconds)
        after, took = on.usage(), time.monotonic() - began
        on.cluster.rest.cancel(job)
    return {name: 1000 * value / took for name, value in spent(before.processes, after.processes).items()}


if __name__ == "__main__":
    main()
