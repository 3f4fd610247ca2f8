"""Kinesis -> a stream of the job: all shards of this instance at once, each in its order, at least once."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass

from ops.feeds.bridge_state import BridgeState
from ops.feeds.kinesis import Kinesis, KinesisAwayError
from ops.feeds.meter import Meter
from ops.feeds.plan import Plan, Target
from ops.feeds.shard_reader import Fetched, ShardReader
from ops.feeds.shard_share import ShardShare
from ops.redis.connection import RedisRefusedError

LOG = logging.getLogger(__name__)

MOST_CALLS = 16
"""Under way at once, each to another shard."""
_LEAST_S = 0.2
"""Between two calls to a shard, of which Kinesis answers five a second."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.3, 5.0
_IDLE_NOTED_S = 60.0
"""How often the checkpoint of a shard without records says up to when there were none."""
_TICK_S = 0.1


@dataclass
class _Reading:
    """A shard that is being read."""

    reader: ShardReader
    due: float = 0.0
    asked_at: float = 0.0
    pause_s: float = _FIRST_PAUSE_S
    noted_at: float = 0.0
    is_at_tip: bool = False
    answer: Future[Fetched] | None = None


class Intake:
    """The way in. `run` in one thread; calls to Kinesis are made by others."""

    def __init__(self, kinesis: Kinesis, state: BridgeState, share: ShardShare, target: Target, plan: Plan, meter: Meter) -> None:
        self._kinesis, self._state, self._share, self._target, self._plan, self._meter = kinesis, state, share, target, plan, meter
        self._readings: dict[str, _Reading] = {}
        self._look_at, self._begin, self._had_room = 0.0, "", True

    def run(self, stops: Callable[[], bool], tell: Callable[[], None]) -> None:
        """Read until `stops`, or to the tip of all shards; call `tell` often.

        Raises KinesisAwayError, at the start only, KinesisRefusedError, and what the target raises.
        """
        _, self._begin = self._share.begin(self._plan.start)
        self._target.look()
        pool = ThreadPoolExecutor(MOST_CALLS, "kinesis")
        try:
            while not stops() and not self._is_done():
                self._turn()
                self._ask(pool)
                self._take()
                tell()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            with suppress(RedisRefusedError):  # the leases end by themselves
                self._share.leave()

    def _is_done(self) -> bool:
        return not self._plan.follow and self._share.is_whole and all(reading.is_at_tip for reading in self._readings.values())

    def _turn(self) -> None:
        self._share.turn()
        mine = self._share.mine
        for shard in self._readings.keys() - mine.keys():
            self._drop(shard)
        for shard in mine.keys() - self._readings.keys():
            self._readings[shard] = _Reading(ShardReader(self._kinesis, shard, mine[shard], self._begin))
        self._meter.shards, self._meter.others = len(mine), self._share.others

    def _drop(self, shard: str) -> None:
        del self._readings[shard]
        self._meter.behind_ms.pop(shard, None)

    def _ask(self, pool: ThreadPoolExecutor) -> None:
        """Begin the calls that are due, unless the job does not read what is there."""
        now = time.monotonic()
        if not self._has_room(now):
            return
        for reading in self._readings.values():
            if reading.answer is None and now >= reading.due:
                reading.asked_at, reading.answer = now, pool.submit(reading.reader.fetch)

    def _has_room(self, now: float) -> bool:
        if self._target.unread >= self._plan.hard_max_length and now >= self._look_at:
            self._look_at = now + 1.0
            self._target.look()
        has_room = self._target.unread < self._plan.hard_max_length
        if has_room != self._had_room:
            self._had_room = has_room
            self._meter.waits_for = "" if has_room else f"the job, which has {self._target.unread:,} lines to read"
        return has_room

    def _take(self) -> None:
        """Take the answers that are there, after a while at the latest."""
        answers = [reading.answer for reading in self._readings.values() if reading.answer]
        if not answers:
            time.sleep(_TICK_S)
        wait(answers, _TICK_S, FIRST_COMPLETED)
        for shard, reading in list(self._readings.items()):
            if reading.answer and reading.answer.done():
                answer, reading.answer = reading.answer, None
                self._answered(shard, reading, answer)

    def _answered(self, shard: str, reading: _Reading, answer: Future[Fetched]) -> None:
        try:
            fetched = answer.result()
        except KinesisAwayError as error:
            self._pause(reading, error)
            return
        if self._had_room:
            self._meter.waits_for = ""
        reading.pause_s, reading.is_at_tip = _FIRST_PAUSE_S, not fetched.records and not fetched.behind_ms
        reading.due = reading.asked_at + (_LEAST_S if fetched.records or fetched.behind_ms else max(_LEAST_S, self._plan.poll_s))
        if fetched.events:
            self._target.send(fetched.events)
        self._note(shard, reading, fetched)

    def _note(self, shard: str, reading: _Reading, fetched: Fetched) -> None:
        """Note what is at the target now."""
        self._meter.took(fetched.records, len(fetched.events))
        self._meter.behind_ms[shard] = fetched.behind_ms
        now, ended = time.monotonic(), fetched.checkpoint.ended
        if not fetched.records and not ended and now - reading.noted_at < _IDLE_NOTED_S:
            return
        reading.noted_at = now
        if not self._state.note(shard, fetched.checkpoint):
            LOG.warning("Another instance has taken shard %s over: this one was still for too long.", shard)
            self._share.lost(shard)
            self._drop(shard)
        elif ended:
            self._share.ended(shard)
            self._drop(shard)

    def _pause(self, reading: _Reading, error: KinesisAwayError) -> None:
        """Ask again after a while: a growing one, and by chance, so that several do not come at once."""
        reading.due = time.monotonic() + reading.pause_s * random.uniform(0.5, 1.0)
        reading.pause_s = min(2 * reading.pause_s, _LONGEST_PAUSE_S)
        if error.is_throttled:
            self._meter.throttled += 1
        elif not self._meter.waits_for:
            LOG.warning("%s; trying until it does.", error)
        self._meter.waits_for = "Kinesis" if not error.is_throttled else self._meter.waits_for
