"""Positions in Kafka that are gone: what a source makes of them, asked of our Java classes and a broker."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from domain.events.notice import SourceNotice, bytes_of
from tests.support.job_process import ROOT
from tests.support.kafka_broker import KafkaBroker

pytestmark = [pytest.mark.flink, pytest.mark.timeout(300)]

LATEST, EARLIEST, COMMITTED = -1, -2, -3
"""How Flink writes a position that it will ask Kafka for."""

ASKED = """
import json, os, sys
from pathlib import Path
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway
from flink_job.cluster.java_folder import give_java_a_folder
from flink_job.connectors.java_classes import java_classes
from flink_job.connectors.kafka_streams import _properties

give_java_a_folder()
env = StreamExecutionEnvironment.get_execution_environment()
env.add_jars(*(path.as_uri() for path in Path(sys.argv[1]).glob("*.jar")))
ours, kafka = java_classes(env, "kafka"), get_gateway().jvm.org.apache.kafka
partition, flinks = kafka.common.TopicPartition, get_gateway().jvm.org.apache.flink.connector.kafka.source.split
serializer = ours.PositionedSplit.Serializer()
properties = _properties({"bootstrap.servers": sys.argv[2], "group.id": sys.argv[3], "client.id.prefix": "test"})

def shown(splits):
    stored = [serializer.deserialize(serializer.getVersion(), serializer.serialize(split)) for split in splits]
    return [[s.getTopic(), s.getPartition(), s.getStartingOffset(), ours.PositionedSplit.topicId(s)] for s in stored]

def restored(topic, number, offset, topic_id):
    split = flinks.KafkaPartitionSplit(partition(topic, number), offset)
    if topic_id is None:  # as a savepoint of the version before holds it
        return serializer.deserialize(0, flinks.KafkaPartitionSplitSerializer().serialize(split))
    return ours.PositionedSplit.of(split, offset, topic_id)

def lost(positions):
    gone = get_gateway().jvm.java.util.HashMap()
    for topic, number, offset in positions:
        gone[partition(topic, number)] = get_gateway().jvm.java.lang.Long.valueOf(offset)
    return kafka.clients.consumer.OffsetOutOfRangeException(gone)

def truncated(topic, number, offset, kept):
    util, consumer = get_gateway().jvm.java.util.Collections, kafka.clients.consumer
    at = partition(topic, number)
    return consumer.LogTruncationException(util.singletonMap(at, offset), util.singletonMap(at, consumer.OffsetAndMetadata(kept)))

running = ours.Positions(properties, 0)

class Output:
    class Java:
        implements = ["org.apache.flink.api.connector.source.SourceOutput"]

    def __init__(self):
        self.found = []

    def collect(self, record):
        self.found.append(record)

def arrived(positions, moves, before):
    # what the moves say and do in their place between the records; `before` has the old positions
    output, emitter, found = Output(), ours.PositionedEmitter(None, positions), []
    for move in moves:
        state = flinks.KafkaPartitionSplitState(flinks.KafkaPartitionSplit(move.topicPartition(), before[move.partition()]))
        emitter.emitRecord(move, output, state)
        found.append(positions.inState(state.toKafkaPartitionSplit()))
    return output.found, shown(found)

def anew(topic, topic_id, places):
    jvm, long = get_gateway().jvm, get_gateway().jvm.java.lang.Long.valueOf
    at, ids, before = jvm.java.util.HashMap(), jvm.java.util.HashMap(), {number: place for number, place in places}
    ids[topic] = kafka.common.Uuid.fromString(topic_id)
    for number, place in places:
        at[partition(topic, number)] = long(place)
    noticed, moves = running.isAnew(at.keySet(), ids), running.moves(at)
    old = shown([running.inState(flinks.KafkaPartitionSplit(p, at[p])) for p in at])
    notices, state = arrived(running, moves, before)
    return {"noticed": noticed, "again": running.isAnew(at.keySet(), ids), "notices": notices,
            "state_before": sorted(old), "state": sorted(state),
            "moves": sorted([m.topic(), m.partition(), m.offset()] for m in moves)}

def asked(order, given):
    positions = running if order == "running" else ours.Positions(properties, 0)
    if order == "anew":
        return anew(*given)
    if order == "ends":
        return {str(number): end for number, end in ours.Broker.ends(properties, given).items()}
    if order in ("moves", "truncated"):
        gone = lost(given) if order == "moves" else truncated(*given)
        moves = positions.movesAfter(gone)
        notices, _ = arrived(positions, moves, {move.partition(): 0 for move in moves})
        return {"moves": [[move.topic(), move.partition(), move.offset()] for move in moves], "notices": notices}
    splits = get_gateway().jvm.java.util.ArrayList()
    for split in given:
        splits.add(restored(*split))
    begun = positions.checked(splits)
    before = shown([positions.inState(split) for split in begun])
    return {"begun": shown(begun), "state_before": before, "notices": told(positions),
            "state": shown([positions.inState(split) for split in begun]), "withheld": shown(positions.withheld())}

