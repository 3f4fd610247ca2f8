"""The streams that say whether auto_block is on, and who takes their entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flink_job.settings.redis_url import is_redis, redis_stream
from flink_job.settings.settings import Settings
from ops.redis.signed_entries import SignedEntries
from ops.scoring.switch import AutoBlock
from ops.secrets import control_keys

APPLIED = "control_applied"
TakeEntry = Callable[[Mapping[bytes, bytes]], None]


def switch_streams(settings: Settings, switch: AutoBlock) -> dict[str, TakeEntry]:
    """Return by key what takes the entries: those of control records, and what the job says of them."""
    prefix = settings.redis.prefix
    urls = [url for url in (settings.service.control, settings.job.control) if url is not None and is_redis(url)]
    keys = [key for url in urls for key in redis_stream(url, "service.control").keys(prefix)]
    applied = _of_the_job(settings, switch.take_applied)
    return {prefix + APPLIED: applied, **dict.fromkeys(keys, switch.take_record)}


def _of_the_job(settings: Settings, take: TakeEntry) -> TakeEntry:
    """Return what hands on the signed entries of `control_applied`; all where the job has no keys."""
    signed = SignedEntries(control_keys(settings.job.control_keys), settings.redis.prefix)

    def take_signed(fields: Mapping[bytes, bytes]) -> None:
        if signed.has(APPLIED, {name.decode("utf-8", "replace"): value.decode("utf-8", "replace") for name, value in fields.items()}):
            take(fields)

    return take_signed
