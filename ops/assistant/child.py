"""A command in a process of its own, within a time: what it takes, it takes from no score."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress

from ops.cases.errors import Conflict

NICE = 10
"""Scores come first: it has what the machine has left."""
_MOST_SAID = 300


def output_of(command: Sequence[str], said: str, limit_s: float) -> bytes:
    """Return what a command writes when it is told a text on stdin.

    Raises `Conflict` where it takes longer than `limit_s`, when it is killed with its children, or fails.
    """
    child = subprocess.Popen(  # noqa: S603 - the command is of our own settings
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    with suppress(ProcessLookupError):
        os.setpriority(os.PRIO_PROCESS, child.pid, NICE)
    try:
        out, err = child.communicate(said.encode(), limit_s)
    except subprocess.TimeoutExpired:
        raise Conflict(f"it took more than {limit_s:.0f} s and was ended: ask for fewer days") from None
    finally:
        _end(child)
    if child.returncode:
        raise Conflict(_last_line(err))
    return out


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    with child:  # closes its pipes, and waits for it
        pass


def _last_line(err: bytes) -> str:
    said = (err.decode("utf-8", "replace").strip().splitlines() or ["it wrote no answer"])[-1]
    return said.removeprefix("ringwatch query: ")[:_MOST_SAID]
