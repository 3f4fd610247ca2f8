"""A thread that takes one step after the other; while the store is away it waits."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from ops.cases.errors import StoreError

LOG = logging.getLogger(__name__)

IDLE_S = 0.5
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 10.0
_END_S = 30.0


class StepThread:
    """A thread, from `start` until `stop`. What a step has begun it ends."""

    def __init__(self, name: str, step: Callable[[], bool], idle_s: float = IDLE_S) -> None:
        """Name the thread; `step` returns whether there may be more to do at once."""
        self._name, self._step, self._idle_s = name, step, idle_s
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def begin_end(self) -> None:
        """Let the thread end after the step that it has begun."""
        self._stopped.set()

    def stop(self) -> None:
        """Let the thread end, and wait for it."""
        self.begin_end()
        self._thread.join(_END_S)

    def _run(self) -> None:
        pause_s, is_away = _FIRST_PAUSE_S, False
        while not self._stopped.is_set():
            try:
                went_on = self._step()
            except StoreError as error:
                if not is_away:
                    LOG.warning("%s waits: %s.", self._name.capitalize(), str(error).rstrip("."))
                is_away = True
                self._stopped.wait(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            except Exception:  # done once more is better than never
                LOG.exception("A step of %s failed.", self._name)
                self._stopped.wait(_LONGEST_PAUSE_S)
            else:
                pause_s, is_away = _FIRST_PAUSE_S, False
                if not went_on:
                    self._stopped.wait(self._idle_s)
