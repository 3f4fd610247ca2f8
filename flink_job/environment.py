"""A local Flink, or the one that `flink run` provides, set up the way ringwatch needs it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from domain.graph import SettingError
from flink_job.kafka_settings import CHECKPOINT_TIMEOUT_S
from flink_job.kafka_topics import jar_urls

if TYPE_CHECKING:
    from pyflink.datastream import StreamExecutionEnvironment

    from flink_job.settings import Settings

JAVA_VERSIONS = range(17, 22)  # Flink 2.3 supports Java 17 and 21
FREE_BYTES = 512 * 1024 * 1024  # less and the first checkpoints of a busy job fill the disk


class MachineError(RuntimeError):
    """The machine lacks something the job needs; the message says what to do."""


def check_java() -> str:
    """The version of the Java that Flink will use; refuses a missing or unsuitable one."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else shutil.which("java")
    if not java or not Path(java).exists():
        place = f"JAVA_HOME={home} holds no bin/java" if home else "there is no java on the PATH"
        raise MachineError(f"{place}: install Java 17 (Debian: apt-get install openjdk-17-jre-headless) or set JAVA_HOME")
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)  # noqa: S603 - the user's own java
    found = re.search(r'version "(?:1\.)?(\d+)', answer.stderr + answer.stdout)
    if not found or int(found[1]) not in JAVA_VERSIONS:
        shown = found[1] if found else "unknown"
        raise MachineError(f"Java {shown} at {java} does not fit: Flink needs Java 17 or 21; install it and set JAVA_HOME to it")
    return found[1]


def check_disk(*folders: Path) -> None:
    """Make the folders and see that there is room to begin with."""
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(folder).free
        except OSError as error:
            raise MachineError(f"cannot write to {folder}: {error.strerror}; choose another folder or mend its rights") from None
        if not os.access(folder, os.W_OK):
            raise MachineError(f"cannot write to {folder}: choose another folder or mend its rights")
        if free < FREE_BYTES:
            raise MachineError(
                f"only {free // 2**20} MiB are free at {folder}, {FREE_BYTES // 2**20} MiB are needed: make room or choose another folder"
            )


def free_port(wanted: int | None) -> int:
    """A free port on the loopback address, `wanted` if that is given."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", wanted or 0))
        except OSError:
            raise MachineError(f"port {wanted} is in use: set job.rest_port to another, or leave it out for a free one") from None
        return int(probe.getsockname()[1])


def create(settings: Settings, resume: bool = False) -> tuple[StreamExecutionEnvironment, int]:
    """(the environment for the settings, port of the local cluster's REST interface)."""
    check_java()
    job = settings.job
    checkpoints = Path(job.checkpoint_dir).resolve()
    check_disk(checkpoints, Path(job.log_dir))
    port = free_port(job.rest_port)
    set_java_environment(settings)

    from pyflink.common import Configuration
    from pyflink.datastream import StreamExecutionEnvironment

    configuration = Configuration()
    for name, value in _options(settings, checkpoints, port, resume).items():
        configuration.set_string(name, value)
    env = StreamExecutionEnvironment.get_execution_environment(configuration)
    if jars := jar_urls(settings):
        env.add_jars(*jars)
    return env, port


def set_java_environment(settings: Settings) -> None:
    """What the JVM reads from the environment when it starts, which it does with the first use of PyFlink's gateway."""
    # The interpreter embedded in the JVM reads PYTHONPATH only, it knows no virtual environment and no .pth files.
    paths = [str(Path(__file__).resolve().parent.parent), sysconfig.get_paths()["purelib"], sysconfig.get_paths()["platlib"]]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([*paths, *filter(None, [os.environ.get("PYTHONPATH")])]))
    os.environ.setdefault("FLINK_LOG_DIR", str(Path(settings.job.log_dir).resolve()))
    os.environ.setdefault("LOG4J_PROPERTIES", str(Path(__file__).resolve().parent / "log4j.properties"))


def _options(settings: Settings, checkpoints: Path, port: int, resume: bool) -> dict[str, str]:
    job = settings.job
    options = {
        "python.execution-mode": "thread",
        "python.executable": sys.executable,
        "python.client.executable": sys.executable,
        "parallelism.default": str(job.parallelism),
        "rest.address": "127.0.0.1",
        "rest.bind-address": "127.0.0.1",
        "rest.port": str(port),
        "execution.checkpointing.interval": f"{int(job.checkpoint_interval_s * 1000)} ms",
        "execution.checkpointing.dir": checkpoints.as_uri(),
        "execution.checkpointing.timeout": f"{CHECKPOINT_TIMEOUT_S:g} s",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "execution.checkpointing.tolerable-failed-checkpoints": "10",
        # A fault that does not mend itself ends the job with its reason instead of restarting for ever.
        "restart-strategy.type": "exponential-delay",
        "restart-strategy.exponential-delay.initial-backoff": "1 s",
        "restart-strategy.exponential-delay.max-backoff": "30 s",
        "restart-strategy.exponential-delay.attempts-before-reset-backoff": "8",
        "python.fn-execution.bundle.size": str(job.score_batch),
        "python.fn-execution.bundle.time": str(job.score_wait_ms),
        "python.fn-execution.arrow.batch.size": str(job.score_batch),
        # Small buffers: what waits in the network delays every decision, and lets parallel subtasks drift apart.
        "taskmanager.memory.segment-size": "16kb",
        "taskmanager.network.memory.buffers-per-channel": "2",
        "taskmanager.network.memory.floating-buffers-per-gate": "4",
        "taskmanager.network.memory.max-buffers-per-channel": "4",
        "taskmanager.network.memory.max-overdraft-buffers-per-gate": "0",
        "table.exec.source.idle-timeout": "30 s",
    }
    if resume:
        options["execution.state-recovery.path"] = latest_checkpoint(checkpoints).as_uri()
    return {**options, **job.flink}


def latest_checkpoint(checkpoints: Path) -> Path:
    """The newest complete checkpoint below a folder."""
    complete = [path.parent for path in checkpoints.glob("*/chk-*/_metadata")]
    if not complete:
        raise SettingError(f"job.checkpoint_dir {checkpoints} holds no complete checkpoint: start without --resume")
    return max(complete, key=lambda path: (path / "_metadata").stat().st_mtime_ns)


if __name__ == "__main__":  # the last step of `make setup`
    try:
        check_java()
    except MachineError as problem:
        sys.exit(f"ringwatch setup: {problem}")
