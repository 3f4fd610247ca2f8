"""The stream of Redis that decisions go into, looked at without Flink."""

from __future__ import annotations

from domain.errors import SettingError
from flink_job.settings.redis_url import KEPT, WRITTEN, RedisStream, redis_stream
from flink_job.settings.settings import JobSettings

_SETTING = "job.decisions"
_TAKEN = {*WRITTEN, *KEPT} - {"decisions"}
"""Names that hold other things."""


def decisions_stream(job: JobSettings) -> RedisStream:
    """Return the stream that `job.decisions` names; raise `SettingError` for one that cannot take them."""
    stream = redis_stream(job.decisions, _SETTING)
    if stream.partitions != 1:
        raise SettingError(f"{_SETTING}: decisions go into one stream: write redis:{stream.name}, without ?partitions")
    if stream.name in _TAKEN:
        raise SettingError(f"{_SETTING}: {stream.name} holds other entries of the job: write redis:decisions")
    return stream
