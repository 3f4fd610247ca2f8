"""Whether two URLs name the same stream, however each is written."""

from __future__ import annotations

from flink_job.settings.kafka_url import is_kafka, kafka_topic
from flink_job.settings.redis_url import is_redis, redis_stream


def is_same_place(one: str, other: str) -> bool:
    """Return whether two URLs name one place, options aside; raise `SettingError` for one that is none.

    Streams of Redis are by name: all are of `redis.url`. Topics of Kafka are by name and by a broker, host
    and port, that both have.
    """
    first, second = one.partition("?")[0], other.partition("?")[0]
    if _place_of(first) != _place_of(second):
        return False
    return not is_kafka(first) or not _brokers_of(first).isdisjoint(_brokers_of(second))


def _place_of(url: str) -> tuple[str, str]:
    if is_redis(url):
        return "redis", redis_stream(url, url).name
    if is_kafka(url):
        return "kafka", kafka_topic(url, url).name
    scheme, _, path = url.partition(":")
    return scheme, path.removeprefix("//").rstrip("/")


def _brokers_of(url: str) -> frozenset[str]:
    return frozenset(kafka_topic(url, url).brokers.lower().split(","))
