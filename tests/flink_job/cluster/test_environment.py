"""What the job asks of the machine, and the options it gives Flink."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from domain.errors import SettingError
from flink_job.cluster import environment
from flink_job.cluster.environment import FREE_BYTES, MachineError, check_disk, check_java, check_ports, rest_port
from flink_job.settings.flink_options import CLUSTER_RESTARTS, job_options
from flink_job.settings.settings import JobSettings, load
from tests.support.checkpoints import checkpoint

# --- Java
# -----------------------------------------------------------------------------------------------------------


def java_at(home: Path, answer: str) -> Path:
    """A program that answers `java -version` as Java does: on the error output."""
    program = home / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{answer}\nEND\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        ('openjdk version "17.0.13" 2024-10-15\nOpenJDK Runtime Environment', "17"),
        ('openjdk version "21" 2023-09-19 LTS', "21"),
        ('Picked up JAVA_TOOL_OPTIONS: -Xmx1g\njava version "17.0.1" 2021-10-19 LTS', "17"),
    ],
)
def test_suitable_java(answer: str, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java_at(tmp_path, answer)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert check_java() == version


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ('java version "1.8.0_392"', "Java 8 at"),
        ('openjdk version "11.0.21" 2023-10-17', "Java 11 at"),
        ('openjdk version "25" 2025-09-16', "Java 25 at"),
        ("Segmentation fault", "Java unknown at"),
        ("", "Java unknown at"),
    ],
)
def test_unsuitable_java(answer: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = java_at(tmp_path, answer)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(MachineError, match="Flink needs Java 17 or 21") as caught:
        check_java()
    assert shown in str(caught.value)
    assert str(program) in str(caught.value)


def test_java_of_the_path_and_java_home_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java_at(tmp_path / "a", 'openjdk version "21.0.1"')
    java_at(tmp_path / "b", 'openjdk version "17.0.1"')
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path / 'a' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    assert check_java() == "21"
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "b"))
    assert check_java() == "17"


def test_missing_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(MachineError, match=r"no java on the PATH: install Java 17 .* or set JAVA_HOME"):
        check_java()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "gone"))
    with pytest.raises(MachineError, match="holds no bin/java"):
        check_java()


# --- disk, port
# -----------------------------------------------------------------------------------------------------


def test_disk_makes_the_folders(tmp_path: Path) -> None:
    check_disk(tmp_path / "a" / "b", tmp_path / "c")
    assert (tmp_path / "a" / "b").is_dir()
    assert (tmp_path / "c").is_dir()


def test_disk_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineError, match=r"cannot write to .*file/below: Not a directory; choose another folder"):
        check_disk(tmp_path / "file" / "below")
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(MachineError, match=r"cannot write to .*: choose another folder or mend its rights"):
        check_disk(tmp_path)


def test_disk_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(2**40, 2**40, FREE_BYTES - 1))
    with pytest.raises(MachineError, match=r"only 511 MiB are free at .*, 512 MiB are needed: make room"):
        check_disk(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(2**40, 2**40, FREE_BYTES))
    check_disk(tmp_path)


def test_rest_port() -> None:
    found = rest_port(None)
    assert 1024 <= found <= 65_535
    assert rest_port(found) == found
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(MachineError, match=f"port {port} is in use: set job.rest_port to another"):
            rest_port(port)


def test_ports_of_metrics() -> None:
    with socket.create_server(("", 0)) as busy:
        port = busy.getsockname()[1]
        for taken in (f"{port}", f"{port}-{port}"):
            with pytest.raises(MachineError, match=f"port {taken} is in use: set job.metrics_port to another, or to a range"):
                check_ports(JobSettings(metrics_port=taken))
        check_ports(JobSettings(metrics_port=f"{port}-{port + 20}"))
        with pytest.raises(MachineError, match=r"set job\.rest_port"):
            check_ports(JobSettings(rest_port=port))
    check_ports(JobSettings(metrics_port=f"{port}"))


def test_a_port_is_free_although_its_last_connections_linger() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            served, _ = server.accept()
            served.close()  # the server's end closes first and lingers
            assert client.recv(1) == b""
    assert rest_port(port) == port


# --- checkpoints and options
# ----------------------------------------------------------------------------------------


def options(folder: Path, *overrides: str) -> dict[str, str]:
    return environment._options(load(None, [f"job.checkpoint_dir={folder}", *overrides]), 4711)


def test_options_for_flink(tmp_path: Path) -> None:
    found = options(tmp_path, "job.parallelism=2", "job.checkpoint_interval_s=2.5", "job.score_batch=64", "job.score_wait_ms=7")
    expected = {
        "python.execution-mode": "thread",
        "python.executable": sys.executable,
        "python.client.executable": sys.executable,
        "parallelism.default": "2",
        "rest.address": "127.0.0.1",
        "rest.bind-address": "127.0.0.1",
        "rest.port": "4711",
        "execution.checkpointing.interval": "2500 ms",
        "execution.checkpointing.dir": tmp_path.as_uri(),
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "python.fn-execution.bundle.size": "64",
        "python.fn-execution.arrow.batch.size": "64",
        "python.fn-execution.bundle.time": "7",
    }
    assert {name: found[name] for name in expected} == expected
    assert all(isinstance(value, str) for value in found.values())
    assert "execution.state-recovery.path" not in found


def test_resume_restores_the_newest_checkpoint(tmp_path: Path) -> None:
    newest = checkpoint(tmp_path, "job", 1, age_s=0)
    assert options(tmp_path, "job.resume=true")["execution.state-recovery.path"] == newest.as_uri()
    with pytest.raises(SettingError):
        options(tmp_path / "none", "job.resume=true")


def test_a_savepoint_is_restored_by_path_or_uri(tmp_path: Path) -> None:
    wanted = checkpoint(tmp_path, "job", 1, age_s=0)
    for named in (str(wanted), wanted.as_uri(), f"file:{wanted}"):
        assert options(tmp_path, f"job.restore_from='{named}'")["execution.state-recovery.path"] == wanted.as_uri()
    with pytest.raises(SettingError, match=r"job.restore_from: .*/job is no savepoint or checkpoint: name the folder that holds _metadata"):
        options(tmp_path, f"job.restore_from={wanted.parent}")
    with pytest.raises(SettingError, match="exclude each other"):
        options(tmp_path, f"job.restore_from={wanted}", "job.resume=true")


def test_checkpoints_may_not_overtake_events() -> None:
    """Flink refuses unaligned ones of this job by itself, unless that is forced."""
    with pytest.raises(SettingError, match=r"^job\.flink: with execution\.checkpointing\.unaligned\.forced a checkpoint would let events"):
        job_options(load(None, ["job.flink.execution.checkpointing.unaligned.forced=true"]), CLUSTER_RESTARTS)
    job_options(load(None, ["job.flink.execution.checkpointing.unaligned.forced=false"]), CLUSTER_RESTARTS)


def test_restarts(tmp_path: Path) -> None:
    name = "restart-strategy.exponential-delay.attempts-before-reset-backoff"
    assert options(tmp_path)[name] == "8"
    none = options(tmp_path, "job.restarts=0")
    assert none["restart-strategy.type"] == "disable" and name not in none, "Flink takes no less than one attempt"
    assert job_options(load(None), CLUSTER_RESTARTS)[name] == "100"


def test_further_flink_options_win(tmp_path: Path) -> None:
    found = options(tmp_path, "job.flink={'rest.address': '0.0.0.0', state.backend.type: rocksdb}")
    assert (found["rest.address"], found["state.backend.type"]) == ("0.0.0.0", "rocksdb")
    assert found["rest.bind-address"] == "127.0.0.1"
