"""The job's one way into Redis: entries appended to a stream exactly once per id and revision.

Streams are `<prefix>alerts`, `<prefix>incidents` and `<prefix>rejected`. Works on Redis 7 and 8 and on
Valkey.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from uuid import uuid4

import redis
from redis.exceptions import RedisError

from domain.times import now_ms
from ops.redis.append_once import Append, Appended, append_all, append_once
from ops.redis.connection import RedisWriteError, connect, place, refuse_lasting
from ops.redis.private_group import ABANDONED_S
from ops.redis.stream_entry import StreamEntry

__all__ = ["RedisStreamWriter", "RedisWriteError", "StreamEntry"]

LOG = logging.getLogger(__name__)

TRIM_EVERY = 100
"""Writes between two looks at the consumer groups: about what one node of a stream holds, and trimming is by
whole nodes.
"""
RAW = "rejected"
"""The stream of the job that holds raw lines."""
RAW_KNOWN_S = 3600
"""So long an id of `RAW` is known at most: anybody can send junk, and each line leaves a marker."""
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 5.0
_LOG_EVERY_S = 60.0


def _wait_on() -> None:
    """Wait for the server however long it is away."""


class RedisStreamWriter:
    """Writer of entries to `<prefix><stream>`, each id (and revision) once.

    It keeps the streams within their limits.

    A stream is trimmed to about `max_length` of what every consumer group has read, and to about
    `hard_max_length` (None: ten times as much) of what some group has not. About: by whole nodes of the
    stream (at most 100 entries), and every `TRIM_EVERY` writes of a writer. A private group does not count
    once its reader has been silent for `abandoned_s`. An id is known for `dedupe_ttl_s`, which must be longer
    than the job can take to come back to an event it has written before. The markers need a server that does
    not evict them (`maxmemory-policy noeviction`). Those of `rejected` live `RAW_KNOWN_S` at most.

    Entries of `rejected` that are older than `raw_ms` leave once every group has read them.

    With `replicas` an entry counts as written once so many replicas have it, too.

    A server that is away, full or failing over is tried again, at growing intervals, until it takes the
    entry: the job waits and drops nothing. `on_wait` is called before each attempt beyond the first and may
    end the waiting by raising. Connects at the first write, so that Flink can ship the writer unconnected.

    Attributes: `written` entries added, also by an attempt whose reply was lost, `repeated` entries that were
    there already, `retries` attempts beyond the first, `dropped_unread` entries that went beyond the hard
    limit before some group had read them, `waiting_s` seconds that the write in hand has waited so far.
    """

    def __init__(
        self,
        url: str,
        prefix: str,
        max_length: int,
        dedupe_ttl_s: int,
        hard_max_length: int | None = None,
        timeout_s: float = 5.0,
        on_wait: Callable[[], None] = _wait_on,
        abandoned_s: float = ABANDONED_S,
        replicas: int = 0,
        raw_ms: int | None = None,
    ) -> None:
        self._url = url
        self._prefix = prefix
        self._limits = [str(dedupe_ttl_s), str(max_length), str(hard_max_length or 10 * max_length)]
        self._abandoned_ms = str(int(abandoned_s * 1000))
        self._replicas, self._raw_ms = replicas, raw_ms
        self._timeout_s = timeout_s
        self._on_wait = on_wait
        self._connected: redis.Redis | None = None
        self._name, self._calls = "", 0
        self._writes: dict[str, int] = {}
        self._next_drop_log = 0.0
        self.written = 0
        self.repeated = 0
        self.retries = 0
        self.dropped_unread = 0
        self.waiting_s = 0

    def write(self, stream: str, entry: StreamEntry) -> bool:
        """Append `entry` in one round trip; return True if added, False if it was there already.

        Raises:
            RedisWriteError: the server refused the entry for good.
        """
        return self.finish(self.prepared(stream, entry))

    def prepared(self, stream: str, entry: StreamEntry) -> Append:
        """Return the write of an entry, which may be tried often and adds it once."""
        writes = self._writes.get(stream, 0)
        self._writes[stream] = writes + 1
        # the first write, too: a missing permission shows at once
        trim = "0" if writes % TRIM_EVERY else self._trim(stream)
        known_s = str(min(RAW_KNOWN_S, int(self._limits[0]))) if stream == RAW else self._limits[0]
        self._name = self._name or uuid4().hex[:12]  # not in a writer that is shipped: each copy has its own
        self._calls += 1
        keys = (entry.marker(self._prefix, stream), f"{self._prefix}{stream}")
        arguments = (known_s, *self._limits[1:], trim, self._abandoned_ms, *entry.fields())
        return Append(keys, arguments, f"{self._name}-{self._calls}")

    def finish(self, append: Append) -> bool:
        """Do a write, however long that takes; return and raise as `write` does."""
        try:
            done = append_once(self._client(), append, self._replicas)
        except RedisError as error:
            done = self._retry(append, error)
        return self._counted(append, done)

    def attempt(self, appends: Sequence[Append]) -> tuple[list[bool | None], RedisError | None]:
        """Try writes once, in one pipeline: the wait is one attempt's at most.

        Returns:
            For each write whether it has added its entry, None where that is not known; and an error that
            passes, if there was one.

        Raises:
            RedisWriteError: the server refuses an entry for good.
        """
        client = self._client()
        try:
            done = append_all(client, appends, self._replicas)
        except RedisError as error:
            done = [error] * len(appends)
        errors = [one for one in done if isinstance(one, RedisError)]
        added = [None if isinstance(one, RedisError) else self._counted(each, one) for each, one in zip(appends, done, strict=True)]
        if errors:
            client.connection_pool.disconnect()  # after a failover the name leads to another server
        for one in {str(each): each for each in errors}.values():
            refuse_lasting(client, one, RedisWriteError)
        return added, errors[0] if errors else None

    def close(self) -> None:
        """Close the connection; a later write opens a new one."""
        if self._connected is not None:
            self._connected.close()
            self._connected = None

    def _trim(self, stream: str) -> str:
        """Return how the script trims: `rejected` holds raw lines, and what is older than `raw_ms` leaves."""
        return "1" if self._raw_ms is None or stream != RAW else f"{max(2, now_ms() - self._raw_ms)}-0"

    def _retry(self, append: Append, error: RedisError) -> Appended:
        started, first_retry, next_log_s = time.monotonic(), self.retries, 0.0
        client = self._client()
        try:
            for pause_s in _pauses():
                refuse_lasting(client, error, RedisWriteError)
                if self.waiting_s >= next_log_s:
                    LOG.warning("Redis at %s takes no writes (%s); the job waits, %d s so far.", place(client), error, self.waiting_s)
                    next_log_s = self.waiting_s + _LOG_EVERY_S
                self._on_wait()
                time.sleep(pause_s)
                client.connection_pool.disconnect()  # after a failover the name leads to another server
                self.retries += 1
                try:
                    done = append_once(client, append, self._replicas)
                    break
                except RedisError as again:
                    error = again
                    self.waiting_s = int(time.monotonic() - started)
        finally:
            self.waiting_s = 0
        away_s, tries = time.monotonic() - started, self.retries - first_retry
        LOG.warning("Redis at %s takes writes again after %.1f s and %d retries.", place(client), away_s, tries)
        return done

    def _counted(self, append: Append, done: Appended) -> bool:
        self.written += done.added
        self.repeated += not done.added
        self._count_dropped(append.keys[1], done)
        return done.added

    def _count_dropped(self, key: str, done: Appended) -> None:
        self.dropped_unread += done.dropped
        if done.dropped and time.monotonic() >= self._next_drop_log:
            self._next_drop_log = time.monotonic() + _LOG_EVERY_S
            LOG.warning(
                "Stream %s is full: %d entries so far were dropped that consumer group %s had not read. Let it read on, "
                "remove it (XGROUP DESTROY %s %s), or raise the setting redis.hard_max_length.",
                *(key, self.dropped_unread, done.group, key, done.group),
            )

    def _client(self) -> redis.Redis:
        if self._connected is None:
            self._connected = connect(self._url, self._prefix, self._timeout_s, RedisWriteError)
        return self._connected


def _pauses() -> Iterator[float]:
    """Yield seconds between attempts: doubling, with jitter so that subtasks do not come back all at once."""
    pause_s = _FIRST_PAUSE_S
    while True:
        yield pause_s * random.uniform(0.5, 1.0)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
