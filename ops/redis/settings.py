"""Where the Redis streams are and how long they grow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from domain.errors import SettingError
from ops.redis.writer import RedisStreamWriter
from ops.secrets import redis_url


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
    replicas: int = 0
    """Replicas that must have an entry before it counts as written: with 1 no entry is lost when the primary
    fails, or is switched by Sentinel. While there are too few, the job waits.
    """
    dedupe_days: float = 7.0
    """How long the id of an entry is remembered, so that a job that starts again repeats nothing."""

    def __post_init__(self) -> None:
        if self.max_length < 1:
            raise SettingError("redis.max_length must be at least 1")
        if self.hard_max_length is not None and self.hard_max_length < self.max_length:
            raise SettingError("redis.hard_max_length must be at least redis.max_length; leave it out for ten times that")
        if self.replicas < 0:
            raise SettingError("redis.replicas must not be negative; 0 waits for none")
        if self.dedupe_days <= 0:
            raise SettingError("redis.dedupe_days must be positive")

    def writer(self, on_wait: Callable[[], None]) -> RedisStreamWriter:
        """Return a writer for the operator that calls this; `on_wait`: see `RedisStreamWriter`."""
        return RedisStreamWriter(
            redis_url(self.url),
            self.prefix,
            self.max_length,
            int(self.dedupe_days * 86_400),
            self.hard_max_length,
            on_wait=on_wait,
            replicas=self.replicas,
        )