def told(positions):
    notices = []
    while positions.hasNotice():
        notices.append(positions.nextNotice())
    return notices

for line in sys.stdin:
    try:
        found = asked(*json.loads(line))
    except Exception as error:
        found = {"error": str(error)[:1000]}
    print("FOUND", json.dumps(found), flush=True)
"""


@dataclass
class Asked:
    """A process with Flink's JVM and our classes, which reads positions of a group."""

    process: subprocess.Popen[str]
    group: str

    def ask(self, order: str, given: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps([order, given]), file=self.process.stdin, flush=True)
        found: dict[str, Any] = json.loads(next(line for line in self.process.stdout if line.startswith("FOUND ")).removeprefix("FOUND "))
        assert "error" not in found, found
        return found

    def restored(self, topic: str, offset: int, topic_id: str | None = None, partition: int = 0) -> dict[str, Any]:
        return self.ask("restored", [[topic, partition, offset, topic_id]])


@pytest.fixture(scope="module")
def asked(kafka_broker: KafkaBroker) -> Iterator[Asked]:
    group = uuid.uuid4().hex
    words = [sys.executable, "-W", "ignore", "-c", ASKED, str(ROOT / "deploy" / "jars"), kafka_broker.plain, group]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Asked(process, group)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


def topic_of(broker: KafkaBroker, records: int, partitions: int = 1) -> str:
    topic = f"positions-{uuid.uuid4().hex[:8]}"
    broker.create(topic, partitions)
    broker.produce(topic, [(None, b"x")] * records)
    return topic


def offsets(splits: list[list[Any]]) -> list[int]:
    return [split[2] for split in splits]


@dataclass
class Gap:
    """What a notice says."""

    partition: str
    position: int
    goes_on_at: int | None
    missing: int | None
    reason: str


def told(notice: str) -> Gap:
    with pytest.raises(SourceNotice) as found:
        bytes_of(notice)
    return Gap(**found.value.details, reason=found.value.reason)


def only_gap(found: dict[str, Any]) -> Gap:
    (notice,) = found["notices"]
    return told(notice)


def test_a_position_that_is_there_is_kept(asked: Asked, kafka_broker: KafkaBroker) -> None:
    topic = topic_of(kafka_broker, 10)
    kafka_broker.remove_before(topic, 4)
    for position in (4, 7, 10):
        found = asked.restored(topic, position)
        assert (offsets(found["begun"]), found["notices"]) == ([position], [])
        topic_id = found["state"][0][3]
        again = asked.restored(topic, position, topic_id)
        assert (again["begun"], again["notices"]) == (found["state"], []), "the id of the topic is kept with the position"
        assert len(topic_id) == 22


def test_removed_records_are_counted_and_what_is_there_is_read(asked: Asked, kafka_broker: KafkaBroker) -> None:
    topic = topic_of(kafka_broker, 20)
    kafka_broker.remove_before(topic, 15)
    found = asked.restored(topic, 10)
    assert offsets(found["begun"]) == [15]
    assert only_gap(found) == Gap(
        f"{topic}-0",
        10,
        15,
        5,
        f"position 10 of {topic}-0 is gone: the oldest record that Kafka holds is 15, at most 5 records are missing",
    )
    assert offsets(found["state_before"]) == [10], "a failure before the notice is handed on finds the same once more"
    assert offsets(found["state"]) == [15]
    assert only_gap(asked.restored(topic, 14)).reason.endswith("at most 1 record is missing")


def test_all_records_removed(asked: Asked, kafka_broker: KafkaBroker) -> None:
    topic = topic_of(kafka_broker, 20)
    kafka_broker.remove_before(topic, 20)
    found = asked.restored(topic, 12)
    assert (offsets(found["begun"]), only_gap(found).missing) == ([20], 8)


def test_a_topic_made_anew_is_read_from_its_oldest_record(asked: Asked, kafka_broker: KafkaBroker) -> None:
    """Also where it is longer than the old one was: its id is another."""
    topic = topic_of(kafka_broker, 5)
    topic_id = asked.restored(topic, 5)["state"][0][3]
    kafka_broker.delete(topic)
    kafka_broker.create(topic)
    kafka_broker.produce(topic, [(None, b"x")] * 8)
    found = asked.restored(topic, 5, topic_id)
    gap = only_gap(found)
    assert (offsets(found["begun"]), gap.goes_on_at, gap.missing) == ([0], 0, None)
    assert f"position 5 of {topic}-0 is gone: the topic was made anew and is read from its oldest record, 0;" in gap.reason
    assert found["state"][0][3] != topic_id
    old = asked.restored(topic, 5)
    assert (offsets(old["begun"]), old["notices"]) == ([5], []), "a position of the version before has no id"


