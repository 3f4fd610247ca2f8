"""A topic of a real Kafka into the lake: offsets from the lake, each record once, gaps said."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest

from ops.lake.delta import LakeTable
from ops.lake.kafka_source import KafkaSource
from ops.lake.meter import Meter
from ops.lake.sources import SourceAwayError
from ops.lake.tables import tables
from ops.lake.way import Way
from tests.ops.lake.lake_samples import archived, decision, expected
from tests.support.kafka_broker import KafkaBroker

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]


class Bench:
    """A topic and a lake; every `archive` is an archiver of its own, begun anew."""

    def __init__(self, broker: KafkaBroker, lake: Path, partitions: int = 3) -> None:
        self.broker, self.lake = broker, lake
        self.topic = f"decisions-{uuid.uuid4().hex[:8]}"
        broker.create(self.topic, partitions)

    def send(self, numbers: range) -> None:
        self.broker.produce(self.topic, ((f"a{number % 7}", json.dumps(decision(number)).encode()) for number in numbers))

    def archive(self, most: int = 100_000) -> Meter:
        table, meter = tables()["decisions"], Meter()
        source = KafkaSource(self.broker.plain, self.topic)
        way = Way(table, LakeTable(str(self.lake), table), source, most, meter)
        try:
            while way.step():
                pass
        finally:
            way.close()
        return meter


def test_each_record_is_archived_once(kafka_broker: KafkaBroker, tmp_path: Path) -> None:
    bench = Bench(kafka_broker, tmp_path)
    bench.send(range(2000))
    bench.archive(most=500)
    bench.send(range(2000, 2500))
    assert bench.archive().rows["decisions"] == 500
    assert bench.archive().commits["decisions"] == 0
    assert archived(tmp_path) == expected(range(2500))


def test_what_a_transaction_has_not_committed_is_not_archived(kafka_broker: KafkaBroker, tmp_path: Path) -> None:
    from confluent_kafka import Producer

    bench = Bench(kafka_broker, tmp_path, 1)
    producer = Producer({**kafka_broker.client, "transactional.id": uuid.uuid4().hex})
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(bench.topic, json.dumps(decision(1)).encode())
    producer.flush(30)
    producer.abort_transaction(30)
    kafka_broker.transaction(bench.topic, [json.dumps(decision(2)).encode()], uuid.uuid4().hex)
    bench.archive()
    bench.archive()
    assert archived(tmp_path) == expected(range(2, 3))


def test_what_was_deleted_before_is_said(kafka_broker: KafkaBroker, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(kafka_broker, tmp_path, 1)
    bench.send(range(10))
    bench.archive()
    bench.send(range(10, 30))
    kafka_broker.remove_before(bench.topic, 15)
    bench.archive()
    assert archived(tmp_path) == expected(range(10)) + expected(range(15, 30))
    assert "5 records of topic" in caplog.text and "let Kafka keep them longer" in caplog.text


def test_a_topic_that_is_not_there_passes(kafka_broker: KafkaBroker) -> None:
    source = KafkaSource(kafka_broker.plain, "nothing-here")
    with pytest.raises(SourceAwayError, match="does not give the topic nothing-here"):
        source.names()
    source.close()
