"""The bench's Kafka broker with TLS and SASL listeners, one per test session; its jars are fetched if they
are absent.
"""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource  # type: ignore[attr-defined]

from flink_job.bench import broker
from flink_job.bench.broker import java_program
from tests.support.job_process import ROOT, wait_for

START_S = 90.0
USER, PASSWORD = "ringwatch", "sesame-of-the-tests"


class KafkaBroker(broker.KafkaBroker):
    """Listeners on the loopback address: plain, TLS, and SASL over TLS. It tells what its topics hold."""

    listeners = ("PLAINTEXT", "TLS", "SASL")

    @property
    def tls(self) -> str:
        return f"localhost:{self.ports['TLS']}"

    @property
    def sasl(self) -> str:
        return f"localhost:{self.ports['SASL']}"

    @property
    def authority(self) -> Path:
        """The certificate that clients must trust, PEM."""
        return self.folder / "ca.pem"

    def prepare(self) -> None:
        """With a certificate."""
        self.folder.mkdir(parents=True, exist_ok=True)
        make_certificate(self.folder / "broker.p12", self.authority)
        super().prepare()

    def delete(self, topic: str) -> None:
        """Delete a topic and wait until it is gone."""
        admin = AdminClient(self.client)
        admin.delete_topics([topic])[topic].result(30)
        wait_for(lambda: topic not in admin.list_topics(timeout=10).topics, f"the end of {topic}", START_S)

    def set_longest(self, topic: str, most_bytes: int) -> None:
        """Set how long a message of a topic may be."""
        entry = ConfigEntry("max.message.bytes", str(most_bytes), incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry])
        admin = AdminClient(self.client)  # it ends, and its calls, when nothing names it
        admin.incremental_alter_configs([resource])[resource].result(30)

    def remove_before(self, topic: str, offset: int, partition: int = 0) -> None:
        """Remove the records of a partition before an offset, as its retention does."""
        admin = AdminClient(self.client)
        for done in admin.delete_records([TopicPartition(topic, partition, offset)]).values():
            done.result(30)

    def records(self, topic: str, committed: bool = True) -> list[Any]:
        """Every message of a topic up to its present end, partition by partition, as a new read_committed
        (or dirty) reader sees it.
        """
        level = "read_committed" if committed else "read_uncommitted"
        options = {**self.client, "group.id": uuid.uuid4().hex, "isolation.level": level, "enable.partition.eof": True}
        consumer = Consumer({**options, "auto.offset.reset": "earliest", "enable.auto.commit": False})
        partitions = list(consumer.list_topics(topic, 30).topics[topic].partitions)
        consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
        found, ended = [], set()
        while len(ended) < len(partitions):
            for message in consumer.consume(1000, 1.0):
                if message.error() is None:
                    found.append(message)
                else:
                    ended.add(message.partition())
        consumer.close()
        return found

    def commit(self, group: str, topic: str, offset: int) -> None:
        """Commit a group's offset of partition 0."""
        consumer = Consumer({**self.client, "group.id": group})

        def is_taken() -> bool:
            try:
                consumer.commit(offsets=[TopicPartition(topic, 0, offset)], asynchronous=False)
            except KafkaException as error:
                assert error.args[0].retriable() or error.args[0].name() == "NOT_COORDINATOR", error
                return False
            return True

        wait_for(is_taken, "the group's coordinator", START_S)
        consumer.close()

    def transaction(self, topic: str, values: list[bytes], name: str) -> None:
        """Send records in a transaction of their own, and commit it."""
        producer = Producer({**self.client, "transactional.id": name})
        producer.init_transactions(30)
        producer.begin_transaction()
        for value in values:
            producer.produce(topic, value)
        producer.commit_transaction(30)

    def has_open_transaction(self, topic: str) -> bool:
        """Does the topic hold records that are not committed yet? Asks for offsets only: a look at a moment,
        not at some seconds.
        """
        ends = []
        for level in ("read_committed", "read_uncommitted"):
            consumer = Consumer({**self.client, "group.id": uuid.uuid4().hex, "isolation.level": level})
            partitions = consumer.list_topics(topic, 30).topics[topic].partitions
            ends.append(sum(consumer.get_watermark_offsets(TopicPartition(topic, partition), 30)[1] for partition in partitions))
            consumer.close()
        return ends[0] < ends[1]

    def committed_offset(self, group: str, topic: str) -> int:
        """Sum of the offsets that a group has committed."""
        consumer = Consumer({**self.client, "group.id": group})
        partitions = [TopicPartition(topic, partition) for partition in consumer.list_topics(topic, 30).topics[topic].partitions]
        found: list[Any] = []

        def answers() -> bool:
            try:
                found[:] = consumer.committed(partitions, 30)
            except KafkaException as error:  # the first question makes the broker set its coordinator up
                assert error.args[0].retriable() or error.args[0].name() == "NOT_COORDINATOR", error
                return False
            return True

        wait_for(answers, "the group's coordinator", START_S)
        consumer.close()
        return sum(max(partition.offset, 0) for partition in found)

    def configuration(self) -> dict[str, str]:
        told = {name: f"{name}://{'127.0.0.1' if name == 'PLAINTEXT' else 'localhost'}:{self.ports[name]}" for name in self.listeners}
        login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        return super().configuration() | {
            "advertised.listeners": ",".join(told.values()),
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,TLS:SSL,SASL:SASL_SSL,CONTROLLER:PLAINTEXT",
            "ssl.keystore.location": str(self.folder / "broker.p12"),
            "ssl.keystore.password": PASSWORD,
            "ssl.keystore.type": "PKCS12",
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.sasl.plain.sasl.jaas.config": f'{login} user_{USER}="{PASSWORD}";',
        }


def make_certificate(keystore: Path, certificate: Path) -> None:
    """A self-signed certificate for localhost: with its key as PKCS12, alone as PEM."""
    store = ["-keystore", str(keystore), "-storepass", PASSWORD, "-alias", "broker"]
    made = ["-genkeypair", "-keyalg", "EC", "-dname", "CN=localhost", "-ext", "SAN=dns:localhost", "-validity", "2", "-storetype", "PKCS12"]
    for arguments in (made, ["-exportcert", "-rfc", "-file", str(certificate)]):
        subprocess.run([java_program("keytool"), *arguments, *store], check=True, capture_output=True)


@pytest.fixture(scope="session")
def kafka_jars() -> None:
    fetch_jars()


def fetch_jars() -> None:
    """Connector and broker, from Maven Central where they are absent."""
    for folder in ("deploy", "deploy/broker"):
        done = subprocess.run([sys.executable, ROOT / "deploy" / "jars.py", ROOT / folder], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def kafka_broker(kafka_jars: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    with KafkaBroker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker
