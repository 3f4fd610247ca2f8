"""CPU microseconds per event of each task thread of the graph stages in a local Flink: no scoring, no sinks.

`--operators identity` passes each event on and reads and writes a state of 800 bytes per stage: what the engine itself takes;
`hop` leaves the state out, too. Wall time says nothing on a busy machine, and CPU time still a little: repeat and interleave.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyflink.common import Row, Types
from pyflink.datastream import KeyedProcessFunction, ProcessFunction, RuntimeContext
from pyflink.datastream.state import ValueStateDescriptor
from pyflink.java_gateway import get_gateway

from domain.graph import GraphSettings
from flink_job import environment, topology
from flink_job.settings import load
from flink_job.urls import read_lines
from udfs.state_expiry import expiry

STATE_BYTES = 800
STAGE_THREAD = re.compile(r"Source: |.* stage")


class IdentityParse(ProcessFunction):
    """A line as bytes, three times as long, as a trail is; its key is some hash."""

    def __init__(self, *_: Any) -> None:
        pass

    def process_element(self, value: str, ctx: ProcessFunction.Context) -> Iterator[Row]:
        line = value.encode("latin-1")
        yield Row(hash(line[100:140]), line * 3)


class IdentityStage(KeyedProcessFunction):
    keeps_state = True

    def __init__(self, graph: GraphSettings, position: int, *_: Any) -> None:
        self._is_last = position == len(graph.stages) - 1

    def open(self, runtime_context: RuntimeContext) -> None:
        descriptor = ValueStateDescriptor("entity", Types.PICKLED_BYTE_ARRAY())
        descriptor.enable_time_to_live(expiry(86_400_000))
        self._state = runtime_context.get_state(descriptor)

    def process_element(self, value: bytes, ctx: KeyedProcessFunction.Context) -> Iterator[Row]:
        if self.keeps_state:
            self._state.value()
            self._state.update(value[:STATE_BYTES])
        yield Row(0 if self._is_last else hash(value[200:230]), value)


class HopStage(IdentityStage):
    keeps_state = False


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("events", type=Path)
    arguments.add_argument("--operators", choices=("job", "identity", "hop"), default="job")
    arguments.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    chosen = arguments.parse_args()
    if chosen.operators != "job":
        vars(topology).update(Parse=IdentityParse, Stage=IdentityStage if chosen.operators == "identity" else HopStage)
    with tempfile.TemporaryDirectory() as folder:
        places = [f"job.sources=[file:{chosen.events.resolve()}]", f"job.checkpoint_dir={folder}/checkpoints", f"job.log_dir={folder}/logs"]
        settings = load(None, ["job.bounded=true", *places, *chosen.set])
        env, _ = environment.create(settings)
        for stream in topology._graph_stages(read_lines(env, settings.job), settings):
            stream._j_data_stream.sinkTo(get_gateway().jvm.org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink())
        seconds = _thread_seconds(env.execute_async("stage cost"))
    with chosen.events.open("rb") as file:
        events = sum(1 for _ in file)
    stages = {name: round(1e6 * spent / events) for name, spent in seconds.items() if STAGE_THREAD.match(name)}
    print(f"{chosen.operators}: {sum(stages.values())} us an event, by thread {stages}")


def _thread_seconds(client: Any) -> dict[str, float]:
    """User and system seconds by thread name of the processes this one started, while the job ran."""
    spent: dict[tuple[str, str], float] = {}
    while _runs(client):
        for thread in _children_threads():
            try:
                head, _, rest = (thread / "stat").read_text().rpartition(")")
            except OSError:
                continue
            fields = rest.split()
            spent[str(thread), head.partition("(")[2]] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        time.sleep(0.3)
    total: dict[str, float] = defaultdict(float)
    for (_, name), seconds in spent.items():
        total[name] += seconds
    return total


def _runs(client: Any) -> bool:
    try:
        return client.get_job_status().result().name not in {"FINISHED", "FAILED", "CANCELED"}
    except Exception:  # a local cluster is gone with its job
        return False


def _children_threads() -> Iterator[Path]:
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = status.read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if parent == str(os.getpid()):
            yield from (status.parent / "task").glob("*")


if __name__ == "__main__":
    main()
