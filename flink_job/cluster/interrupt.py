"""Signals as an interruption, so that what was started is ended as after Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_AGAIN_S = 0.05


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
        with _again_where_lost(of):
            yield
    finally:
        signal.signal(of, before)


@contextmanager
def _again_where_lost(of: signal.Signals) -> Iterator[None]:
    """Send the signal again where it fell into a `__del__`: Python passes over what is raised there."""
    before, lock, is_over = sys.unraisablehook, threading.Lock(), False

    def send() -> None:
        with lock:  # not while the handler is taken away: then the signal would end the process
            if not is_over:
                os.kill(os.getpid(), of)

    def hook(lost: sys.UnraisableHookArgs) -> None:
        if not issubclass(lost.exc_type, TerminatedError):
            before(lost)
            return
        again = threading.Timer(_AGAIN_S, send)
        again.daemon = True
        again.start()

    sys.unraisablehook = hook
    try:
        yield
    finally:
        with lock:
            is_over = True
        sys.unraisablehook = before
