"""Where the Redis streams are and how long they grow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator

from domain.errors import SettingError
from domain.times import DAY_MS, moment_ms
from ops.redis.writer import RedisStreamWriter
from ops.secrets import redis_url

EARLIEST, LATEST = "earliest", "latest"
TIMEOUT_S = 5.0
"""So long a writer of the job waits for an answer."""


def _start(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


@dataclass(frozen=True)
class RedisSettings:
    """The Redis that holds the streams: Redis 7, Redis 8 or Valkey, `maxmemory-policy noeviction`.

    One server, a Redis Cluster, or a primary that Sentinels watch.
    """

    url: str | None = field(default=None, repr=False)
    """Address of Redis; null: `redis://127.0.0.1:6379/0`, and the demo starts a server of its own.
    A cluster: `redis://host:6379,host2:6379/0`. Sentinels: `redis+sentinel://host:26379,host2:26379/mymaster/0`.
    `RINGWATCH_REDIS_URL` in the environment takes precedence: a password belongs there.
    """
    prefix: str = "ringwatch:"
    """Begins the names of all keys and streams. For a Redis Cluster it holds a hash tag, `{ringwatch}:`."""
    max_length: int = 100_000
    """Entries a stream is trimmed to, approximately, once every consumer group has read them."""
    hard_max_length: int | None = None
    """Entries a stream keeps at most, approximately, for a group that has not read them; null: ten times
    `max_length`.
    """
    raw_days: float | None = 7.0
    """How long raw lines stay: entries of the streams that the job reads (events, labels; not control) and of
    `rejected`, once the job and every consumer group have read them; null: until `max_length`.
    """
    replicas: int = 0
    """Replicas that must have an entry before it counts as written: with 1 no entry is lost when the primary
    fails, or is switched by Sentinel. While there are too few, the job waits.
    """
    alert_backlog: int = 10_000
    """Alerts that wait in the job's state while Redis is away, some 2 kB each. Beyond it the job waits."""
    dedupe_days: float = 7.0
    """How long the id of an entry is remembered, so that a job that starts again repeats nothing."""
    start: Annotated[str, BeforeValidator(_start)] = EARLIEST
    """Where a job without a checkpoint begins to read its `redis:` sources: `earliest`, `latest` (the end at
    submission), or a time such as `2026-01-31T12:00:00Z` (UTC where no zone is named), when the entries were
    added. A control stream is read from its beginning.
    """
    readers: int = 1
    """Parallel readers per `redis:` source, at most one for each partition, `redis:events?partitions=4`.
    Several read in no common order; one reads all partitions in the order in which entries were added.
    """

    def __post_init__(self) -> None:
        if self.max_length < 1:
            raise SettingError("redis.max_length must be at least 1")
        if self.hard_max_length is not None and self.hard_max_length < self.max_length:
            raise SettingError("redis.hard_max_length must be at least redis.max_length; leave it out for ten times that")
        if self.raw_days is not None and self.raw_days <= 0:
            raise SettingError("redis.raw_days must be positive; null keeps raw lines until redis.max_length")
        if self.replicas < 0:
            raise SettingError("redis.replicas must not be negative; 0 waits for none")
        if self.alert_backlog < 1:
            raise SettingError("redis.alert_backlog must be at least 1, so that an alert is written before the next is taken")
        if self.dedupe_days <= 0:
            raise SettingError("redis.dedupe_days must be positive")
        if self.readers < 1:
            raise SettingError("redis.readers must be at least 1")
        self.start_ms()

    def start_ms(self) -> int | None:
        """Return the moment to start from, ms since 1970; None for earliest and latest."""
        if self.start in (EARLIEST, LATEST):
            return None
        try:
            return moment_ms(self.start)
        except ValueError:
            raise SettingError(f"redis.start is {self.start!r}: write earliest, latest or a time such as 2026-01-31T12:00:00Z") from None

    def writer(self, on_wait: Callable[[], None], timeout_s: float = TIMEOUT_S) -> RedisStreamWriter:
        """Return a writer for the operator that calls this; `on_wait`: see `RedisStreamWriter`."""
        return RedisStreamWriter(
            redis_url(self.url),
            self.prefix,
            self.max_length,
            int(self.dedupe_days * 86_400),
            self.hard_max_length,
            timeout_s=timeout_s,
            on_wait=on_wait,
            replicas=self.replicas,
            raw_ms=None if self.raw_days is None else round(self.raw_days * DAY_MS),
        )
