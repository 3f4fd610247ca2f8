"""`ringwatch desk` as a user starts, uses and ends it: cases to look at, live alerts, and nothing left."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import psutil
import pytest

from ops.free_ports import free_port
from tests import ROOT
from tests.support.job_process import wait_for

pytestmark = [pytest.mark.flink, pytest.mark.cluster, pytest.mark.timeout(400)]


class Desk:
    """A desk as a process in a session of its own, in a temporary folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.port, self.output, self.temporary = free_port(), folder / "output.txt", folder / "tmp"
        self.temporary.mkdir()
        words = ["desk", "--port", str(self.port), "--attack-every-min", "2", "--events-per-s", "0.5"]
        environment = {**os.environ, "TMPDIR": str(self.temporary), "RINGWATCH_REDIS_URL": "redis://127.0.0.1:1/0"}
        with self.output.open("wb") as log:
            command = [sys.executable, "-m", "flink_job.cli", *words]
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._csrf: dict[str, str] = {}

    @property
    def said(self) -> str:
        return self.output.read_text()

    def processes(self) -> list[psutil.Process]:
        """All that it has started, itself included."""
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]

    def sign_in(self) -> None:
        """Log in with the name and the password that it has printed."""
        found = re.search(r"open +http://127.0.0.1:(\d+)/\n +sign in +(\S+), password (\S+)\n", self.said)
        assert found and int(found[1]) == self.port, self.said
        self._csrf = {"X-CSRF-Token": self.call("/v1/session", {"name": found[2], "password": found[3]})["csrf_token"]}

    def call(self, path: str, body: Any = None) -> Any:
        headers = {"content-type": "application/json", **self._csrf}
        data = None if body is None else json.dumps(body).encode()
        with self._opener.open(urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers), timeout=30) as answer:
            return json.loads(answer.read())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # tests that run under nohup hand down that it is ignored
    started = Desk(tmp_path)
    yield started
    if started.process.poll() is None:
        for one in started.processes():
            one.kill()
        started.process.wait()


def still_running(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return which of them run; one that has ended counts as ended before init has asked how."""
    _, alive = psutil.wait_procs(processes, 0)
    return [one for one in alive if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_day_at_the_desk_in_a_minute(desk: Desk) -> None:
    wait_for(lambda: desk.process.poll() is not None or "ready after" in desk.said, "the desk")
    assert desk.process.poll() is None, desk.said
    desk.sign_in()
    cases = desk.call("/v1/cases?limit=200")["items"]
    assert len({one["severity"] for one in cases}) >= 2, desk.said

    newest = desk.call("/v1/alerts?limit=1")["items"][0]["id"]
    wait_for(lambda: desk.call("/v1/alerts?limit=1")["items"][0]["id"] != newest, "an alert of now", 180)

    desk.call(f"/v1/cases/{cases[0]['id']}/verdict", {"verdict": "fraud", "reason": "one crew"})
    assert desk.call("/v1/cases?state=closed")["items"][0]["id"] == cases[0]["id"]

    processes = desk.processes()
    assert len(processes) >= 5, "itself, Redis, Java, the service and its worker"
    os.killpg(desk.process.pid, signal.SIGINT)  # as a terminal does
    assert desk.process.wait(60) == 0, desk.said
    assert still_running(processes) == []
    assert list(desk.temporary.iterdir()) == []
    assert is_free(desk.port)
    assert "Traceback" not in desk.said
    assert all(len(line) <= 80 for line in desk.said.splitlines() if not line.startswith("  logs are in"))


@pytest.mark.parametrize(
    "numbers",
    [[signal.SIGTERM], *(pytest.param(more, marks=pytest.mark.long) for more in ([signal.SIGHUP], [signal.SIGINT, signal.SIGINT]))],
)
def test_no_end_leaves_anything(desk: Desk, numbers: list[signal.Signals]) -> None:
    """Also in the middle of the start."""
    wait_for(lambda: desk.process.poll() is not None or "of the shop:" in desk.said, "the shop")
    wait_for(lambda: desk.process.poll() is not None or len(desk.processes()) >= 5, "Java")
    processes = desk.processes()
    for number in numbers:
        os.killpg(desk.process.pid, number)
        time.sleep(0.3)
    assert desk.process.wait(60) == 0, desk.said
    assert still_running(processes) == []
    assert list(desk.temporary.iterdir()) == []
    assert is_free(desk.port)
    assert "Traceback" not in desk.said


def test_a_part_that_ends_ends_all_and_its_log_is_kept(desk: Desk) -> None:
    wait_for(lambda: desk.process.poll() is not None or "ready after" in desk.said, "the desk")
    processes = desk.processes()
    next(one for one in processes if "serve" in one.cmdline() and "--only" not in one.cmdline()).kill()
    assert desk.process.wait(60) == 1
    assert still_running(processes) == []
    assert "the service ended with code -9" in desk.said
    [logs] = desk.temporary.glob("ringwatch-desk-*/logs")
    assert str(logs) in desk.said
    assert {"redis.log", "service.log"} <= {path.name for path in logs.iterdir()}
    assert [path.name for path in logs.parent.iterdir()] == ["logs"]
