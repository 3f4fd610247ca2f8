"""Operator: an alert goes to the alerts stream, in pipelines, and on to the ring book."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pyflink.common import Row
from pyflink.datastream import KeyedProcessFunction, RuntimeContext

from domain.decisions.decision import Decision
from domain.incidents.forgotten import Forgotten
from domain.json_text import as_json
from ops.redis.backlog import Written
from ops.redis.settings import RedisSettings
from ops.redis.stream_entry import StreamEntry
from udfs.engine.buffered_delivery import BufferedDelivery
from udfs.engine.keys import ONE_PLACE
from udfs.engine.redis_delivery import RedisDelivery
from udfs.metrics.run_counts import counts_file

STREAM = "alerts"
TIMEOUT_S = 2.0
"""A server that gives no answer holds this task so long at each attempt. What scoring sends meanwhile waits
in the buffers between the tasks, and beyond them (some hundred alerts) scoring waits, too.
"""
OUTCOMES = PUBLISHED, KNOWN, SILENT = "published", "known", "silent"
"""What becomes of an alert: it is new in Redis, was there already, or is of the silent time."""


class DeliverAlert(KeyedProcessFunction):
    """Delivery of alerts to Redis, in a task of its own: decisions do not wait for it.

    While Redis is away, `redis.alert_backlog` alerts wait in the state of the one key; only then the job
    waits. `BufferedDelivery` says why each is there once.
    """

    def __init__(self, redis: RedisSettings, silent_until_ms: int = 0, control_keys: tuple[str, ...] = ()) -> None:
        """Take the settings; alerts of events before `silent_until_ms` only go on to the ring book.

        The last of `control_keys`, names of keys, signs what is written.
        """
        self._redis, self._silent_until_ms, self._control_keys = redis, silent_until_ms, control_keys

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get state, writer and metrics ready; the first write connects.

        Flink calls this once per attempt, before the first alert or timer.
        """
        self._delivery = RedisDelivery(self._redis, runtime_context, self._control_keys, TIMEOUT_S)
        self._buffer = BufferedDelivery(self._delivery, runtime_context, self._written)
        self._count = runtime_context.get_metrics_group().counter("alerts")
        self._kept = counts_file("alerts", OUTCOMES)

    def close(self) -> None:
        """Close the connection. Flink calls this when the subtask ends, however it ends."""
        self._delivery.close()

    def process_element(self, value: str, ctx: KeyedProcessFunction.Context) -> Iterator[Row]:
        """Take the record of an alert to be written, and hand it on.

        It is in the state when this returns: a checkpoint after it relies on that. Of an account that is
        forgotten nothing waits any more.
        """
        document = json.loads(value)
        if gone := Forgotten.of(document):
            self._buffer.leave_out(gone.account)
            yield Row(ONE_PLACE, value)
            return
        del document["clock"]
        decision = Decision.of(document)
        if decision.time_ms < self._silent_until_ms:
            self._tell(SILENT)
        else:
            self._buffer.add(STREAM, _entry(decision, document), ctx.timer_service())
            if len(self._buffer) >= self._redis.alert_backlog:
                self._buffer.finish()
        yield Row(ONE_PLACE, value)

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext) -> Iterator[Row]:
        """Write what waits. Flink calls this some ms after an alert, after a pause, and at the end."""
        self._buffer.on_timer(ctx)
        yield from ()

    def _written(self, done: Written) -> None:
        if done.added:
            self._count.inc()
        self._tell(PUBLISHED if done.added else KNOWN)

    def _tell(self, outcome: str) -> None:
        if self._kept:
            self._kept.add(outcome)


def _entry(decision: Decision, document: dict[str, object]) -> StreamEntry:
    severity, account = str(document["severity"]), decision.account or ""
    return StreamEntry(decision.event_id, decision.event_type, severity, decision.time_ms, as_json(document), account=account)
