"""Ctrl-C while native code is at work: kept until a moment at which it is safe."""

from __future__ import annotations

import signal
import threading
from types import FrameType


class HeldInterrupts:
    """A context in which Ctrl-C only sets a flag; `check` and its end raise `KeyboardInterrupt`.

    XGBoost calls back into Python: an exception that a signal raises in such a call leaves its structures
    half changed, and the process may abort. Outside the main thread, which alone gets signals, the context
    does nothing.
    """

    def __init__(self) -> None:
        self._held = False
        self._before: signal.Handlers | object = None

    def __enter__(self) -> HeldInterrupts:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._hold)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)  # type: ignore[arg-type]
        if kind is None:
            self.check()

    def check(self) -> None:
        """Raise `KeyboardInterrupt` if Ctrl-C has come."""
        if self._held:
            self._held = False
            raise KeyboardInterrupt

    def _hold(self, number: int, frame: FrameType | None) -> None:
        self._held = True
