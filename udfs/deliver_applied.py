"""Operator: changes that have taken effect go to the stream `control_applied`."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pyflink.datastream import KeyedProcessFunction, RuntimeContext

from domain.control.applied import entry_id
from ops.redis.settings import RedisSettings
from ops.redis.writer import StreamEntry
from udfs.engine.redis_delivery import RedisDelivery

STREAM = "control_applied"


class DeliverApplied(KeyedProcessFunction):
    """A version of a record is there once: of several subtasks, and of several attempts, the first one's."""

    def __init__(self, redis: RedisSettings, control_keys: tuple[str, ...] = ()) -> None:
        """Take the settings; the last of `control_keys`, names of keys, signs what is written."""
        self._redis, self._control_keys = redis, control_keys

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get writer and metrics ready; the first write connects.

        Flink calls this once per attempt, before the first change.
        """
        self._delivery = RedisDelivery(self._redis, runtime_context, self._control_keys)

    def close(self) -> None:
        """Close the connection. Flink calls this when the subtask ends, however it ends."""
        self._delivery.close()

    def process_element(self, value: str, ctx: KeyedProcessFunction.Context) -> Iterator[str]:
        """Write a change once. Nothing goes on."""
        document = json.loads(value)
        self._delivery.write(STREAM, StreamEntry(entry_id(document), document["control"], "low", document["at"], value))
        yield from ()
