"""The worker: streams into the store, the outbox into streams, and what is too old out of the store."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from ops.case_feed.feed import Feed
from ops.case_feed.sender import Sender
from ops.cases.errors import StoreError
from ops.redis.connection import RedisReadError
from ops.redis.placed_reader import AwayError

LOG = logging.getLogger(__name__)

HOUSEKEEPING_S = 60.0
SEND_S = 0.5
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 10.0


class Housekeeping(Protocol):
    """What removes old rows, a bounded number at a time."""

    def __call__(self) -> int:
        """Remove some and return how many; 0 if none is left."""
        ...


class CaseWorker:
    """A worker, from `run` in one thread until `stop` in another.

    Nothing that a server does ends it: while the store or Redis is away it waits and tries again, and says so
    once. What it had begun is then undone, and read again.
    """

    def __init__(self, feed: Feed, sender: Sender, housekeeping: Housekeeping, close: Callable[[], None]) -> None:
        """Note the parts; `close` ends the connections when `run` ends."""
        self._feed, self._sender, self._housekeeping, self._close = feed, sender, housekeeping, close
        self._stopped = threading.Event()
        self._send_at = self._clean_at = 0.0
        self.waits_for = ""
        """What is away, empty while the worker works."""

    def run(self) -> None:
        """Work until `stop` is called."""
        pause_s = _FIRST_PAUSE_S
        try:
            while not self._stopped.is_set():
                try:
                    self._step()
                except (StoreError, AwayError, RedisReadError) as error:
                    self._wait(str(error), pause_s)
                    pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
                else:
                    pause_s = _FIRST_PAUSE_S
                    self._goes_on()
        finally:
            self._sender.close()
            self._close()

    def stop(self) -> None:
        """Let `run` end after the batch that it has begun."""
        self._stopped.set()

    def lag_s(self, now_ms: int) -> float:
        """Return how old the oldest entry is that is not stored, 0 if all are. Raises AwayError."""
        oldest = self._feed.oldest_ms()
        return 0.0 if oldest is None else max(0.0, (now_ms - oldest) / 1000)

    def _step(self) -> None:
        self._feed.step()
        now = time.monotonic()
        if now >= self._send_at:
            self._send_at = now + SEND_S
            while self._sender.step() and not self._stopped.is_set():
                pass
        if now >= self._clean_at:
            self._clean_at = now + (0.0 if self._housekeeping() else HOUSEKEEPING_S)

    def _wait(self, why: str, pause_s: float) -> None:
        if not self.waits_for:
            LOG.warning("The worker waits: %s.", why.rstrip("."))
        self.waits_for = why
        self._feed.forget()
        self._stopped.wait(pause_s)

    def _goes_on(self) -> None:
        if self.waits_for:
            LOG.info("The worker goes on.")
        self.waits_for = ""
