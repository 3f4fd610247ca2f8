"""Ctrl-C and SIGTERM of a command that works batch by batch: they end it between two."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any


class StoppedError(BaseException):
    """It was stopped while it waited for a server."""


class GentleStop:
    """A stop between two batches at the first signal, at once at a second one."""

    def __init__(self) -> None:
        self.by: type[KeyboardInterrupt] | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> GentleStop:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._signal)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _signal(self, number: int, frame: FrameType | None) -> None:
        from flink_job.cluster.interrupt import TerminatedError

        if self.by is not None:
            raise self.by
        self.by = KeyboardInterrupt if number == signal.SIGINT else TerminatedError

    def check(self) -> None:
        """End a wait for a server."""
        if self.by is not None:
            raise StoppedError
