"""Stages on one CPU: all threads that ask get the same one, each process another, and nobody else is moved."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ASK = """
import os, sys, threading
from pathlib import Path
from udfs.one_core import keep_to_one_core
seen = []
def stage():
    keep_to_one_core(Path(sys.argv[1]))
    seen.append(sorted(os.sched_getaffinity(0)))
for _ in range(3):
    thread = threading.Thread(target=stage)
    thread.start()
    thread.join()
print(seen, sorted(os.sched_getaffinity(0)), sep="\\n", flush=True)
sys.stdin.read()
"""
CPUS = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
pytestmark = pytest.mark.skipif(len(CPUS) < 2, reason="needs Linux and two CPUs")


def _asked(folder: Path) -> tuple[subprocess.Popen[str], str, str]:
    """A living process, the CPUs of three threads that asked, and those of its main thread, which did not."""
    process = subprocess.Popen([sys.executable, "-c", ASK, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip(), process.stdout.readline().strip()


def test_each_process_takes_a_cpu_of_its_own_until_it_ends(tmp_path: Path) -> None:
    processes = []
    for core in CPUS[:2]:
        process, stages, main = _asked(tmp_path)
        processes.append(process)
        assert (stages, main) == (str([[core]] * 3), str(CPUS))
    first = processes[0]
    first.communicate("")
    again, stages, _ = _asked(tmp_path)
    assert stages == str([[CPUS[0]]] * 3)
    for process in (processes[1], again):
        process.communicate("")


def test_without_a_free_cpu_the_threads_stay_free(tmp_path: Path) -> None:
    process, stages, _ = _asked(tmp_path / "missing")
    process.communicate("")
    assert stages == str([CPUS] * 3)
