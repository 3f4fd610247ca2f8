"""What the operators that write to Redis share: the writer, its metrics, and the end of a wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ops.redis.settings import TIMEOUT_S, RedisSettings
from ops.redis.stream_entry import StreamEntry
from ops.redis.writer import RedisWriteError
from ops.secrets import control_keys
from udfs.engine.cancellation import cancellation

if TYPE_CHECKING:
    from pyflink.datastream import RuntimeContext

METRICS = ("written", "repeated", "retries", "dropped_unread", "waiting_s")
"""Attributes of the writer, each a metric `redis_<name>`. `waiting_s` returns to 0 after the wait."""


class RedisDelivery:
    """The writer of one operator: made in its `open`, closed in its `close`.

    All metrics are Flink counters, also `waiting_s`, which goes up and down. Flink's metrics thread would
    read a Python gauge on the interpreter state of the task's thread: in thread mode that is a race, and
    after `close` it is freed memory.
    """

    def __init__(
        self, settings: RedisSettings, runtime_context: RuntimeContext, keys: Sequence[str] = (), timeout_s: float = TIMEOUT_S
    ) -> None:
        """Read the secrets of the control keys that are named; entries are then signed.

        Raises SettingError for a key that is not there.
        """
        self._prefix, self._keys = settings.prefix, control_keys(keys)
        self.writer = settings.writer(self._while_waiting, timeout_s)
        self._interrupted = cancellation()
        group = runtime_context.get_metrics_group()
        self._counters = {name: group.counter(f"redis_{name}") for name in METRICS}
        self._shown = dict.fromkeys(METRICS, 0)

    def write(self, stream: str, entry: StreamEntry) -> bool:
        """Write an entry as `RedisStreamWriter.write` does.

        Raises RedisWriteError also when the task is cancelled while it waits.
        """
        added = self.writer.write(stream, self.signed(stream, entry))
        self.show()
        return added

    def signed(self, stream: str, entry: StreamEntry) -> StreamEntry:
        """Return the entry with its signature, where there are control keys."""
        if not self._keys:
            return entry
        return replace(entry, signature=self._keys.entry_signature(self._prefix + stream, entry.json))

    def close(self) -> None:
        """Close the connection."""
        self.writer.close()

    def _while_waiting(self) -> None:
        self.show()
        if self._interrupted():
            raise RedisWriteError("The task was cancelled while it waited for Redis.")

    def show(self) -> None:
        """Bring the metrics up to the writer."""
        for name, counter in self._counters.items():
            now = getattr(self.writer, name)
            if now != self._shown[name]:
                counter.inc(now - self._shown[name])
                self._shown[name] = now
