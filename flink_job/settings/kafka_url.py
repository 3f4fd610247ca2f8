"""`kafka://broker[:port][,broker2[:port]]/topic`"""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.errors import SettingError

SCHEME = "kafka://"
DEFAULT_PORT = 9092
_BROKER = re.compile(r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d{1,5}))?")
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")  # what Kafka itself allows


@dataclass(frozen=True)
class KafkaTopic:
    """A topic and the brokers that know where it is (`host:port`, commas between)."""

    brokers: str
    name: str


def is_kafka(url: str | None) -> bool:
    """Return whether a URL names a Kafka topic."""
    return bool(url) and str(url).startswith("kafka:")


def kafka_topic(url: str, setting: str) -> KafkaTopic:
    """Read a topic's URL; refuse what is none, without repeating a password that someone may have put in."""
    brokers, slash, topic = url.removeprefix(SCHEME).partition("/")
    if "@" in url:
        raise SettingError(f"{setting}: a kafka:// URL holds no user or password; put sasl.jaas.config into kafka.properties")
    if not url.startswith(SCHEME) or not slash or not brokers:
        raise SettingError(f"{setting}: {url!r} is not understood; write kafka://BROKER[:PORT][,BROKER]/TOPIC")
    if "?" in topic:
        raise SettingError(f"{setting}: {url!r} holds an option; only URLs of job.sources have one, ?format=")
    if not _TOPIC.fullmatch(topic) or topic in {".", ".."}:
        raise SettingError(f"{setting}: {topic!r} is no name of a Kafka topic; it may hold letters, digits, '.', '_' and '-'")
    return KafkaTopic(",".join(_broker(broker, setting) for broker in brokers.split(",")), topic)


def _broker(text: str, setting: str) -> str:
    found = _BROKER.fullmatch(text)
    if not found or not 1 <= int(found["port"] or DEFAULT_PORT) <= 65_535:
        raise SettingError(f"{setting}: {text!r} is no broker; write HOST or HOST:PORT")
    return f"{found['host']}:{found['port'] or DEFAULT_PORT}"
