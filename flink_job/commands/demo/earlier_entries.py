"""The Redis that a demo writes to: how to watch it, and what an earlier demo has left there."""

from __future__ import annotations

from domain.wording import counted
from flink_job.settings.settings import Settings
from ops.redis.settings import RedisSettings
from ops.secrets import REDIS_URL, secret
from ops.terminal.group_status import stream_status

STREAMS = ("alerts", "incidents")


def watch_along(redis: RedisSettings) -> str:
    """Return the command that shows the streams elsewhere; an address from the environment stays there."""
    url = f" --set redis.url={redis.url}" if redis.url and not secret(REDIS_URL) else ""
    prefix = f" --set redis.prefix={redis.prefix}" if redis.prefix != RedisSettings().prefix else ""
    return f"ringwatch tail --from-start{url}{prefix}"


def earlier_entries(url: str, prefix: str) -> int:
    """Return how many alerts and incident revisions the streams hold already; raise `RedisReadError`."""
    return sum(stream.entries for stream in stream_status(url, prefix, STREAMS))


def about_earlier_entries(entries: int, settings: Settings) -> str:
    """Return why this demo may publish less than it decides, and the mend."""
    redis = settings.redis
    return (
        f"the streams {redis.prefix}alerts and {redis.prefix}incidents already hold {counted(entries, 'document')}: "
        f"what an earlier demo of the same seed has published is not published again within {redis.dedupe_days:g} days "
        f"(redis.dedupe_days) and is missing below; for all of it, add --set redis.prefix={another_prefix(redis.prefix)}"
    )


def another_prefix(prefix: str) -> str:
    """Return the next prefix: `ringwatch:` gives `ringwatch2:`, that one `ringwatch3:`."""
    name = prefix.rstrip(":")
    stem = name.rstrip("0123456789")
    return f"{stem}{int(name[len(stem) :] or 1) + 1}:"