def test_a_topic_made_anew_while_the_job_runs(asked: Asked, kafka_broker: KafkaBroker) -> None:
    """It is longer than the old one, so that no position is out of its range, and has a partition less.

    Until the notice is handed on a checkpoint holds the old position, with the old id.
    """
    topic = topic_of(kafka_broker, 5, 2)
    old_id = asked.ask("running", [[topic, 0, 2, None], [topic, 1, 1, None]])["state"][0][3]
    assert not asked.ask("anew", [topic, old_id, [[0, 2], [1, 1]]])["noticed"]
    kafka_broker.delete(topic)
    kafka_broker.create(topic)
    kafka_broker.produce(topic, [(None, b"x")] * 8)
    new_id = asked.restored(topic, 0)["state"][0][3]
    found = asked.ask("anew", [topic, new_id, [[0, 3], [1, 1]]])
    assert found["noticed"] and not found["again"]
    assert found["moves"] == [[topic, 0, 0], [topic, 1, 0]]
    assert found["state_before"] == [[topic, 0, 3, old_id], [topic, 1, 1, old_id]]
    assert found["state"] == [[topic, 0, 0, new_id], [topic, 1, 0, new_id]]
    reasons = sorted(told(notice).reason for notice in found["notices"])
    assert f"position 3 of {topic}-0 is gone: the topic was made anew and is read from its oldest record, 0;" in reasons[1]
    assert reasons[0] == f"position 1 of {topic}-1 is gone: the topic has 1 partition now; what is missing is not known"


def test_a_position_beyond_the_end(asked: Asked, kafka_broker: KafkaBroker) -> None:
    topic = topic_of(kafka_broker, 3)
    found = asked.restored(topic, 10)
    gap = only_gap(found)
    assert (offsets(found["begun"]), gap.goes_on_at, gap.missing) == ([0], 0, None)
    assert "is gone: it ends at 3 and is read from its oldest record, 0; the topic was made anew or has lost records" in gap.reason


def test_a_partition_that_is_not_there_is_kept_aside(asked: Asked, kafka_broker: KafkaBroker) -> None:
    topic = topic_of(kafka_broker, 3)
    found = asked.ask("restored", [[topic, 0, 3, None], [topic, 2, 7, "id of before"]])
    assert offsets(found["begun"]) == [3]
    assert found["withheld"] == [[topic, 2, 7, "id of before"]]
    assert only_gap(found).reason == f"position 7 of {topic}-2 is gone: the topic has 1 partition now; what is missing is not known"


def test_positions_without_a_number(asked: Asked, kafka_broker: KafkaBroker) -> None:
    """A partition that was empty at the checkpoint is never read from its end (FLINK-28303)."""
    topic = topic_of(kafka_broker, 9)
    kafka_broker.remove_before(topic, 2)
    for named in (LATEST, EARLIEST, COMMITTED):
        assert offsets(asked.restored(topic, named)["begun"]) == [2]
    kafka_broker.commit(asked.group, topic, 6)
    assert offsets(asked.restored(topic, COMMITTED)["begun"]) == [6]
    kafka_broker.commit(asked.group, topic, 1)
    found = asked.restored(topic, COMMITTED)
    assert (offsets(found["begun"]), only_gap(found).missing) == ([2], 1)
    assert offsets(found["state_before"]) == [COMMITTED]


def test_gaps_of_transactions_are_not_missing(asked: Asked, kafka_broker: KafkaBroker) -> None:
    topic = topic_of(kafka_broker, 0)
    for number in range(3):
        kafka_broker.transaction(topic, [b"x", b"y"], f"{topic}-{number}")
    for position in range(10):  # also at a marker
        assert asked.restored(topic, position)["notices"] == []


def test_a_position_that_goes_while_the_job_runs(asked: Asked, kafka_broker: KafkaBroker) -> None:
    topic = topic_of(kafka_broker, 20)
    kafka_broker.remove_before(topic, 15)
    found = asked.ask("moves", [[topic, 0, 10]])
    assert found["moves"] == [[topic, 0, 15]]
    assert only_gap(found).missing == 5
    assert asked.ask("moves", [[topic, 0, 17]]) == {"moves": [[topic, 0, 17]], "notices": []}


def test_records_that_the_brokers_lost_after_they_were_read(asked: Asked, kafka_broker: KafkaBroker) -> None:
    """Kafka's client knows where the brokers' records differ from what it read: nothing is read twice."""
    topic = topic_of(kafka_broker, 8)
    found = asked.ask("truncated", [topic, 0, 10, 6])
    assert found["moves"] == [[topic, 0, 6]]
    assert only_gap(found).missing == 0
    assert "Kafka has lost what came after 6, which was read before" in only_gap(found).reason


def test_the_latest_start_is_the_end_at_submission(asked: Asked, kafka_broker: KafkaBroker) -> None:
    topic = topic_of(kafka_broker, 6)
    assert asked.ask("ends", topic) == {"0": 6}
