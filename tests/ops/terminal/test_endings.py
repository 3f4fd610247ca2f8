"""How `ringwatch tail` ends: by signals, without its terminal, without its reader. Nothing is left behind."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ops.terminal.endings import undisturbed
from tests import ROOT
from tests.support.redis_fixtures import Add
from tests.support.stream_samples import ALERT


@pytest.mark.parametrize("ending", ["interrupt", "broken pipe"])
def test_followed_tail_ends_quietly(add: Add, redis_url: str, redis_client: Any, stream_prefix: str, ending: str) -> None:
    add("alerts", ALERT, "e0")
    code = "import sys; from ops.terminal.tail import tail; "
    code += f"sys.exit(tail({redis_url!r}, {stream_prefix!r}, ['alerts'], from_start=True, as_json=True))"
    command = [sys.executable, "-c", code]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=buffered) as process:
        watchdog = threading.Timer(10, process.kill)  # a line that is not flushed would hold up the suite
        watchdog.start()
        assert process.stdout is not None
        assert process.stderr is not None
        first_line = process.stdout.readline()
        if ending == "interrupt":
            process.send_signal(signal.SIGINT)
        else:
            process.stdout.close()
            add("alerts", ALERT, "e1")
        ended = process.wait()
        watchdog.cancel()
        assert process.stderr.read() == ""
    assert json.loads(first_line)["id"] == "e0", "each line is flushed"
    assert ended == 0
    assert redis_client.xinfo_groups(f"{stream_prefix}alerts") == []


def private_groups(client: Any, key: str) -> list[str]:
    return [group["name"] for group in client.xinfo_groups(key) if group["name"].startswith("private:tail-")]


def _as_a_terminal_starts() -> None:
    """Ignore no signal: in the background and under nohup some are ignored."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


@contextlib.contextmanager
def followed(url: str, prefix: str, *before: str, out: int | None = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
    """`ringwatch tail`, in a session of its own as in a terminal, ended by force after the test."""
    command = [*before, sys.executable, "-m", "flink_job.cli", "tail", "--streams", "alerts", "--json", f"--set=redis.prefix={prefix}"]
    environment = {**os.environ, "RINGWATCH_REDIS_URL": url, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdout=out, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True, preexec_fn=_as_a_terminal_starts
    ) as process:
        watchdog = threading.Timer(20, process.kill)
        watchdog.start()
        try:
            yield process
        finally:
            watchdog.cancel()
            process.kill()


def until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_ends_tail_and_its_group(add: Add, redis_url: str, redis_client: Any, stream_prefix: str, number: int) -> None:
    key = f"{stream_prefix}alerts"
    add("alerts", ALERT)
    with followed(redis_url, stream_prefix) as process:
        until(lambda: private_groups(redis_client, key))
        process.send_signal(number)
        assert process.wait() == 0
        assert process.stderr
        assert process.stderr.read() == ""
    assert private_groups(redis_client, key) == []


def test_under_nohup_tail_outlives_its_terminal(add: Add, redis_url: str, redis_client: Any, stream_prefix: str) -> None:
    key = f"{stream_prefix}alerts"
    add("alerts", ALERT)
    with followed(redis_url, stream_prefix, "nohup") as process:
        until(lambda: private_groups(redis_client, key))
        process.send_signal(signal.SIGHUP)
        add("alerts", ALERT, "after")
        assert process.stdout
        assert json.loads(process.stdout.readline())["id"] == "after"


@pytest.mark.parametrize("reader", ["pipe", "terminal"])
def test_tail_ends_when_nobody_reads_it_though_nothing_comes(
    add: Add, redis_url: str, redis_client: Any, stream_prefix: str, reader: str
) -> None:
    """As in `tail | head -1` on a quiet day, or in a window that is closed; `setsid` keeps SIGHUP away."""
    key = f"{stream_prefix}alerts"
    add("alerts", ALERT)
    ours, its = os.pipe() if reader == "pipe" else pty.openpty()
    with followed(redis_url, stream_prefix, out=its) as process:
        os.close(its)
        until(lambda: private_groups(redis_client, key))
        os.close(ours)
        assert process.wait() == 0
        assert process.stderr
        assert process.stderr.read() == ""
    assert private_groups(redis_client, key) == []


def test_a_second_signal_does_not_disturb_the_cleaning() -> None:
    with undisturbed():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            os.kill(os.getpid(), number)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
