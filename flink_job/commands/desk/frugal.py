"""Memory and processor time of a desk: a laptop has other things to do."""

from __future__ import annotations

import ctypes
import os
import sys

_JAVA = "-Xmx1g -XX:TieredStopAtLevel=1 -XX:G1PeriodicGCInterval=30000 -XX:-UsePerfData"
"""Java compiles fast, not well: well it would compile for a third of its start, for one event a second. It
gives back what the past of the shop took, once idle for so many ms. Killed, it leaves no file.
"""
_ARENAS = "2"  # of malloc in each process: eight times the cores keep what they once had


def be_frugal() -> None:
    """Have the processes that are started from now on take little; what the user has set stays."""
    os.environ.setdefault("MALLOC_ARENA_MAX", _ARENAS)
    java = os.environ.get("JVM_ARGS", "")
    if "-Xmx" not in java:
        os.environ["JVM_ARGS"] = f"{java} {_JAVA}".strip()


def give_back_memory() -> None:
    """Give back to the system what this process no longer uses: the simulation and the start took it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
