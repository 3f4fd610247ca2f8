"""Operator: summarised incident revisions go to the incidents stream."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pyflink.datastream import ProcessFunction, RuntimeContext

from ops.redis.settings import RedisSettings
from ops.redis.writer import StreamEntry
from udfs.engine.redis_delivery import RedisDelivery
from udfs.metrics.incident_metrics import IncidentMetrics
from udfs.metrics.run_counts import counts_file

KNOWN = "known"
"""Label of revisions that were in Redis already."""


class DeliverIncident(ProcessFunction):
    """A revision written before a restart stays as it was, whatever the model says the second time."""

    def __init__(self, redis: RedisSettings, control_keys: tuple[str, ...] = ()) -> None:
        """Take the settings; the last of `control_keys`, names of keys, signs what is written."""
        self._redis, self._control_keys = redis, control_keys

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get writer and metrics ready; the first write connects.

        Flink calls this once per attempt, before the first revision.
        """
        self._delivery = RedisDelivery(self._redis, runtime_context, self._control_keys)
        self._metrics = IncidentMetrics(runtime_context.get_metrics_group())
        self._known = counts_file("known_revisions", (KNOWN,))

    def close(self) -> None:
        """Close the connection. Flink calls this when the subtask ends, however it ends."""
        self._delivery.close()

    def process_element(self, value: str, ctx: ProcessFunction.Context) -> Iterator[str]:
        """Write a summarised revision or an overflow record once, and count it. Nothing goes on.

        Both have the fields that are read here. Not `Incident.of`: a revision that waited for its summary in
        a savepoint has the fields of the older build.
        """
        incident = json.loads(value)
        entry = StreamEntry(
            id=incident["id"],
            type=incident["status"],
            severity=incident["severity"],
            time=incident["last_time"],
            json=value,
            revision=incident["revision"],
            action=incident["action"],
            headline=incident["headline"],
        )
        if self._delivery.write("incidents", entry):
            self._metrics.count(incident)
        elif self._known:
            self._known.add(KNOWN)
        yield from ()
