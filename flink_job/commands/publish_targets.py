"""Where `ringwatch publish` sends lines: a stream of Redis, or a topic of Kafka."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from domain.errors import SettingError

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings

KAFKA_MEND = "needs Kafka's client for Python: pip install confluent-kafka"


class Target(Protocol):
    """A place that takes lines."""

    @property
    def unread(self) -> int:
        """Return the lines there that no job is known to have read, 0 where nobody need know."""
        ...

    def send(self, lines: Sequence[bytes]) -> None:
        """Send lines; they are there when this returns."""
        ...

    def lag(self) -> int | None:
        """Return how many lines the job has still to read, None where that is not known."""
        ...

    def look(self) -> None:
        """Ask anew what `unread` and `lag` are."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


def target_of(url: str, option: str, settings: Settings, on_wait: Callable[[], None]) -> Target:
    """Return the target that a URL names; raise `SettingError` for one that names none."""
    from flink_job.settings.kafka_url import is_kafka, kafka_topic
    from flink_job.settings.redis_url import check_input, is_redis, is_server, partition_of, redis_stream
    from ops.redis.publisher import Publisher
    from ops.secrets import redis_url

    if is_kafka(url):
        topic = kafka_topic(url, option)
        return KafkaTarget(topic.brokers, topic.name)
    if not is_redis(url) and not is_server(url):
        raise SettingError(f"{option}: {url!r} is not understood; write redis:NAME or kafka://BROKER/TOPIC")
    stream = redis_stream(url, option)
    check_input(stream, option, settings.job.decisions)
    keys = stream.keys(settings.redis.prefix)
    place = (lambda line: partition_of(account_of(line), len(keys))) if len(keys) > 1 else None
    return Publisher(redis_url(settings.redis.url), settings.redis.prefix, keys, place, on_wait=on_wait)


class KafkaTarget:
    """A topic. Lines are keyed by their account, and there when all replicas in step have them."""

    unread = 0

    def __init__(self, brokers: str, topic: str) -> None:
        try:
            from confluent_kafka import Producer
        except ImportError:
            raise SettingError(f"--to kafka:// {KAFKA_MEND}") from None
        self._topic, self._failed = topic, ""
        self._producer = Producer({"bootstrap.servers": brokers, "enable.idempotence": True, "linger.ms": 5})

    def send(self, lines: Sequence[bytes]) -> None:
        """Send lines and wait for the broker's answers; raise RuntimeError for what it refuses."""
        for line in lines:
            self._producer.produce(self._topic, line, account_of(line), on_delivery=self._answered)
        self._producer.flush()
        if self._failed:
            raise RuntimeError(f"the topic {self._topic} does not take the lines: {self._failed}")

    def _answered(self, error: Any, _: Any) -> None:
        if error is not None:
            self._failed = str(error)

    def lag(self) -> int | None:
        """Return None: the job's group says."""
        return None

    def look(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing: all is sent."""


def account_of(line: bytes) -> str:
    """Return the account of an event as it was sent, its pseudonym where that was; empty for no event."""
    try:
        document = json.loads(line)
    except ValueError:
        return ""
    if not isinstance(document, dict):
        return ""
    account, hidden = document.get("account_id"), document.get("pseudonyms")
    if account is None and isinstance(hidden, dict):
        account = hidden.get("account")
    return "" if account is None else str(account)
