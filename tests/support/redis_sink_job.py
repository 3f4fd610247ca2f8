"""A job of Java alone that sends numbered decisions into a stream: it starts in seconds, and can be broken.

`python -m tests.support.redis_sink_job FOLDER COUNT PARALLELISM REDIS_URL PREFIX [SETTING=VALUE ...]`; with
`RESUME` in the environment it goes on from that checkpoint. A file `crash` in the folder fails it once.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tests import ROOT

PER_MS = 2
"""Numbers per ms and subtask."""
CHECKPOINT_MS = 300
_NUMBERED = """
package ringwatch;
import java.io.File;
import org.apache.flink.api.common.functions.MapFunction;
public class Numbered implements MapFunction {
    private static final long serialVersionUID = 1;
    private final String crash;
    private final long perMs;
    public Numbered(String crash, long perMs) { this.crash = crash; this.perMs = perMs; }
    public Object map(Object value) throws Exception {
        long n = ((Long) value).longValue();
        if (n % perMs == 0) {
            Thread.sleep(1);
            if (n >= 200 && new File(crash).delete()) { throw new RuntimeException("a failure that is wanted"); }
        }
        String head = "{\\"event_id\\":\\"e" + n + "\\",\\"event_time\\":" + n;
        return head + ",\\"decision\\":\\"approve\\",\\"entities\\":{\\"account\\":\\"a0\\"}}";
    }
}
"""


@dataclass
class SinkJob:
    """The job in a process of its own; `start` again with the newest checkpoint goes on."""

    folder: Path
    count: int
    redis_url: str
    prefix: str
    parallelism: int = 1
    settings: tuple[str, ...] = ()
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, resume: bool = False, checkpoint_ms: int = CHECKPOINT_MS) -> subprocess.Popen[bytes]:
        """`resume`: from the newest checkpoint."""
        self.folder.mkdir(parents=True, exist_ok=True)
        words = (str(self.folder), str(self.count), str(self.parallelism), self.redis_url, self.prefix, *self.settings)
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "CHECKPOINT_MS": str(checkpoint_ms),
            **({"RESUME": self.newest().as_uri()} if resume else {}),
        }
        with (self.folder / "output.txt").open("ab") as log:
            command = [sys.executable, "-W", "ignore", "-m", __name__, *words]
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
        self.processes.append(process)
        return process

    def newest(self) -> Path:
        complete = [path.parent for path in (self.folder / "checkpoints").glob("*/chk-*/_metadata")]
        return max(complete, key=lambda path: (path / "_metadata").stat().st_mtime_ns)

    def has_checkpoint(self) -> bool:
        return any((self.folder / "checkpoints").glob("*/chk-*/_metadata"))

    def crash(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "crash").touch()

    def crashed(self) -> bool:
        return not (self.folder / "crash").exists()

    def signal(self, process: subprocess.Popen[bytes], number: int) -> None:
        os.killpg(process.pid, number)

    def end(self) -> None:
        """Kill what still runs."""
        for process in self.processes:
            if process.poll() is None:
                self.signal(process, signal.SIGKILL)
                process.wait()

    def log(self) -> str:
        texts = [path.read_text(errors="replace") for path in sorted((self.folder / "logs").glob("*"))]
        return "".join([*texts, (self.folder / "output.txt").read_text(errors="replace")])


def _run(folder: Path, count: int, parallelism: int, url: str, prefix: str, more: list[str]) -> None:
    from flink_job.cluster.environment import of_options, set_java_environment
    from flink_job.connectors.output_stream import output_stream
    from flink_job.settings.settings import load

    places = [
        f"redis.url={url}",
        f"redis.prefix={prefix}",
        f"job.checkpoint_dir={folder / 'checkpoints'}",
        f"job.log_dir={folder / 'logs'}",
    ]
    settings = load(None, ["job.decisions=redis:decisions", *places, *more])
    set_java_environment(settings)
    env = of_options(_options(folder, parallelism))
    from flink_job.connectors.redis_sink import write_to_redis

    write_to_redis(_decisions(env, count, folder), output_stream("job.decisions", settings.job.decisions), settings, "decisions")
    env.execute("numbers")


def _options(folder: Path, parallelism: int) -> dict[str, str]:
    options = {
        "parallelism.default": str(parallelism),
        "pipeline.object-reuse": "true",
        "execution.checkpointing.interval": f"{os.environ['CHECKPOINT_MS']} ms",
        "execution.checkpointing.dir": (folder / "checkpoints").as_uri(),
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "execution.checkpointing.tolerable-failed-checkpoints": "100",
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": "100",
        "restart-strategy.fixed-delay.delay": "100 ms",
    }
    return options | ({"execution.state-recovery.path": os.environ["RESUME"]} if "RESUME" in os.environ else {})


def _decisions(env: Any, count: int, folder: Path) -> Any:
    from pyflink.common import Types, WatermarkStrategy
    from pyflink.datastream import DataStream
    from pyflink.datastream.connectors.number_seq import NumberSequenceSource
    from pyflink.java_gateway import get_gateway

    from flink_job.connectors.java_classes import compiled, jar_of

    jar = Path(mkdtemp(dir=folder)) / "numbered.jar"
    jar.write_bytes(jar_of(compiled({"Numbered.java": _NUMBERED})))
    env.add_jars(jar.as_uri())
    numbers = env.from_source(NumberSequenceSource(0, count - 1), WatermarkStrategy.no_watermarks(), "numbers").uid("numbers")
    numbered = get_gateway().jvm.ringwatch.Numbered(str(folder / "crash"), PER_MS)
    return DataStream(numbers._j_data_stream.map(numbered, Types.STRING().get_java_type_info()).uid("numbered"))


if __name__ == "__main__":
    place, numbers, tasks, server, start, *further = sys.argv[1:]
    _run(Path(place), int(numbers), int(tasks), server, start, further)
    print(json.dumps({"done": True}))
