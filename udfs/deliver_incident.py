"""Operator: summarised incident revisions go to the incidents stream."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pyflink.common import Types
from pyflink.datastream import BroadcastProcessFunction, ProcessFunction, RuntimeContext
from pyflink.datastream.state import MapStateDescriptor

from domain.incidents.forgotten import Forgotten, ForgottenAccounts
from domain.json_text import as_json
from ops.redis.settings import RedisSettings
from ops.redis.writer import StreamEntry
from udfs.engine.redis_delivery import RedisDelivery
from udfs.metrics.incident_metrics import IncidentMetrics
from udfs.metrics.run_counts import counts_file

KNOWN = "known"
"""Label of revisions that were in Redis already."""
_ACCOUNTS = "accounts"


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
        """Write a summarised revision or an overflow record once, and count it. Nothing goes on."""
        yield from self.write(value)

    def write(self, value: str) -> Iterator[str]:
        """Do so; yield nothing.

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


class DeliverIncidentWithout(BroadcastProcessFunction):
    """`DeliverIncident` with a second input: accounts that are forgotten. What was made before, and has
    waited for its summary, is written without their names.
    """

    def __init__(self, deliver: DeliverIncident) -> None:
        """Wrap the delivery. The client calls this and ships the object to the workers."""
        self._deliver = deliver

    def open(self, runtime_context: RuntimeContext) -> None:
        """Open the delivery. Flink calls this once per attempt, before the first element of either input."""
        self._deliver.open(runtime_context)

    def close(self) -> None:
        """Close the connection. Flink calls this when the subtask ends, however it ends."""
        self._deliver.close()

    def process_element(self, value: str, ctx: BroadcastProcessFunction.ReadOnlyContext) -> Iterator[str]:
        """Write a summarised revision as `DeliverIncident` does."""
        if text := ctx.get_broadcast_state(forgotten_state()).get(_ACCOUNTS):
            value = as_json(ForgottenAccounts.of(text).without(json.loads(value)))
        yield from self._deliver.write(value)

    def process_broadcast_element(self, value: str, ctx: BroadcastProcessFunction.Context) -> Iterator[str]:
        """Remember an account."""
        state, gone = ctx.get_broadcast_state(forgotten_state()), Forgotten.of(json.loads(value))
        if gone is not None:
            known = ForgottenAccounts.of(state.get(_ACCOUNTS))
            known.add(gone)
            state.put(_ACCOUNTS, known.to_text())
        yield from ()


def forgotten_state() -> MapStateDescriptor:
    """Return the descriptor of the broadcast state, also what accounts are broadcast by."""
    return MapStateDescriptor("forgotten", Types.STRING(), Types.STRING())
