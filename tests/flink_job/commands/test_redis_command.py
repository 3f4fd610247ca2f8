"""`ringwatch redis` as a user starts and ends it."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from flink_job.cli import FAILED, WRONG_USAGE, main
from flink_job.commands.redis_command import _port_here
from ops.free_ports import free_port
from tests import ROOT


def start(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "flink_job.cli", "redis", *words]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def started(*words: str) -> subprocess.Popen[str]:
    """A process whose server answers."""
    process = start(*words)
    assert process.stdout is not None
    assert "server is at" in process.stdout.readline()
    return process


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_serves_until_it_is_ended_and_keeps_what_is_in_its_folder(by: signal.Signals, tmp_path: Path) -> None:
    port = free_port()
    for found in (None, "value"):
        process = start("--port", str(port), "--folder", str(tmp_path / "kept"))
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith(f"a Redis-compatible server is at redis://127.0.0.1:{port}/0;")
        assert f"--set redis.url=redis://127.0.0.1:{port}/0" in process.stdout.readline()
        with redis.Redis(port=port, decode_responses=True) as client:
            assert client.get("name") == found
            client.set("name", "value")
        process.send_signal(by)
        _, wrong = process.communicate(timeout=20)
        assert (process.returncode, wrong) == (0, "")
        with pytest.raises(redis.ConnectionError):
            redis.Redis(port=port).ping()


def test_an_address_in_the_environment_that_leads_elsewhere_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_REDIS_URL", "redis+sentinel://:pa55@elsewhere/mymaster/0")
    with started("--port", str(free_port())) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.send_signal(signal.SIGINT)
    assert said == "RINGWATCH_REDIS_URL is set, and names the server that is used: unset it to use this one\n"


def test_the_port_of_redis_url_is_used_and_an_own_one_wins(tmp_path: Path) -> None:
    port, other = free_port(), free_port()
    setting = ("--set", f"redis.url=redis://localhost:{port}/0")
    for words, used in ((setting, port), ((*setting, "--port", str(other)), other)):
        process = start(*words)
        assert process.stdout is not None
        assert f"server is at redis://127.0.0.1:{used}/0;" in process.stdout.readline()
        assert process.stdout.readline() == f"use it: ringwatch run --set redis.url=redis://127.0.0.1:{used}/0 ...\n"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


@pytest.mark.parametrize("url", ["redis://elsewhere:7000/0", "rediss://127.0.0.1:7000/0", "redis://127.0.0.1:x/0", "unix:///tmp/redis"])
def test_no_port_is_taken_from_an_address_where_no_server_can_be_started(url: str) -> None:
    assert _port_here(url) is None


def test_server_that_is_shut_down_ends_the_command_in_one_sentence() -> None:
    port = free_port()
    process = started("--port", str(port))
    redis.Redis(port=port).shutdown(nosave=True)
    _, wrong = process.communicate(timeout=20)
    assert process.returncode == FAILED
    assert wrong.startswith(f"ringwatch redis: the server at redis://127.0.0.1:{port}/0 ended with code 0 (")
    assert wrong.endswith("; its data was in memory and is gone; --folder keeps it the next time\n")
    assert wrong.count("\n") == 1


def test_server_that_is_killed_ends_the_command_and_its_data_is_kept(tmp_path: Path) -> None:
    port = free_port()
    words = ("--port", str(port), "--folder", str(tmp_path))
    process = started(*words)
    with redis.Redis(port=port) as client:
        client.set("name", "value")
        os.kill(client.info("server")["process_id"], signal.SIGKILL)
    _, wrong = process.communicate(timeout=20)
    assert process.returncode == FAILED
    sentence = f"was ended by SIGKILL; its data is in {tmp_path}: start it again with that --folder"
    assert wrong == f"ringwatch redis: the server at redis://127.0.0.1:{port}/0 {sentence}\n"
    process = started(*words)
    with redis.Redis(port=port) as client:
        assert client.get("name") == b"value"
    process.terminate()
    process.communicate(timeout=20)


def test_a_folder_has_one_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ["--folder", str(tmp_path)]
    first = started("--port", str(free_port()), *folder)
    assert main(["redis", "--port", str(free_port()), *folder]) == WRONG_USAGE
    said = capsys.readouterr().err
    assert f"--folder: the server of process {first.pid} keeps its data in {tmp_path}: end it first, or name another --folder" in said
    first.kill()  # its server ends with it, and the folder is free
    first.communicate(timeout=20)
    second = started("--port", str(free_port()), *folder)
    second.terminate()
    second.communicate(timeout=20)
    assert second.returncode == 0


def full_disk(*_: object) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_fault_of_the_folder_is_called_one(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "appendonlydir").touch()  # where the server makes a folder
    words = ["redis", "--port", str(free_port()), "--folder", str(tmp_path)]
    assert main(words) == FAILED
    said = capsys.readouterr().err
    assert f"allow this user to write into {tmp_path}, or name another --folder" in said
    assert "--port" not in said
    monkeypatch.setattr("ops.redis.folder_lock.os.pwrite", full_disk)
    assert main(words) == FAILED
    said = capsys.readouterr().err
    assert f"(No space left on device): free some space on the disk of {tmp_path}, or name another --folder" in said


def test_port_in_use_and_wrong_words_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert main(["redis", "--port", str(other.getsockname()[1])]) == FAILED
        said = capsys.readouterr().err
        assert f"end the program that listens on port {other.getsockname()[1]}, or choose another --port" in said
        assert "--folder" not in said
    assert main(["redis", "--port", "0"]) == WRONG_USAGE
    (tmp_path / "file").touch()
    assert main(["redis", "--folder", str(tmp_path / "file")]) == WRONG_USAGE
