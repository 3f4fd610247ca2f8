"""Where `ringwatch publish` sends lines: a stream of Redis, or a topic of Kafka."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from domain.errors import SettingError

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings

KAFKA_MEND = "needs Kafka's client for Python: pip install confluent-kafka"
ANSWERED_S = 5.0
"""How long Kafka may take to say that the topic is there."""
SENT_MS = 30_000
"""How long a line may be under way, in ms: a broker that fails is replaced in less."""
WAIT_S = 0.2
MOST_BYTES = 12_000_000
"""Of a line, for the client: longer than any record of Kinesis, so that the topic's own limit counts."""


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
    from flink_job.settings.kafka_client import client_properties
    from flink_job.settings.kafka_url import is_kafka, kafka_topic
    from flink_job.settings.redis_url import check_input, is_redis, is_server, partition_of, redis_stream
    from ops.redis.publisher import Publisher
    from ops.secrets import redis_url

    if is_kafka(url):
        topic = kafka_topic(url, option)
        return KafkaTarget(topic.brokers, topic.name, option, on_wait, client_properties(settings.kafka))
    if not is_redis(url) and not is_server(url):
        raise SettingError(f"{option}: {url!r} is not understood; write redis:NAME or kafka://BROKER/TOPIC")
    stream = redis_stream(url, option)
    check_input(stream, option, settings.job.outputs)
    keys = stream.keys(settings.redis.prefix)
    place = (lambda line: partition_of(account_of(line), len(keys))) if len(keys) > 1 else None
    return Publisher(redis_url(settings.redis.url), settings.redis.prefix, keys, place, on_wait=on_wait)


class PublishError(RuntimeError):
    """Error of a Kafka that does not answer, or refuses lines."""


class KafkaTarget:
    """A topic. Lines are keyed by their account, and there when all replicas in step have them."""

    unread = 0

    def __init__(
        self, brokers: str, topic: str, option: str, on_wait: Callable[[], None], properties: Mapping[str, str] | None = None
    ) -> None:
        """Ask the brokers for the topic; raise `PublishError` where none answers.

        `on_wait` may end a wait by raising. `properties` are further ones of the client: TLS, SASL.
        """
        try:
            from confluent_kafka import Producer
        except ImportError:
            raise SettingError(f"{option} kafka:// {KAFKA_MEND}") from None
        self._topic, self._failed, self._said, self._on_wait = topic, "", "", on_wait
        options = {
            "bootstrap.servers": brokers,
            "enable.idempotence": True,
            "linger.ms": 5,
            "message.timeout.ms": SENT_MS,
            "message.max.bytes": MOST_BYTES,
        }
        self._producer = Producer(
            {**options, **(properties or {}), "log_level": 0, "error_cb": self._heard}
        )  # its log lines say all that many times
        self._find(brokers, option)

    def _find(self, brokers: str, option: str) -> None:
        """Wait until the topic is there: brokers that make topics by themselves say none at first."""
        from confluent_kafka import KafkaException

        end = time.monotonic() + ANSWERED_S
        try:
            while found := self._producer.list_topics(self._topic, timeout=ANSWERED_S).topics[self._topic].error:
                if time.monotonic() > end:
                    why = f"has no topic {self._topic} to write to ({found.str()})"
                    raise PublishError(f"Kafka at {brokers} {why}: create it, or correct {option}")
                self._on_wait()
                time.sleep(WAIT_S)
        except KafkaException as error:
            self._producer.poll(0)
            why = self._said or error.args[0].str()
            raise PublishError(f"Kafka at {brokers} does not answer ({why}): start it, or correct {option} or kafka.properties") from None

    def send(self, lines: Sequence[bytes]) -> None:
        """Send lines and wait for the brokers' answers; raise `PublishError` for what they refuse."""
        from confluent_kafka import KafkaException

        try:
            for line in lines:
                key = account_of(line).encode("utf-8", "replace")  # JSON may name half a surrogate pair
                self._producer.produce(self._topic, line, key, on_delivery=self._answered)
        except KafkaException as error:
            self._failed = _why(error.args[0])
        while self._producer.flush(WAIT_S):
            self._on_wait()
        if self._failed:
            raise PublishError(f"the topic {self._topic} does not take the lines: {self._failed}{self._said and f' ({self._said})'}")

    def _answered(self, error: Any, _: Any) -> None:
        if error is not None:
            self._failed = _why(error)

    def _heard(self, error: Any) -> None:
        """Keep why a broker cannot be reached; that none can is said anyway."""
        if error.name() != "_ALL_BROKERS_DOWN":
            self._said = error.str().partition(" (after")[0]

    def lag(self) -> int | None:
        """Return None: the job's group says."""
        return None

    def look(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Drop what was not sent, where the feed was stopped."""
        self._producer.purge()


def _why(error: Any) -> str:
    """Return why a line was not taken, with the mend where there is one."""
    from confluent_kafka import KafkaError

    is_long = error.code() == KafkaError.MSG_SIZE_TOO_LARGE
    return f"{error.str()}: raise max.message.bytes of the topic" if is_long else str(error.str())


def account_of(line: bytes) -> str:
    """Return the account of an event as it was sent, its pseudonym where that was, or in an action; else
    empty.
    """
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(document, dict):
        return ""
    account, hidden, action = (document.get(name) for name in ("account_id", "pseudonyms", "data"))
    for holder in (hidden, action):
        if account is None and isinstance(holder, dict):
            account = holder.get("account")
    return "" if account is None else str(account)
