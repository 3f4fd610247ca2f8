"""Which Redis streams a job reads, by setting, and which it cannot: looked at without Flink."""

from __future__ import annotations

from collections.abc import Iterator

from domain.errors import SettingError
from flink_job.settings.redis_url import RedisStream, check_input, is_redis, redis_stream
from flink_job.settings.settings import JobSettings, Settings
from flink_job.settings.source_url import source_url

SOURCES, CONTROL = "job.sources", "job.control"


def streams(job: JobSettings) -> Iterator[tuple[str, RedisStream]]:
    """Yield (setting, stream) of each Redis stream that is read; raise `SettingError` for what is none."""
    for url in job.sources:
        if is_redis(place := source_url(url).place):
            yield SOURCES, redis_stream(place, SOURCES)
    if is_redis(job.control):
        yield CONTROL, redis_stream(str(job.control), CONTROL)


def keys(settings: Settings) -> list[str]:
    """Return the keys of all streams that the job reads, each partition's."""
    return [key for _, stream in streams(settings.job) for key in stream.keys(settings.redis.prefix)]


def check_streams(job: JobSettings) -> None:
    """Raise `SettingError` for a stream that the job writes itself, or reads twice."""
    seen: dict[str, str] = {}
    for setting, stream in streams(job):
        check_input(stream, setting, job.outputs)
        if stream.name in seen:
            raise SettingError(f"{setting}: redis:{stream.name} is named twice, in {seen[stream.name]} before; name it once")
        seen[stream.name] = setting


def check_readers(settings: Settings) -> None:
    """Raise `SettingError` for more readers than partitions, or beside a source that is read by fewer."""
    readers = settings.redis.readers
    if readers == 1:
        return
    named = [(url, source_url(url).place) for url in settings.job.sources]
    for url, place in named:
        if not is_redis(place):
            raise SettingError(f"redis.readers must be 1 beside {url}: its records would be spread and lose their order")
        if (count := redis_stream(place, SOURCES).partitions) < readers:
            raise SettingError(
                f"redis.readers is {readers}, and {url} has {count} partition{'s' * (count > 1)}: give {count} at most, "
                f"or write by account into redis:NAME?partitions={readers}"
            )
