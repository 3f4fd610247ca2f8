"""`ringwatch redis` as a user starts and ends it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from flink_job.cli import FAILED, WRONG_USAGE, main
from tests import ROOT


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "flink_job.cli", "redis", *words]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


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


def test_server_that_dies_ends_the_command() -> None:
    port = free_port()
    process = start("--port", str(port))
    assert process.stdout is not None
    process.stdout.readline()
    redis.Redis(port=port).shutdown(nosave=True)
    assert process.wait(20) == FAILED
    process.communicate()


def test_port_in_use_and_wrong_words_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert main(["redis", "--port", str(other.getsockname()[1])]) == FAILED
    assert "free the port" in capsys.readouterr().err
    assert main(["redis", "--port", "0"]) == WRONG_USAGE
    (tmp_path / "file").touch()
    assert main(["redis", "--folder", str(tmp_path / "file")]) == WRONG_USAGE
