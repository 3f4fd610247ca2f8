"""Operator: rejected lines go to the dead-letter stream, and never keep anything waiting."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from pyflink.datastream import KeyedProcessFunction, RuntimeContext

from domain.control.refused import is_refusal
from domain.health.documents import lost_entry
from domain.json_text import as_json
from domain.times import now_ms
from ops.redis.backlog import Written
from ops.redis.settings import RedisSettings
from ops.redis.stream_entry import StreamEntry
from udfs.engine.buffered_delivery import BufferedDelivery
from udfs.engine.redis_delivery import RedisDelivery
from udfs.junk_rate import JunkRate
from udfs.metrics.run_counts import counts_file

STREAM, HEALTH = "rejected", "health"
KNOWN = "known"
"""Label of lines whose like was in Redis already."""
MOST = 2_000
"""Lines that wait while Redis is away: as many as `JunkRate` takes at once. A line has up to 8 kB."""
TIMEOUT_S = 1.0
LONGEST_PAUSE_S = 30.0
"""A server that gives no answer holds this task for a second in thirty, and nothing else."""


class DeliverRejected(KeyedProcessFunction):
    """The entry's id is a digest of reason and line: the same broken line is there once, however often it is
    replayed or sent, within an hour. Where very many come, a share is written, see `JunkRate`.

    Junk has a breaker of its own, in a task of its own: while Redis is away or refuses, `MOST` lines wait in
    the state of the one key, the others are dropped and counted, and `health` says so afterwards. Of what is
    waited for (refused control records) as many again are kept.
    """

    def __init__(self, redis: RedisSettings, control_keys: tuple[str, ...] = ()) -> None:
        """Take the settings; the last of `control_keys`, names of keys, signs what is written."""
        self._redis, self._control_keys = redis, control_keys

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get state, writer and metrics ready; the first write connects.

        Flink calls this once per attempt, before the first line or timer.
        """
        self._delivery = RedisDelivery(self._redis, runtime_context, self._control_keys, TIMEOUT_S)
        self._buffer = BufferedDelivery(self._delivery, runtime_context, self._written, LONGEST_PAUSE_S, is_forgiving=True)
        self._rate = JunkRate()
        group = runtime_context.get_metrics_group()
        self._unwritten, self._dropped = group.counter("rejected_unwritten"), group.counter("rejected_dropped")
        self._lost, self._lost_since_ms = 0, 0
        self._known = counts_file("known_rejected", (KNOWN,))

    def close(self) -> None:
        """Close the connection. Flink calls this when the subtask ends, however it ends."""
        self._delivery.close()

    def process_element(self, value: str, ctx: KeyedProcessFunction.Context) -> Iterator[str]:
        """Take a rejected line to be written once. Nothing goes on."""
        rejected = json.loads(value)
        # what the source itself says has no line, and a refused control record is waited for
        is_junk = bool(rejected["bytes"]) and not is_refusal(rejected)
        if is_junk and not self._rate.takes():
            self._unwritten.inc()
        elif len(self._buffer) >= (MOST if is_junk else 2 * MOST):
            self._drop()
        else:
            self._buffer.add(STREAM, _entry(rejected, value), ctx.timer_service())
        yield from ()

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext) -> Iterator[str]:
        """Try to write what waits. Flink calls this some ms after a line, after a pause, and at the end."""
        self._buffer.on_timer(ctx)
        if self._lost and not self._buffer.is_away:
            self._say(ctx.timer_service())
        yield from ()

    def _drop(self) -> None:
        self._dropped.inc()
        self._lost_since_ms = self._lost_since_ms if self._lost else now_ms()
        self._lost += 1

    def _say(self, timers: Any) -> None:
        """Write into `health` how many lines were dropped."""
        said = lost_entry(self._lost, self._lost_since_ms, now_ms())
        self._buffer.add(HEALTH, StreamEntry(said.id, said.kind, said.severity, said.time_ms, as_json(said.document)), timers)
        self._lost = 0

    def _written(self, done: Written) -> None:
        if not done.added and self._known:
            self._known.add(KNOWN)


def _entry(rejected: dict[str, Any], document: str) -> StreamEntry:
    line = f"{rejected['bytes']}\0{rejected['reason']}\0{rejected['raw']}"
    digest = hashlib.blake2b(line.encode(), digest_size=16).hexdigest()
    return StreamEntry(digest, rejected["field"], "low", rejected["rejected_at"], document)
