"""Operator: a flagged decision goes to the alerts stream at once, then on to the ring book."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pyflink.common import Row
from pyflink.datastream import ProcessFunction, RuntimeContext

from domain.decisions.alert import Alert
from domain.decisions.decision import Decision
from domain.json_text import as_json
from ops.redis.settings import RedisSettings
from ops.redis.writer import StreamEntry
from udfs.engine.keys import ONE_PLACE
from udfs.engine.redis_delivery import RedisDelivery
from udfs.metrics.run_counts import counts_file

FLAGGED_ROW = ("document", "joins", "clock", "event_time")
"""Columns of a flagged row: the decision's JSON, other ring labels with commas between, the stream's clock in
ms, and the event time, which Flink needs.
"""

OUTCOMES = PUBLISHED, KNOWN, SILENT = "published", "known", "silent"
"""What becomes of an alert: it is new in Redis, was there already, or is of the silent time."""


class DeliverAlert(ProcessFunction):
    """Delivery of alerts to Redis.

    Synchronous: what a buffer of its own held would be lost with the process.
    """

    def __init__(self, redis: RedisSettings, silent_until_ms: int = 0, control_keys: tuple[str, ...] = ()) -> None:
        """Take the settings; alerts of events before `silent_until_ms` only go on to the ring book.

        The last of `control_keys`, names of keys, signs what is written.
        """
        self._redis, self._silent_until_ms, self._control_keys = redis, silent_until_ms, control_keys

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get writer and metrics ready; the first write connects.

        Flink calls this once per attempt, before the first alert.
        """
        self._delivery = RedisDelivery(self._redis, runtime_context, self._control_keys)
        self._count = runtime_context.get_metrics_group().counter("alerts")
        self._kept = counts_file("alerts", OUTCOMES)

    def close(self) -> None:
        """Close the connection. Flink calls this when the subtask ends, however it ends."""
        self._delivery.close()

    def process_element(self, value: Row, ctx: ProcessFunction.Context) -> Iterator[Row]:
        """Write the alert of a row of `FLAGGED_ROW` and hand it on.

        The entry is in the stream when this returns: a checkpoint after it relies on that.
        """
        document, joins, clock_ms, _ = value
        decision = Decision.of(json.loads(document))
        alert = Alert.raised(decision, joins.split(",") if joins else (), clock_ms)
        outcome = SILENT
        if alert.time_ms >= self._silent_until_ms:
            entry = StreamEntry(
                alert.event_id,
                decision.event_type,
                alert.severity,
                alert.time_ms,
                as_json(alert.to_document()),
                account=alert.account or "",
            )
            outcome = PUBLISHED if self._delivery.write("alerts", entry) else KNOWN
        if outcome == PUBLISHED:
            self._count.inc()
        if self._kept:
            self._kept.add(outcome)
        yield Row(ONE_PLACE, as_json(alert.to_record()))
