"""`redis:NAME[?partitions=N]`: a stream of the server of `redis.url`, under `redis.prefix`."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from domain.errors import SettingError
from ops.redis.address import SCHEMES
from ops.redis.owner import OWNER
from ops.redis.publisher import PUBLISHED
from ops.redis.trimming import NEEDED

SCHEME = "redis:"
MOST_PARTITIONS = 64
WRITTEN = ("alerts", "incidents", "rejected", "dead", "decisions", "health", "control_applied")
"""Streams that the job writes: reading one of them would feed it with its own documents."""
KEPT = (OWNER, NEEDED, PUBLISHED)
"""Names that hold other things than streams."""
_NAME = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,4}", re.ASCII)


@dataclass(frozen=True)
class RedisStream:
    """A stream by its name without the prefix, in so many partitions."""

    name: str
    partitions: int = 1

    def keys(self, prefix: str) -> tuple[str, ...]:
        """Return the key of each partition; that of a stream in one partition is its name."""
        if self.partitions == 1:
            return (f"{prefix}{self.name}",)
        return tuple(f"{prefix}{self.name}:{number}" for number in range(self.partitions))


def is_redis(url: str | None) -> bool:
    """Return whether a URL names a stream, `redis:NAME`; an address, `redis://...`, does not."""
    return bool(url) and str(url).startswith(SCHEME) and not is_server(url)


def is_server(url: str | None) -> bool:
    """Return whether a URL is the address of a Redis, where one of its streams is to be named."""
    return bool(url) and str(url).startswith(tuple(f"{scheme}://" for scheme in SCHEMES))


def redis_stream(url: str, setting: str) -> RedisStream:
    """Take the URL of a stream apart; raise `SettingError`, which does not quote an address."""
    if is_server(url):
        raise SettingError(f"{setting}: a stream of redis.url is named here: write redis:events; the address belongs into redis.url")
    name, mark, query = url.removeprefix(SCHEME).partition("?")
    if not url.startswith(SCHEME) or not _NAME.fullmatch(name):
        raise SettingError(
            f"{setting}: {url!r} names no stream; write redis:NAME, where NAME has letters, digits, '.', '_' and '-', 128 at most"
        )
    return RedisStream(name, _partitions(query, setting) if mark else 1)


def check_input(stream: RedisStream, setting: str, outputs: Mapping[str, str]) -> None:
    """Raise `SettingError` for a stream that cannot bring the job anything: it, or a command, writes it.

    `outputs` are those of the job's settings, `JobSettings.outputs`.
    """
    if stream.name in WRITTEN:
        raise SettingError(f"{setting}: the job writes the stream {stream.name} itself; name another one, such as redis:events")
    if stream.name in KEPT:
        raise SettingError(f"{setting}: {stream.name} holds other data of ringwatch; name another stream, such as redis:events")
    for output, url in outputs.items():
        if is_redis(url) and stream.name == redis_stream(url, output).name:
            raise SettingError(f"{setting}: {stream.name} is where {output} go; name another stream, such as redis:events")


def _partitions(query: str, setting: str) -> int:
    option, _, number = query.partition("=")
    if option != "partitions":
        raise SettingError(f"{setting}: {option or 'nothing'} is no option of a stream's URL; write redis:NAME?partitions=4")
    if not _NUMBER.fullmatch(number) or not 1 <= int(number) <= MOST_PARTITIONS:
        raise SettingError(f"{setting}: partitions={number} must lie between 1 and {MOST_PARTITIONS}")
    return int(number)


def partition_of(account_id: str, partitions: int) -> int:
    """Return the partition of an account's events; half a surrogate pair counts as a question mark."""
    return zlib.crc32(account_id.encode("utf-8", "replace")) % partitions
