"""A shard that is being read: when it is asked next, and how far it is."""

from __future__ import annotations

import random
import time
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from ops.feeds.bridge_state import Checkpoint
from ops.feeds.shard_reader import Fetched, Part, ShardReader

_LEAST_S = 0.2
"""Between two calls to a shard, of which Kinesis answers five a second."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.3, 5.0
_IDLE_NOTED_S = 60.0
"""How often the checkpoint of a shard without records says up to when there were none."""


@dataclass
class Reading:
    """The state of one shard, between two calls."""

    reader: ShardReader
    noted: Checkpoint
    """What Redis is known to have."""
    due: float = 0.0
    is_at_tip: bool = False
    answer: Future[Fetched] | None = None
    _asked_at: float = 0.0
    _noted_at: float = 0.0
    _pause_s: float = _FIRST_PAUSE_S

    def ask(self, pool: Executor) -> None:
        """Begin a call, if it is time and none is under way."""
        now = time.monotonic()
        if self.answer is None and now >= self.due:
            self._asked_at, self.answer = now, pool.submit(self.reader.fetch)

    def answered(self, fetched: Fetched, poll_s: float) -> None:
        """Note an answer: there is no hurry where nothing is left to be read."""
        has_more = fetched.records > 0 or fetched.behind_ms > 0
        self.is_at_tip, self._pause_s = not has_more, _FIRST_PAUSE_S
        self.due = self._asked_at + (_LEAST_S if has_more else max(_LEAST_S, poll_s))

    def refused(self) -> None:
        """Ask again after a while: a growing one, and by chance, so that several do not come at once."""
        self.due = time.monotonic() + self._pause_s * random.uniform(0.5, 1.0)
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    def is_worth_noting(self, part: Part) -> bool:
        """Return whether the checkpoint is to be written now."""
        return part.records > 0 or part.checkpoint.ended or time.monotonic() - self._noted_at >= _IDLE_NOTED_S

    def was_noted(self, checkpoint: Checkpoint) -> None:
        """Note what Redis has now."""
        self.noted, self._noted_at = checkpoint, time.monotonic()
