"""Whether the brokers answer, let the job in, know its topics and allow its transactions.

Kafka's own client asks them.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.wording import counted
from flink_job.cluster.environment import set_java_environment
from flink_job.connectors.kafka_topics import jar_urls, topics
from flink_job.settings.kafka_settings import EXACTLY_ONCE, REFERENCE, KafkaSettings
from flink_job.settings.settings import Settings

PATIENCE_S = 10


class KafkaError(RuntimeError):
    """Error of a Kafka that the job cannot use; the message says what to do."""


@dataclass(frozen=True)
class KafkaFound:
    """What a Kafka in order has."""

    text: str
    partitions: Mapping[str, int]
    """How many partitions each topic of `job.sources` has, by name."""


def check_kafka(settings: Settings) -> KafkaFound:
    """Return what was found; raise `KafkaError` or `SettingError` otherwise. Starts PyFlink's JVM."""
    named, kafka = topics(settings), settings.kafka
    writes = [topic for name in (*settings.job.outputs, "job.rejected") for topic in named.get(name, [])]
    limit = kafka.transaction_timeout_ms(settings.job.checkpoint_interval_s) if writes and kafka.guarantee == EXACTLY_ONCE else None
    jars = jar_urls(settings)
    _references(kafka)
    set_java_environment(settings)

    from pyflink.util.java_utils import add_jars_to_context_class_loader

    add_jars_to_context_class_loader(jars)
    clusters: dict[str, set[str]] = defaultdict(set)
    for topic in (topic for group in named.values() for topic in group):
        clusters[topic.brokers].add(topic.name)
    writing = {topic.brokers for topic in writes}
    sources = {(topic.brokers, topic.name) for topic in named.get("job.sources", [])}
    partitions: dict[str, int] = {}
    for brokers, names in clusters.items():
        found = _cluster(brokers, names, kafka, limit if brokers in writing else None)
        partitions |= {name: count for name, count in found.items() if (brokers, name) in sources}
    count = sum(map(len, clusters.values()))
    return KafkaFound(f"{counted(count, 'topic')} at {' and '.join(clusters)}, {kafka.guarantee}", partitions)


def _references(kafka: KafkaSettings) -> None:
    """Raise `KafkaError` for a reference to a secret that leads nowhere.

    A client would send the reference itself, and the broker would only refuse a strange password.
    """
    for name, value in kafka.properties.items():
        for kind, rest in REFERENCE.findall(value):
            path = rest.split(":")[0]
            if kind == "env" and rest not in os.environ:
                raise KafkaError(f"kafka.properties.{name} refers to the environment variable {rest}, which is not set: set it")
            if kind != "env" and not Path(path).exists():
                raise KafkaError(f"kafka.properties.{name} refers to {path}, which does not exist: correct the path")


def _cluster(brokers: str, names: set[str], kafka: KafkaSettings, transaction_timeout_ms: int | None) -> dict[str, int]:
    """Return how many partitions each of the topics has."""
    from pyflink.java_gateway import get_gateway

    jvm = get_gateway().jvm
    properties = jvm.java.util.Properties()
    wanted = {
        "bootstrap.servers": brokers,
        "request.timeout.ms": str(PATIENCE_S * 1000),
        "default.api.timeout.ms": str(PATIENCE_S * 1000),
        "client.id": f"{kafka.group}-check",
    }
    for name, value in {**kafka.client_properties(), **wanted}.items():
        properties.setProperty(name, value)
    admin = _answer(brokers, lambda: jvm.org.apache.kafka.clients.admin.Admin.create(properties))
    try:
        known = _answer(brokers, lambda: admin.listTopics().names().get())
        missing = sorted(names - {str(name) for name in known})
        if missing:
            raise KafkaError(f"{brokers} shows no topic {' and no topic '.join(missing)}: create it, or let the job's user describe it")
        if transaction_timeout_ms is not None:
            _transactions(jvm, admin, brokers, transaction_timeout_ms)
        described = _answer(brokers, lambda: admin.describeTopics(jvm.java.util.ArrayList(sorted(names))).allTopicNames().get())
        return {name: len(described.get(name).partitions()) for name in sorted(names)}
    finally:
        admin.close(jvm.java.time.Duration.ofSeconds(1))


def _transactions(jvm: Any, admin: Any, brokers: str, wanted_ms: int) -> None:
    node = _answer(brokers, lambda: admin.describeCluster().nodes().get()).iterator().next()
    resource = jvm.org.apache.kafka.common.config.ConfigResource
    broker = resource(getattr(resource, "Type").BROKER, str(node.id()))  # noqa: B009 - a nested Java class
    try:
        found = admin.describeConfigs(jvm.java.util.Collections.singletonList(broker)).all().get()
    except Exception:  # the job's user need not be allowed to read the broker's configuration
        return
    allowed_ms = int(found.get(broker).get("transaction.max.timeout.ms").value())
    if wanted_ms > allowed_ms:
        raise KafkaError(
            f"kafka.transaction_timeout_s is {wanted_ms / 1000:g}, and {brokers} allows {allowed_ms / 1000:g}: make it shorter, or raise "
            "the broker's transaction.max.timeout.ms"
        )


def _answer(brokers: str, ask: Callable[[], Any]) -> Any:
    """Return the answer, or raise `KafkaError` in the operator's words."""
    try:
        return ask()
    except Exception as error:
        causes = _causes(error)
        text = " ".join(str(causes[-1][1]).split())
        kinds = " ".join(kind for kind, _ in causes)
        if "Ssl" in kinds or "SSL" in kinds:
            mend = f"its certificate is not accepted ({text}); correct ssl.truststore.location in kafka.properties"
        elif "Authentication" in kinds or "Login" in kinds:
            mend = f"it does not let the job in ({text}); correct the sasl settings in kafka.properties"
        elif "Authorization" in kinds:
            mend = f"it does not allow this ({text}); give the job's user the rights"
        elif "ConfigException" in kinds or "Failed to create" in str(causes[0][1]):
            raise KafkaError(f"{brokers}: Kafka's client refuses the kafka.properties or the kafka:// URL ({text}): correct them") from None
        elif "Timeout" in kinds or "Disconnect" in kinds:
            raise KafkaError(
                f"no Kafka broker at {brokers} answers within {PATIENCE_S} s: start it, or correct the kafka:// URL or security.protocol "
                "in kafka.properties"
            ) from None
        else:
            mend = text
        raise KafkaError(f"Kafka at {brokers}: {mend}") from None


def _causes(error: Exception) -> list[tuple[str, str]]:
    """Return (class, message) of a Java error and its causes, outermost first."""
    java, found = getattr(error, "java_exception", None), []
    while java is not None:
        found.append((java.getClass().getName().rsplit(".", 1)[-1], java.getMessage() or ""))
        java = java.getCause()
    return found or [(type(error).__name__, str(error))]
