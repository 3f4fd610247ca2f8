"""A real Apache Kafka broker (KRaft, one JVM) for the tests, one per test session; its jars are fetched if they are absent."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from tests.job_process import ROOT, wait_for

START_S = 90.0
USER, PASSWORD = "ringwatch", "sesame-of-the-tests"


@dataclass
class KafkaBroker:
    """Listeners on the loopback address: plain, TLS, and SASL over TLS. One broker, also its own controller."""

    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def plain(self) -> str:
        return f"127.0.0.1:{self.ports['PLAINTEXT']}"

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

    @property
    def _client(self) -> dict[str, Any]:
        return {"bootstrap.servers": self.plain, "log_level": 0}

    def prepare(self) -> None:
        """Certificate, configuration, formatted storage."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ports = dict(zip(("PLAINTEXT", "TLS", "SASL", "CONTROLLER"), _free_ports(4), strict=True))
        make_certificate(self.folder / "broker.p12", self.authority)
        (self.folder / "server.properties").write_text("".join(f"{name}={value}\n" for name, value in self._configuration().items()))
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        self._java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self.folder / "server.properties"), wait=True)

    def start(self) -> None:
        """Start (again) and wait until it answers; its log directory and ports stay the same."""
        self.process = self._java("kafka.Kafka", str(self.folder / "server.properties"))
        admin = AdminClient(self._client)

        def answers() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, f"the broker ended:\n{(self.folder / 'broker.log').read_text()[-4000:]}"
            try:
                admin.list_topics(timeout=2)
            except Exception:
                return False
            return True

        wait_for(answers, "the Kafka broker", START_S)

    def stop(self, kill: bool = False) -> None:
        assert self.process is not None
        self.process.kill() if kill else self.process.terminate()
        self.process.wait(60)

    def create(self, topic: str, partitions: int = 1) -> str:
        """The topic's kafka:// URL."""
        admin = AdminClient(self._client)  # futures die with it
        made = admin.create_topics([NewTopic(topic, partitions, 1)])
        made[topic].result(30)
        return f"kafka://{self.plain}/{topic}"

    def produce(self, topic: str, records: list[tuple[str | None, bytes | None]]) -> None:
        """(key, value) records, in order; the key decides the partition."""
        producer = Producer({**self._client, "queue.buffering.max.messages": 1_000_000, "message.max.bytes": 20_000_000})
        for key, value in records:
            producer.produce(topic, value, key)
        assert producer.flush(60) == 0

    def records(self, topic: str, committed: bool = True) -> list[Any]:
        """Every message of a topic up to its present end, partition by partition, as a new read_committed (or dirty) reader sees it."""
        level = "read_committed" if committed else "read_uncommitted"
        options = {**self._client, "group.id": uuid.uuid4().hex, "isolation.level": level, "enable.partition.eof": True}
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

    def committed_offset(self, group: str, topic: str) -> int:
        """Sum of the offsets that a group has committed."""
        consumer = Consumer({**self._client, "group.id": group})
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

    def _configuration(self) -> dict[str, str]:
        listeners = {name: f"{name}://127.0.0.1:{port}" for name, port in self.ports.items()}
        told = {name: url.replace("127.0.0.1", "localhost" if name in ("TLS", "SASL") else "127.0.0.1") for name, url in listeners.items()}
        login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self.ports['CONTROLLER']}",
            "controller.listener.names": "CONTROLLER",
            "listeners": ",".join(listeners.values()),
            "advertised.listeners": ",".join(url for name, url in told.items() if name != "CONTROLLER"),
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,TLS:SSL,SASL:SASL_SSL,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
            "ssl.keystore.location": str(self.folder / "broker.p12"),
            "ssl.keystore.password": PASSWORD,
            "ssl.keystore.type": "PKCS12",
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.sasl.plain.sasl.jaas.config": f'{login} user_{USER}="{PASSWORD}";',
            "log.dirs": str(self.folder / "data"),
            "auto.create.topics.enable": "false",
            "offsets.topic.num.partitions": "1",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.num.partitions": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
        }

    def _java(self, main: str, *arguments: str, wait: bool = False) -> Any:
        jars = ROOT / "deploy" / "broker" / "jars" / "*"
        options = ["-Xms128m", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
        command = [java_program("java"), *options, "-cp", str(jars), main, *arguments]
        with (self.folder / "broker.log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        if wait:
            assert process.wait(60) == 0, (self.folder / "broker.log").read_text()[-4000:]
        return process


def java_program(name: str) -> str:
    """A program that comes with the Java of the tests."""
    home = os.environ.get("JAVA_HOME")
    found = Path(home, "bin", name) if home else Path(os.path.realpath(shutil.which("java") or "java")).parent / name
    assert found.exists(), f"{found} is missing: Java's own {name} is needed"
    return str(found)


def make_certificate(keystore: Path, certificate: Path) -> None:
    """A self-signed certificate for localhost: with its key as PKCS12, alone as PEM."""
    store = ["-keystore", str(keystore), "-storepass", PASSWORD, "-alias", "broker"]
    made = ["-genkeypair", "-keyalg", "EC", "-dname", "CN=localhost", "-ext", "SAN=dns:localhost", "-validity", "2", "-storetype", "PKCS12"]
    for arguments in (made, ["-exportcert", "-rfc", "-file", str(certificate)]):
        subprocess.run([java_program("keytool"), *arguments, *store], check=True, capture_output=True)


def _free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


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
    broker = KafkaBroker(tmp_path_factory.mktemp("kafka"))
    broker.prepare()
    broker.start()
    yield broker
    broker.stop()
