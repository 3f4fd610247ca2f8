"""Signals while a desk runs: the first one ends it softly, each further one at once; none leaves anything."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any, Self

import psutil

from flink_job.cluster.interrupt import TerminatedError

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SOFT_S = 5.0


class Signals:
    """The handler of Ctrl-C, SIGTERM and SIGHUP.

    It raises at the first signal. From then on, as `ending` says, it raises nothing, so that the end is never
    cut short: it kills what the desk has started, and nothing waits for that.
    """

    def __init__(self) -> None:
        self.ending = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for one in _ENDING:
            if one == signal.SIGHUP and signal.getsignal(one) == signal.SIG_IGN:  # by nohup
                continue
            self._before[one] = signal.signal(one, self._handle)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for one, handler in self._before.items():
            signal.signal(one, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.ending:
            kill_children()
            return
        self.ending = True
        raise KeyboardInterrupt if number == signal.SIGINT else TerminatedError


def kill_children() -> None:
    """Kill all processes that this one has started, and those that they have."""
    for child in psutil.Process().children(recursive=True):
        _send(child, signal.SIGKILL)


def end_children() -> None:
    """End what is left of the processes that this one has started, and return when they are gone."""
    children = psutil.Process().children(recursive=True)
    for child in children:
        _send(child, signal.SIGTERM)
    _, alive = psutil.wait_procs(children, _SOFT_S)
    for child in alive:
        _send(child, signal.SIGKILL)
    psutil.wait_procs(alive, _SOFT_S)


def _send(child: psutil.Process, number: signal.Signals) -> None:
    try:
        child.send_signal(number)
    except psutil.NoSuchProcess:
        return
