"""Operator: rejected lines go to the dead-letter stream."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from pyflink.datastream import ProcessFunction, RuntimeContext

from domain.control.refused import is_refusal
from ops.redis.settings import RedisSettings
from ops.redis.writer import StreamEntry
from udfs.engine.redis_delivery import RedisDelivery
from udfs.junk_rate import JunkRate
from udfs.metrics.run_counts import counts_file

KNOWN = "known"
"""Label of lines whose like was in Redis already."""


class DeliverRejected(ProcessFunction):
    """The entry's id is a digest of reason and line: the same broken line is there once, however often it is
    replayed or sent, within an hour. Where very many come, a share is written, see `JunkRate`.
    """

    def __init__(self, redis: RedisSettings, control_keys: tuple[str, ...] = ()) -> None:
        """Take the settings; the last of `control_keys`, names of keys, signs what is written."""
        self._redis, self._control_keys = redis, control_keys

    def open(self, runtime_context: RuntimeContext) -> None:
        """Get writer and metrics ready; the first write connects.

        Flink calls this once per attempt, before the first line.
        """
        self._delivery = RedisDelivery(self._redis, runtime_context, self._control_keys)
        self._rate = JunkRate()
        self._unwritten = runtime_context.get_metrics_group().counter("rejected_unwritten")
        self._known = counts_file("known_rejected", (KNOWN,))

    def close(self) -> None:
        """Close the connection. Flink calls this when the subtask ends, however it ends."""
        self._delivery.close()

    def process_element(self, value: str, ctx: ProcessFunction.Context) -> Iterator[str]:
        """Write a rejected line once. Nothing goes on."""
        rejected = json.loads(value)
        # what the source itself says has no line, and a refused control record is waited for
        if rejected["bytes"] and not is_refusal(rejected) and not self._rate.takes():
            self._unwritten.inc()
            return
        digest = hashlib.blake2b(f"{rejected['bytes']}\0{rejected['reason']}\0{rejected['raw']}".encode(), digest_size=16).hexdigest()
        entry = StreamEntry(digest, rejected["field"], "low", rejected["rejected_at"], value)
        if not self._delivery.write("rejected", entry) and self._known:
            self._known.add(KNOWN)
        yield from ()
