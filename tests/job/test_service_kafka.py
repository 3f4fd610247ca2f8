"""Scoring by Kafka, with a made-up job between two topics of a real broker."""

from __future__ import annotations

import asyncio
import threading
import uuid
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer

from flink_job.settings.kafka_client import client_properties
from flink_job.settings.kafka_settings import KafkaSettings
from ops.scoring.answers import UnlikeError
from ops.scoring.kafka_gate import KafkaGate
from ops.scoring.kafka_watch import KafkaWatch
from ops.scoring.publishing import LabelSettings, Publishing
from ops.scoring.scoring import Scoring
from ops.scoring.settings import ScoreSettings
from tests.support.kafka_broker import PASSWORD, USER, KafkaBroker
from tests.support.scoring_rig import GRAPH, READER, body, decision

pytestmark = [pytest.mark.flink, pytest.mark.timeout(300)]

EVENTS, DECISIONS = "score-events", "score-decisions"


class KafkaJob(threading.Thread):
    """A job that decides each event twice, as at_least_once may after a fault: the second time otherwise."""

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self.ended, self.lines, self._options = threading.Event(), list[tuple[bytes, bytes]](), options

    def run(self) -> None:
        consumer = Consumer({**self._options, "group.id": uuid.uuid4().hex, "auto.offset.reset": "earliest", "fetch.wait.max.ms": 20})
        consumer.subscribe([EVENTS])
        producer = Producer({**self._options, "linger.ms": 0})
        while not self.ended.is_set():
            message = consumer.poll(0.1)
            if message is None or message.error():
                continue
            self.lines.append((message.key(), message.value()))
            if b"slow" not in message.value():
                for outcome in ("block", "approve"):
                    made = decision(message.value(), outcome)
                    producer.produce(DECISIONS, made["json"].encode(), made["account"])
            producer.flush(5)
        consumer.close()


LOGIN = f"org.apache.kafka.common.security.plain.PlainLoginModule required username={USER} password=${{env:SHOP_PASSWORD}};"


def properties_of(kafka_broker: KafkaBroker) -> dict[str, str]:
    """What `kafka.properties` of the job come to for a login over TLS."""
    store = {"ssl.truststore.type": "PEM", "ssl.truststore.location": str(kafka_broker.authority)}
    login = {"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.jaas.config": LOGIN}
    return client_properties(KafkaSettings(properties={**store, **login}))


def scoring_by(broker: str, properties: dict[str, str] | None = None, heard: set[str] | None = None) -> Scoring:
    """A service; the ids of the events whose decisions have come are put into `heard`."""
    gate = KafkaGate(broker, properties)
    publishing = Publishing(READER, gate, lambda _: EVENTS, gate, LabelSettings(lambda _: EVENTS))
    scoring = Scoring(ScoreSettings(deadline_ms=10_000), GRAPH, READER, gate, lambda _: EVENTS, publishing)

    def take(account: str, event_id: str, text: bytes) -> None:
        scoring.take_decision(account, event_id, text)
        if heard is not None:
            heard.add(event_id)

    scoring.runs([KafkaWatch(broker, DECISIONS, 30.0, take, properties)])
    return scoring


def test_decisions_come_by_kafka_and_one_that_comes_twice_does_not_matter(
    kafka_broker: KafkaBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the two instances one logs in over TLS."""
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    broker = str(kafka_broker.client["bootstrap.servers"])
    for topic in (EVENTS, DECISIONS):
        kafka_broker.create(topic)
    job = KafkaJob(kafka_broker.client)

    async def run() -> None:
        heard = set[str]()
        one, other = scoring_by(kafka_broker.sasl, properties_of(kafka_broker)), scoring_by(broker, heard=heard)
        await one.start()
        await other.start()
        job.start()
        while one.away_s or other.away_s:
            await asyncio.sleep(0.1)
        bodies = [body(f"e{number}") for number in range(30)]
        scored = await asyncio.gather(*map(one.score, bodies))
        assert {answer.document["decision"] for answer in scored} == {"block"}
        assert not any(answer.fallback for answer in scored)
        while len(heard) < len(bodies):  # an instance that has not read a decision yet sends its event once more
            await asyncio.sleep(0.05)
        assert [answer.text for answer in await asyncio.gather(*map(other.score, bodies))] == [answer.text for answer in scored]
        assert sorted(job.lines) == sorted((b"anna", line) for line in bodies)
        with pytest.raises(UnlikeError):
            await one.score(body("e1", device_fingerprint="other"))
        late = await one.score(body("slow"), 2000)
        assert (late.fallback, late.accepted, late.why) == (True, True, "deadline")
        assert [result.status for result in await one.publish([body("p1"), body("p2")])] == ["accepted", "accepted"]
        await one.stop(1)
        await other.stop(1)

    try:
        asyncio.run(asyncio.wait_for(run(), 120))
    finally:
        job.ended.set()
        job.join()
