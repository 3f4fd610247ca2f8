"""Signals as an interruption, so that what was started is ended as after Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TerminatedError(KeyboardInterrupt):
    """SIGTERM or SIGHUP, raised where Ctrl-C would raise `KeyboardInterrupt`."""


@contextmanager
def hung_up_as_interrupt(of: signal.Signals = signal.SIGHUP) -> Iterator[None]:
    """Raise `TerminatedError` at SIGHUP, which the end of a terminal sends, unless `nohup` has it ignored."""
    if signal.getsignal(of) == signal.SIG_IGN:
        yield
        return
    with terminated_as_interrupt(of):
        yield


@contextmanager
def terminated_as_interrupt(of: signal.Signals = signal.SIGTERM) -> Iterator[None]:
    """Raise `TerminatedError`, a `KeyboardInterrupt`, at SIGTERM: the job is cancelled and keeps its last
    checkpoint.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise TerminatedError

    before = signal.signal(of, interrupt)
    try:
        yield
    finally:
        signal.signal(of, before)
