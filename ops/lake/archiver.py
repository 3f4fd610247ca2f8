"""The archiver: all ways in turn, at most a commit per table and interval, and maintenance now and then."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from ops.lake.meter import Meter
from ops.lake.sources import SourceAwayError
from ops.lake.storage import LakeError
from ops.lake.way import Way
from ops.redis.connection import RedisReadError

LOG = logging.getLogger(__name__)

_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _LOOK_S = 1.0, 60.0, 0.2
PASSES = (LakeError, SourceAwayError, RedisReadError)
"""What may pass, or is mended while the archiver waits: nothing is acknowledged meanwhile."""


class _Turn:
    """When a way is due, and the pause after its next failure."""

    def __init__(self, way: Way) -> None:
        self.way, self.due, self.pause_s = way, 0.0, _FIRST_PAUSE_S


class Archiver:
    """An archiver, from `run` in one thread until `stop` in another."""

    def __init__(
        self, ways: Sequence[Way], meter: Meter, every_s: float, maintain: Callable[[], object] | None = None, maintain_s: float = 0.0
    ) -> None:
        """Take the ways; each is due every `every_s`, and `maintain` every `maintain_s`."""
        self._turns, self.meter, self._every_s = [_Turn(way) for way in ways], meter, every_s
        self._maintain, self._maintain_s = maintain, maintain_s
        self._maintain_at = time.monotonic() + maintain_s
        self._stopped = threading.Event()
        meter.follow(way.name for way in ways)

    def run(self, tell: Callable[[], None] = lambda: None) -> None:
        """Archive until `stop`; `tell` is called now and then."""
        try:
            while not self._stopped.is_set():
                for turn in self._turns:
                    self._take(turn)
                self._keep_house()
                tell()
                self._stopped.wait(max(0.0, min(_LOOK_S, min(turn.due for turn in self._turns) - time.monotonic())))
        finally:
            self.close()

    def run_once(self, tell: Callable[[], None] = lambda: None) -> None:
        """Archive what is there now. Raises the first of `PASSES`."""
        try:
            for turn in self._turns:
                while not self._stopped.is_set() and turn.way.step():
                    tell()
        finally:
            self.close()

    def stop(self) -> None:
        """Let `run` end after the commit that it has begun."""
        self._stopped.set()

    def close(self) -> None:
        """End the connections."""
        for turn in self._turns:
            turn.way.close()

    def _take(self, turn: _Turn) -> None:
        if self._stopped.is_set() or time.monotonic() < turn.due:
            return
        began, name = time.monotonic(), turn.way.name
        try:
            more = turn.way.step()
        except PASSES as error:
            self._wait(turn, began, str(error))
            return
        except Exception as error:  # of one table: the others go on
            if name not in self.meter.waits_for:
                LOG.exception("The table %s cannot be filled, which is a fault of ringwatch: report it", name)
            self._wait(turn, began, f"{type(error).__name__}: {error}")
            return
        if self.meter.waits_for.pop(name, ""):
            LOG.warning("The table %s goes on.", name)
        turn.due, turn.pause_s = began + (0.0 if more else self._every_s), _FIRST_PAUSE_S

    def _wait(self, turn: _Turn, began: float, why: str) -> None:
        name = turn.way.name
        turn.way.forget()
        if name not in self.meter.waits_for:
            LOG.warning("The table %s waits, and nothing is lost: %s", name, why)
        self.meter.waits_for[name] = why
        self.meter.failures[name] += 1
        turn.due, turn.pause_s = began + turn.pause_s, min(2 * turn.pause_s, _LONGEST_PAUSE_S)

    def _keep_house(self) -> None:
        if self._maintain is None or time.monotonic() < self._maintain_at or self._stopped.is_set():
            return
        self._maintain_at = time.monotonic() + self._maintain_s
        try:
            self._maintain()
        except LakeError as error:
            LOG.warning("The lake is not maintained this time: %s", error)
