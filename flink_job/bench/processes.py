"""CPU time and memory of processes and of their threads, as the operating system counts them."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

WORKERS = "python workers"
TASKMANAGER = "taskmanager"
_NUMBERED = re.compile(r"[\s#(/)\d-]+$")

Used = Mapping[int, tuple[str, float]]
"""(name, CPU seconds so far) by the id of a process or thread."""


@dataclass(frozen=True)
class ProcessUsage:
    """What some processes had used at one moment."""

    processes: Used
    threads: Used
    """Of the TaskManagers; empty where the system has no /proc."""
    resident: Mapping[str, int]
    """Bytes by process."""


def usage(named: Mapping[str, int]) -> ProcessUsage:
    """Return what these processes use, by name; what a TaskManager has started counts as `WORKERS`."""
    processes: dict[int, tuple[str, float]] = {}
    threads: dict[int, tuple[str, float]] = {}
    resident: dict[str, int] = defaultdict(int)
    for name, pid in named.items():
        for process, called in _family(name, pid):
            try:
                times, memory = process.cpu_times(), process.memory_info().rss
            except psutil.Error:
                continue  # it has just ended
            processes[process.pid] = called, times.user + times.system
            resident[called] += memory
        if name.startswith(TASKMANAGER):
            threads |= _threads(pid)
    return ProcessUsage(processes, threads, dict(resident))


def spent(before: Used, after: Used) -> dict[str, float]:
    """Return the CPU seconds by name between two moments, the largest first.

    Whoever began in between counts whole.
    """
    total: dict[str, float] = defaultdict(float)
    for key, (name, seconds) in after.items():
        total[name] += seconds - before.get(key, (name, 0.0))[1]
    return dict(sorted(total.items(), key=lambda item: -item[1]))


def thread_name(name: str) -> str:
    """Leave out what numbers the threads of one kind.

    `GC Thread#1` and `rings (1/2)#0` become `GC Thread` and `rings`.
    """
    return _NUMBERED.sub("", name) or name


def _family(name: str, pid: int) -> list[tuple[psutil.Process, str]]:
    try:
        process = psutil.Process(pid)
        below = process.children(recursive=True) if name.startswith(TASKMANAGER) else []
    except psutil.Error:
        return []
    return [(process, name), *((child, WORKERS) for child in below)]


def _threads(pid: int) -> dict[int, tuple[str, float]]:
    """Return name and CPU seconds of each thread.

    Read from /proc: psutil gives the times of threads, but not their names.
    """
    tick = os.sysconf("SC_CLK_TCK")
    found = {}
    for thread in Path(f"/proc/{pid}/task").glob("*/stat"):
        try:
            head, _, rest = thread.read_text(encoding="utf-8", errors="replace").rpartition(")")
        except OSError:
            continue
        fields = rest.split()
        found[int(thread.parent.name)] = thread_name(head.partition("(")[2]), (int(fields[11]) + int(fields[12])) / tick
    return found
