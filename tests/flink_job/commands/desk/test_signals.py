"""Signals of a desk: the first one raises, a further one kills what was started and raises nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests import ROOT

# Of a process of its own: all children of that are ended.
_BEGIN = """
import signal, subprocess, sys, time
from flink_job.commands.desk import signals
from flink_job.commands.desk.signals import Signals, end_children

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # tests that run under nohup inherit that it is ignored

def child(ignores):
    code = f"import signal, time; signal.signal(signal.SIGTERM, signal.{ignores}); print('up', flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    process.stdout.readline()
    return process
"""


def said(code: str) -> list[str]:
    ended = subprocess.run([sys.executable, "-c", _BEGIN + code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout.split()


@pytest.mark.parametrize(
    ("number", "raised"), [("SIGINT", "KeyboardInterrupt"), ("SIGTERM", "TerminatedError"), ("SIGHUP", "TerminatedError")]
)
def test_the_first_signal_raises_and_the_second_kills(number: str, raised: str) -> None:
    code = f"""
before = signal.getsignal(signal.{number})
process = child("SIG_IGN")
with Signals() as watched:
    try:
        signal.raise_signal(signal.{number})
    except KeyboardInterrupt as error:
        print(type(error).__name__, watched.ending, process.poll())
    signal.raise_signal(signal.{number})
    print(process.wait(5))
print(signal.getsignal(signal.{number}) == before)
"""
    assert said(code) == [raised, "True", "None", "-9", "True"]


def test_nohup_is_heeded() -> None:
    assert said("signal.signal(signal.SIGHUP, signal.SIG_IGN)\nwith Signals():\n    signal.raise_signal(signal.SIGHUP)\nprint('on')") == [
        "on"
    ]


def test_what_does_not_end_is_killed() -> None:
    code = """
signals._SOFT_S = 0.5
started = [child("SIG_IGN"), child("SIG_DFL")]
end_children()
print(*[signals.psutil.pid_exists(one.pid) for one in started])
"""
    assert said(code) == ["False", "False"]
