"""Streams of the job's Redis as sources: our own Java classes read them, `flink_job/java/redis/`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import redis
from pyflink.common import WatermarkStrategy
from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.datastream.connectors import Source
from redis.exceptions import RedisError

from flink_job.connectors.java_classes import java_classes
from flink_job.settings.redis_url import RedisStream
from flink_job.settings.settings import Settings
from ops.redis.connection import RedisReadError, connect, options_of, place, refuse_lasting
from ops.redis.mends import mend_away
from ops.redis.private_group import ABANDONED_S
from ops.redis.settings import EARLIEST, LATEST, RedisSettings
from ops.redis.trimming import trim_raw
from ops.secrets import redis_url

UNKNOWN = -1
"""Of a count that nobody knows."""
_FIRST = "0-0"
_LAST_OF_A_MS = 2**64 - 1
_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Bounds:
    """Where a stream is read from, how many of its entries ever added lie before, and where it ends now."""

    start: str
    read: int
    end: str


def read_stream(
    env: StreamExecutionEnvironment, stream: RedisStream, settings: Settings, name: str, from_start: bool = False
) -> DataStream:
    """Return the records of a stream as ISO 8859-1 text, one character per byte.

    Args:
        name: of the source, in Flink's pages and in CLIENT LIST.
        from_start: read all of it by one reader and trim nothing, whatever the settings say.
    """
    ours, of_redis, bounded = java_classes(env, "redis"), settings.redis, settings.job.bounded
    server = ours.Server(of_redis.url, of_redis.prefix)
    source = ours.StreamSource(server, f"ringwatch-{name.replace(' ', '-')}", bounded)
    start = EARLIEST if from_start else of_redis.start
    for key, bounds in _asked(stream, of_redis, start, bounded).items():
        source.add(key, bounds.start, bounds.read, bounds.end if bounded else None)
    if not from_start:
        source.trim(trim_raw(of_redis.raw_days), of_redis.max_length, int(ABANDONED_S * 1000))
    lines = env.from_source(Source(source), WatermarkStrategy.no_watermarks(), name)
    return lines.set_parallelism(1 if from_start else of_redis.readers)


def _asked(stream: RedisStream, settings: RedisSettings, start: str, bounded: bool) -> dict[str, Bounds]:
    """Return the bounds of each partition by its key without the prefix.

    Asked once, where the job is made: a job that starts again before its first checkpoint skips nothing, and
    a bounded one ends where it would have ended.
    """
    keys = stream.keys("")
    if start == EARLIEST and not bounded:
        return {key: Bounds(_FIRST, UNKNOWN, _FIRST) for key in keys}
    client = connect(redis_url(settings.url), settings.prefix, _TIMEOUT_S)
    try:
        return {key: bounds_of(client, f"{settings.prefix}{key}", start, settings.start_ms()) for key in keys}
    except RedisError as error:
        refuse_lasting(client, error)
        raise RedisReadError(f"Redis at {place(client)} does not answer ({error}): {mend_away(error, options_of(client))}") from None
    finally:
        client.close()


def bounds_of(client: redis.Redis, key: str, start: str, start_ms: int | None) -> Bounds:
    """Return the bounds of a stream now; one that does not exist begins and ends at its beginning."""
    if not client.exists(key):
        return Bounds(_FIRST, UNKNOWN if start == EARLIEST else 0, _FIRST)
    info: dict[str, Any] = client.xinfo_stream(key)  # type: ignore[assignment]
    end, added = str(info["last-generated-id"]), int(info["entries-added"])
    if start == EARLIEST:
        return Bounds(_FIRST, UNKNOWN, end)
    if start == LATEST or start_ms is None or start_ms > int(end.partition("-")[0]):
        return Bounds(end, added, end)
    return Bounds(_FIRST if start_ms <= 0 else f"{start_ms - 1}-{_LAST_OF_A_MS}", UNKNOWN, end)
