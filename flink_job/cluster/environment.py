"""A local Flink, or the one that `flink run` provides, set up the way ringwatch needs it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flink_job.cluster.crash_report import with_crash_reports
from flink_job.cluster.java_end import end_at_once
from flink_job.cluster.java_folder import give_java_a_folder
from flink_job.connectors.kafka_topics import jar_urls
from flink_job.settings.flink_options import LOCAL_RESTARTS, engine_options, job_options
from flink_job.settings.metrics_reporter import put_reporter_on_class_path, reporter_options
from ops.free_ports import free_port

if TYPE_CHECKING:
    from pyflink.datastream import StreamExecutionEnvironment

    from flink_job.settings.settings import JobSettings, Settings

CODE = Path(__file__).resolve().parents[2]  # the folder of ringwatch's packages
JAVA_VERSIONS = range(17, 22)  # Flink 2.3 supports Java 17 and 21
FREE_BYTES = 512 * 1024 * 1024  # less and the first checkpoints of a busy job fill the disk

# Milliseconds. What the REST interface says of a job is seconds old by Flink's defaults.
_FRESH = {
    "web.refresh-interval": "1000",
    "metrics.fetcher.update-interval": "1000",
    "rest.cache.checkpoint-statistics.timeout": "100 ms",  # an interrupted run says what its last checkpoint holds
}


class MachineError(RuntimeError):
    """Error of a machine that lacks something that the job needs; the message says what to do."""


def check_java() -> str:
    """Return the version of the Java that Flink will use; refuse a missing or unsuitable one."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else shutil.which("java")
    if not java or not Path(java).exists():
        place = f"JAVA_HOME={home} holds no bin/java" if home else "there is no java on the PATH"
        raise MachineError(f"{place}: install Java 17 (Debian: apt-get install openjdk-17-jre-headless) or set JAVA_HOME")
    version = _java_version(java)
    if not version or int(version) not in JAVA_VERSIONS:
        shown = version or "unknown"
        raise MachineError(f"Java {shown} at {java} does not fit: Flink needs Java 17 or 21; install it and set JAVA_HOME to it")
    return version


@cache
def _java_version(java: str) -> str:
    """Return the version of a Java program, which is started for that once; empty if it does not say."""
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)  # noqa: S603 - the user's own java
    found = re.search(r'version "(?:1\.)?(\d+)', answer.stderr + answer.stdout)
    return found[1] if found else ""


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


def rest_port(wanted: int | None) -> int:
    """Return a free port on the loopback address, `wanted` if that is given."""
    if wanted is None:
        return free_port()
    with socket.socket() as probe:
        # As Java does: connections of a job that was killed a moment ago do not keep the port, one that
        # listens does.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            raise MachineError(f"port {wanted} is in use: set job.rest_port to another, or leave it out for a free one") from None
    return wanted


def check_ports(job: JobSettings) -> str:
    """Return what the local Flink will listen on; raise `MachineError` where that is taken."""
    port = rest_port(job.rest_port)
    if job.metrics_port and not any(map(_is_free, _ports(job.metrics_port))):
        raise MachineError(f"port {job.metrics_port} is in use: set job.metrics_port to another, or to a range such as 9249-9260")
    return f"{port} of the loopback address"


def _ports(text: str) -> range:
    """Return the ports of `9249` or `9249-9260`."""
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _is_free(port: int) -> bool:
    """Return whether a server can listen at the port on all addresses."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


def create(settings: Settings) -> tuple[StreamExecutionEnvironment, int]:
    """Return (the environment of a local Flink for the settings, port of its REST interface)."""
    check_java()
    job = settings.job
    check_disk(Path(job.checkpoint_dir), Path(job.log_dir))
    port = rest_port(job.rest_port)
    set_java_environment(settings)
    env = of_options(_options(settings, port))
    end_at_once(env)
    if jars := jar_urls(settings):
        env.add_jars(*jars)
    return env, port


def of_options(options: Mapping[str, str]) -> StreamExecutionEnvironment:
    """Return the environment that Flink provides here, its own or that of `flink run`, with these options."""
    from pyflink.common import Configuration
    from pyflink.datastream import StreamExecutionEnvironment

    configuration = Configuration()
    for name, value in options.items():
        configuration.set_string(name, value)
    return StreamExecutionEnvironment.get_execution_environment(configuration)


def python_path() -> str:
    """Return what the interpreter embedded in the JVM must find.

    It reads PYTHONPATH only: it knows no virtual environment and no .pth files.
    """
    paths = [str(CODE), sysconfig.get_paths()["purelib"], sysconfig.get_paths()["platlib"]]
    return os.pathsep.join(dict.fromkeys([*paths, *filter(None, [os.environ.get("PYTHONPATH")])]))


def set_java_environment(settings: Settings) -> None:
    """Set what the JVM reads from the environment when it starts.

    It starts with the first use of PyFlink's gateway.
    """
    os.environ["PYTHONPATH"] = python_path()
    give_java_a_folder()
    os.environ.setdefault("FLINK_LOG_DIR", str(Path(settings.job.log_dir).resolve()))
    os.environ["JVM_ARGS"] = with_crash_reports(os.environ.get("JVM_ARGS", ""), Path(os.environ["FLINK_LOG_DIR"]))
    os.environ.setdefault("LOG4J_PROPERTIES", str(CODE / "flink_job" / "log4j.properties"))
    if settings.job.metrics_port:
        put_reporter_on_class_path()


def _options(settings: Settings, port: int) -> dict[str, str]:
    options = {"rest.address": "127.0.0.1", "rest.bind-address": "127.0.0.1", "rest.port": str(port), **_FRESH}
    if settings.job.metrics_port:
        options |= reporter_options(settings.job.metrics_port)
    return {**options, **engine_options(settings), **job_options(settings, LOCAL_RESTARTS)}


if __name__ == "__main__":  # the last step of `make setup`
    try:
        check_java()
    except MachineError as problem:
        sys.exit(f"ringwatch setup: {problem}")
