"""A real Apache Kafka broker (KRaft, one JVM) on the loopback address; its jars are those of
`deploy/broker`.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from flink_job.bench.requirements import BROKER_JARS
from flink_job.cluster.environment import MachineError
from gnn.history.replay import event_lines
from ops.free_ports import free_ports

START_S, STOP_S = 90.0, 60.0


@dataclass
class KafkaBroker:
    """One broker, also its own controller, with a plain listener; a context manager."""

    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    listeners = ("PLAINTEXT",)

    @property
    def plain(self) -> str:
        return f"127.0.0.1:{self.ports['PLAINTEXT']}"

    @property
    def pid(self) -> int:
        if self.process is None:
            raise MachineError("the Kafka broker does not run")
        return self.process.pid

    @property
    def client(self) -> dict[str, Any]:
        """Options of a client of the plain listener."""
        return {"bootstrap.servers": self.plain, "log_level": 0}

    def __enter__(self) -> Self:
        self.prepare()
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def prepare(self) -> None:
        """Write the configuration and format the storage."""
        self.folder.mkdir(parents=True, exist_ok=True)
        names = (*self.listeners, "CONTROLLER")
        self.ports = dict(zip(names, free_ports(len(names)), strict=True))
        (self.folder / "server.properties").write_text("".join(f"{name}={value}\n" for name, value in self.configuration().items()))
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # with "=", for one id in sixty-four begins with a hyphen
        format_storage = ("kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", str(self.folder / "server.properties"))
        if self._java(*format_storage).wait(STOP_S):
            raise MachineError(f"the Kafka broker's storage could not be formatted: {self._last_words()}")

    def start(self) -> None:
        """Start (again) and wait until it answers; its log directory and ports stay the same."""
        self.process = self._java("kafka.Kafka", str(self.folder / "server.properties"))
        admin, end = AdminClient(self.client), time.monotonic() + START_S
        while True:
            try:
                admin.list_topics(timeout=2)
                return
            except Exception as error:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise MachineError(f"the Kafka broker does not answer: {self._last_words()}") from error
                time.sleep(0.1)

    def stop(self, kill: bool = False) -> None:
        if self.process is None:
            return
        self.process.kill() if kill else self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def create(self, topic: str, partitions: int = 1) -> str:
        """Create a topic and return its kafka:// URL."""
        admin = AdminClient(self.client)  # futures die with it
        made = admin.create_topics([NewTopic(topic, partitions, 1)])
        made[topic].result(30)
        return f"kafka://{self.plain}/{topic}"

    def produce(self, topic: str, records: Iterable[tuple[str | None, bytes | None]]) -> None:
        """Send (key, value) records, in order; the key decides the partition."""
        producer = Producer({**self.client, "queue.buffering.max.messages": 1_000_000, "message.max.bytes": 20_000_000})
        for key, value in records:
            while True:
                try:
                    producer.produce(topic, value, key)
                    break
                except BufferError:
                    producer.poll(0.1)
        if left := producer.flush(60):
            raise MachineError(f"the Kafka broker did not take {left} records: {self._last_words()}")

    def configuration(self) -> dict[str, str]:
        """Return what goes into server.properties."""
        listeners = {name: f"{name}://127.0.0.1:{port}" for name, port in self.ports.items()}
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self.ports['CONTROLLER']}",
            "controller.listener.names": "CONTROLLER",
            "listeners": ",".join(listeners.values()),
            "advertised.listeners": ",".join(url for name, url in listeners.items() if name != "CONTROLLER"),
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
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

    def _java(self, main: str, *arguments: str) -> subprocess.Popen[bytes]:
        options = ["-Xms128m", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
        command = [java_program("java"), *options, "-cp", str(BROKER_JARS / "*"), main, *arguments]
        with (self.folder / "broker.log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)  # noqa: S603 - the user's own java

    def _last_words(self) -> str:
        return " ".join((self.folder / "broker.log").read_text(errors="replace").split())[-1000:]


def publish(broker: KafkaBroker, topic: str, events: Path, partitions: int) -> str:
    """Write the lines of a file to a topic, keyed by account, and return the topic's URL."""
    url = broker.create(topic, partitions)
    broker.produce(topic, ((account_of(line), line) for line in event_lines([events])))
    return url


def account_of(line: bytes) -> str | None:
    """Return the key of a record; None for what is no event."""
    try:
        return str(json.loads(line)["account_id"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def java_program(name: str) -> str:
    """Return the path of a program that comes with the Java in use."""
    home = os.environ.get("JAVA_HOME")
    found = Path(home, "bin", name) if home else Path(os.path.realpath(shutil.which("java") or "java")).parent / name
    if not found.exists():
        raise MachineError(f"{found} is missing: Java's own {name} is needed")
    return str(found)
