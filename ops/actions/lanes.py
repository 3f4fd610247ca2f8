"""Several actions under way at once, so many at most: a shop that is slow holds none of them up for long."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from ops.actions.under_way import AT_MOST
from ops.cases.errors import StoreError

LOG = logging.getLogger(__name__)
_WAIT_S = 0.5
"""How long a free lane is waited for before what waits is looked at again."""


class Lanes(Protocol):
    """Where actions are under way. Each `enter` that returns True is followed by one `run` or `leave`."""

    def enter(self) -> bool:
        """Take a lane; return False if none becomes free for a moment."""
        ...

    def leave(self) -> None:
        """Give a lane back: there is nothing to be done."""
        ...

    def run(self, work: Callable[[], None]) -> None:
        """Do what there is to be done, and give the lane back."""
        ...

    def close(self) -> None:
        """Wait until all is done."""
        ...


class OneLane:
    """One action after the other, in the thread that asks for it."""

    def enter(self) -> bool:
        """Return True: whoever asks has waited."""
        return True

    def leave(self) -> None:
        """Give the lane back."""

    def run(self, work: Callable[[], None]) -> None:
        """Do it now."""
        work()

    def close(self) -> None:
        """Do nothing: nothing is under way."""


class ThreadLanes:
    """A thread for each action that is under way."""

    def __init__(self, count: int = AT_MOST) -> None:
        """Start threads as they are needed."""
        self._free = threading.Semaphore(count)
        self._pool = ThreadPoolExecutor(count, "action")

    def enter(self) -> bool:
        """Take a lane; return False if none becomes free for a moment."""
        return self._free.acquire(timeout=_WAIT_S)

    def leave(self) -> None:
        """Give a lane back."""
        self._free.release()

    def run(self, work: Callable[[], None]) -> None:
        """Begin it in a thread. If the store is away, its row is taken again once its lease is over."""
        self._pool.submit(self._do, work)

    def close(self) -> None:
        """Wait until all is done, and end the threads."""
        self._pool.shutdown()

    def _do(self, work: Callable[[], None]) -> None:
        try:
            work()
        except StoreError as error:
            LOG.warning("What came of an action could not be written: %s.", str(error).rstrip("."))
        except Exception:  # one more attempt is better than none
            LOG.exception("What came of an action could not be written.")
        finally:
            self._free.release()
