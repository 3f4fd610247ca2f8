"""`ringwatch serve` as processes: web and worker, how they begin and how they end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from flink_job.commands.serve_process import WORKER_NICE
from ops.free_ports import free_port
from tests import ROOT

DEADLINE_S = 90.0


class Served:
    """A service of this test's own."""

    def __init__(self, folder: Path, redis_url: str, prefix: str, *more: str) -> None:
        self.port, self.out, self.err = free_port(), folder / "out", folder / "err"
        settings = [f"service.store.url=sqlite:{folder / 'store.db'}", f"redis.prefix={prefix}", "service.drain_s=0.5"]
        words = [word for one in settings for word in ("--set", one)]
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "flink_job.cli", "serve", "--port", str(self.port), *words, *more],
                cwd=ROOT,
                env={**os.environ, "RINGWATCH_REDIS_URL": redis_url, "PYTHONPATH": str(ROOT)},
                stdout=out,
                stderr=err,
            )

    def get(self, path: str) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def wait_ready(self) -> None:
        until = time.monotonic() + DEADLINE_S
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if self.get("/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"not ready: {self.err.read_text()}")

    def workers(self) -> list[int]:
        """The processes of the worker that this service started."""
        found = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False).stdout.split()
        return [int(pid) for pid in found]

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(DEADLINE_S)


@pytest.fixture
def served(tmp_path: Path, redis_url: str, stream_prefix: str) -> Iterator[Served]:
    service = Served(tmp_path, redis_url, stream_prefix)
    yield service
    if service.process.poll() is None:
        service.end()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def gone(pid: int) -> bool:
    until = time.monotonic() + DEADLINE_S
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.1)
    return not alive(pid)


def test_it_serves_with_its_worker_and_ends_with_it(served: Served) -> None:
    served.wait_ready()
    first, second = served.out.read_text().splitlines()
    assert first.startswith(f"serving at http://127.0.0.1:{served.port}") and second.startswith("there are no users")
    (worker,) = served.workers()
    assert os.getpriority(os.PRIO_PROCESS, worker) == min(19, os.getpriority(os.PRIO_PROCESS, served.process.pid) + WORKER_NICE)
    os.kill(worker, signal.SIGKILL)
    until = time.monotonic() + DEADLINE_S
    while (served.workers() or [worker]) == [worker] and time.monotonic() < until:
        time.sleep(0.1)
    (again,) = served.workers()
    assert again != worker, "a worker that is killed is started again"
    assert served.get("/healthz") == (200, b'{"status":"ok"}')
    assert served.end(signal.SIGINT) == 0
    assert gone(again)
    # a worker that is told to end while it starts says so in plain words
    lines = [json.loads(line) for line in served.err.read_text().splitlines() if line.startswith("{")]
    assert [(line["event"], line["code"]) for line in lines if "code" in line] == [("the worker ended", -9)]


def test_the_worker_ends_while_the_web_part_still_drains(tmp_path: Path, redis_url: str, stream_prefix: str) -> None:
    """An end of one after the other took seconds more."""
    service = Served(tmp_path, redis_url, stream_prefix, "--set", f"service.drain_s={DEADLINE_S}")
    service.wait_ready()
    (worker,) = service.workers()
    service.process.send_signal(signal.SIGTERM)
    assert gone(worker)
    assert service.get("/healthz")[0] == 200 and service.get("/readyz")[0] == 503
    with socket.create_connection(("127.0.0.1", service.port)) as half:
        half.sendall(b"POST /v1/score HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{")
        time.sleep(0.3)
        assert service.end() == 0  # a second signal ends it at once
    lines = [json.loads(line) for line in service.err.read_text().splitlines()]
    assert not [line for line in lines if line["level"] == "error" or "Traceback" in line["event"]]
    assert [line["event"] for line in lines].count("A request was cut off: the service ends.") == 1


def test_every_line_of_its_log_is_json(tmp_path: Path, redis_url: str, stream_prefix: str) -> None:
    """Also of what speaks by Python's logging: the worker, the reader of Redis, the server itself."""
    service = Served(tmp_path, f"redis://127.0.0.1:{free_port()}/0", stream_prefix)
    until = time.monotonic() + DEADLINE_S
    while time.monotonic() < until and not {"ops.case_feed.worker", "ops.scoring.redis_watch"} <= loggers(service):
        time.sleep(0.1)
    for _ in range(30):
        with socket.create_connection(("127.0.0.1", service.port)) as one:
            one.sendall(b"nonsense\r\n\r\n")
            one.recv(4096)
    assert service.end() == 0
    assert {"ops.case_feed.worker", "ops.scoring.redis_watch"} <= loggers(service)
    assert service.err.read_text().count("Invalid HTTP") in range(1, 10)


def loggers(service: Served) -> set[str]:
    """Who has written a line; every line must be JSON."""
    whole = service.err.read_text().rpartition("\n")[0]
    return {json.loads(line).get("logger", "") for line in whole.splitlines()}


def test_a_worker_does_not_outlive_a_web_part_that_is_killed(served: Served) -> None:
    served.wait_ready()
    (worker,) = served.workers()
    served.process.kill()
    assert gone(worker)


def test_the_web_part_alone_starts_no_worker(tmp_path: Path, redis_url: str, stream_prefix: str) -> None:
    service = Served(tmp_path, redis_url, stream_prefix, "--only", "web")
    service.wait_ready()
    assert service.workers() == []
    assert service.end() == 0


def test_without_users_it_listens_to_nobody_else(tmp_path: Path, redis_url: str, stream_prefix: str) -> None:
    service = Served(tmp_path, redis_url, stream_prefix, "--only", "web", "--host", "0.0.0.0")
    assert service.process.wait(DEADLINE_S) == 2
    said = json.loads(service.err.read_text().strip().splitlines()[-1])
    assert said["level"] == "error" and said["event"].startswith(
        "ringwatch serve: service.host is 0.0.0.0, and there are no users: add one first (ringwatch users add"
    )


def test_without_redis_it_lives_and_serves_the_rest(tmp_path: Path, stream_prefix: str) -> None:
    service = Served(tmp_path, f"redis://127.0.0.1:{free_port()}/0", stream_prefix, "--only", "web")
    until = time.monotonic() + DEADLINE_S
    status = 0
    while time.monotonic() < until and status == 0:
        try:
            status = service.get("/healthz")[0]
        except OSError:
            time.sleep(0.1)
    assert status == 200
    code, body = service.get("/readyz")
    assert (code, json.loads(body)) == (200, {"status": "degraded", "away": ["redis"]})
    assert service.end() == 0
