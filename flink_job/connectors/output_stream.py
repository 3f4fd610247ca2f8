"""The streams of Redis that documents of decisions go into, looked at without Flink."""

from __future__ import annotations

from domain.errors import SettingError
from flink_job.settings.redis_url import KEPT, WRITTEN, RedisStream, redis_stream

_TAKEN = {*WRITTEN, *KEPT}
"""Names that hold other things, but for that of the setting itself."""


def output_stream(setting: str, url: str) -> RedisStream:
    """Return the stream that a setting of `JobSettings.outputs` names.

    Raise `SettingError` for one that cannot take its documents.
    """
    stream, own = redis_stream(url, setting), setting.removeprefix("job.")
    if stream.partitions != 1:
        raise SettingError(f"{setting}: {own} go into one stream: write redis:{stream.name}, without ?partitions")
    if stream.name in _TAKEN - {own}:
        raise SettingError(f"{setting}: {stream.name} holds other entries of the job: write redis:{own}")
    return stream
