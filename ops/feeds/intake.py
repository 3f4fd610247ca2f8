"""Kinesis -> a stream of the job: all shards of this instance at once, each in its order, at least once."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress

from ops.feeds.bridge_state import BridgeState, Checkpoint
from ops.feeds.kinesis import Kinesis, KinesisAwayError
from ops.feeds.meter import Meter
from ops.feeds.plan import Plan, Target
from ops.feeds.reading import Reading
from ops.feeds.shard_reader import Fetched, Part, ShardReader
from ops.feeds.shard_share import ShardShare
from ops.redis.connection import RedisRefusedError

LOG = logging.getLogger(__name__)

MOST_CALLS = 16
"""Under way at once, each to another shard."""
_TICK_S = 0.1


class Intake:
    """The way in. `run` in one thread; calls to Kinesis are made by others."""

    def __init__(self, kinesis: Kinesis, state: BridgeState, share: ShardShare, target: Target, plan: Plan, meter: Meter) -> None:
        self._kinesis, self._state, self._share, self._target, self._plan, self._meter = kinesis, state, share, target, plan, meter
        self._readings: dict[str, Reading] = {}
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
            self._readings[shard] = Reading(ShardReader(self._kinesis, shard, mine[shard], self._begin), mine[shard])
        self._meter.shards, self._meter.others = len(mine), self._share.others

    def _drop(self, shard: str) -> None:
        del self._readings[shard]
        self._meter.behind_ms.pop(shard, None)

    def _ask(self, pool: ThreadPoolExecutor) -> None:
        """Begin the calls that are due, unless the job does not read what is there."""
        if self._has_room(time.monotonic()):
            for reading in self._readings.values():
                reading.ask(pool)

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

    def _answered(self, shard: str, reading: Reading, answer: Future[Fetched]) -> None:
        try:
            fetched = answer.result()
        except KinesisAwayError as error:
            reading.refused()
            self._say(error)
            return
        if self._had_room:
            self._meter.waits_for = ""
        reading.answered(fetched, self._plan.poll_s)
        if all(self._passed_on(shard, reading, part) for part in fetched.parts) and shard in self._readings:
            self._meter.behind_ms[shard] = fetched.behind_ms

    def _passed_on(self, shard: str, reading: Reading, part: Part) -> bool:
        """Send and note a part; return False where the shard is another instance's by now."""
        self._turn()  # who was still for long hears here that it has lost the shard, and sends nothing
        if self._readings.get(shard) is not reading:
            return False
        if part.events:
            self._target.send(part.events)
        self._meter.took(part.records, len(part.events))
        return not reading.is_worth_noting(part) or self._is_noted(shard, reading, part.checkpoint)

    def _is_noted(self, shard: str, reading: Reading, checkpoint: Checkpoint) -> bool:
        """Note what is at the target now; return False where Redis has not what was written last."""
        if not self._state.note(shard, checkpoint, reading.noted):
            LOG.warning(
                "Shard %s is read again from its checkpoint: another instance had it meanwhile, or Redis has lost what was written last.",
                shard,
            )
            self._share.lost(shard)
            self._drop(shard)
            return False
        reading.was_noted(checkpoint)
        if checkpoint.ended:
            self._share.ended(shard)
            self._drop(shard)
        return True

    def _say(self, error: KinesisAwayError) -> None:
        if error.is_throttled:
            self._meter.throttled += 1
            return
        if not self._meter.waits_for:
            LOG.warning("%s; trying until it does.", error)
        self._meter.waits_for = "Kinesis"
