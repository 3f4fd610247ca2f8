"""SIGTERM as an interruption, so that what was started is ended as after Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TerminatedError(KeyboardInterrupt):
    """SIGTERM, raised where Ctrl-C would raise `KeyboardInterrupt`."""


@contextmanager
def terminated_as_interrupt() -> Iterator[None]:
    """Raise `TerminatedError`, a `KeyboardInterrupt`, at SIGTERM: the job is cancelled and keeps its last
    checkpoint.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise TerminatedError

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
