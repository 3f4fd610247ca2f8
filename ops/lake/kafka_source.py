"""A topic of Kafka as a source of the lake. Its place is the next offset of each partition.

The offsets are the lake's own: no group is joined and none is committed. What an aborted transaction wrote
is left out.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from ops.lake.rows import Record
from ops.lake.sources import SourceAwayError

LOG = logging.getLogger(__name__)

PAGE = 5_000
_PATIENCE_S, _QUIET_S, _PARTITIONS_EVERY_S = 10.0, 0.2, 60.0
_FIRST_S = 5.0
"""What the first records after `begin` may take: connections to the leaders of partitions."""


class KafkaSource:
    """All partitions of a topic, those that are added later included."""

    def __init__(self, brokers: str, topic: str, properties: Mapping[str, str] | None = None) -> None:
        """Connect at the first call."""
        own = {
            "bootstrap.servers": brokers,
            "group.id": "ringwatch-lake",  # librdkafka asks for one; nobody joins it
            "enable.auto.commit": False,
            "auto.offset.reset": "error",
            "isolation.level": "read_committed",
        }
        self._consumer = Consumer({**own, **(properties or {})})
        self._topic, self._at, self._looked = topic, dict[int, int](), 0.0
        self._first_until = 0.0

    def names(self) -> Sequence[str]:
        """Return the name of each partition's offset."""
        return [self._name(number) for number in self._partitions()]

    def begin(self, places: Mapping[str, int]) -> None:
        """Go to a place."""
        self._first_until = 0.0
        try:
            self._at = {number: self._start(number, places.get(self._name(number))) for number in self._partitions()}
            self._consumer.assign([TopicPartition(self._topic, number, offset) for number, offset in self._at.items()])
        except KafkaException as error:
            raise self._away(error) from None

    def read(self, most: int) -> list[Record] | None:
        """Return the next records of all partitions, up to so many; None if there are none."""
        if time.monotonic() - self._looked > _PARTITIONS_EVERY_S and self._partitions() != list(self._at):
            raise SourceAwayError(f"the topic {self._topic} has other partitions than before: they are looked at anew")
        messages = self._consumed(min(most, PAGE))
        for message in messages:
            if error := message.error():
                raise self._away(error)
            self._at[_number(message.partition())] = _number(message.offset()) + 1
        return [_record(message) for message in messages] or None

    def _consumed(self, most: int) -> list[Message]:
        """Return the next messages; the first ones after `begin` are waited for, where there are any."""
        while not (messages := self._consumer.consume(most, _QUIET_S)) and time.monotonic() < self._first_until:
            pass
        self._first_until = 0.0
        return messages

    def places(self) -> Mapping[str, int]:
        """Return the place that `read` has reached."""
        return {self._name(number): offset for number, offset in self._at.items()}

    def committed(self) -> None:
        """Do nothing: the lake has the offsets."""

    def close(self) -> None:
        """End the connections."""
        self._consumer.close()

    def _name(self, partition: int) -> str:
        return f"kafka:{self._topic}/{partition}"

    def _partitions(self) -> list[int]:
        try:
            found = self._consumer.list_topics(self._topic, timeout=_PATIENCE_S).topics[self._topic]
        except KafkaException as error:
            raise self._away(error) from None
        if found.error:
            raise self._away(found.error)
        self._looked = time.monotonic()
        return sorted(found.partitions)

    def _start(self, partition: int, place: int | None) -> int:
        """Return where to read a partition on; what Kafka has no more is said, once for each gap."""
        first, end = self._consumer.get_watermark_offsets(TopicPartition(self._topic, partition), timeout=_PATIENCE_S)
        if place is None or first <= place <= end:
            place = first if place is None else place
            if place < end:
                self._first_until = time.monotonic() + _FIRST_S
            return place
        if place > end:
            LOG.warning("The topic %s was made anew: partition %s is read from its start.", self._topic, partition)
        else:
            LOG.warning(
                "%s records of topic %s were deleted before they were archived: let Kafka keep them longer.",
                f"{first - place:,}", self._topic,
            )  # fmt: skip
        self._first_until = time.monotonic() + _FIRST_S
        return first

    def _away(self, error: object) -> SourceAwayError:
        return SourceAwayError(f"Kafka does not give the topic {self._topic}: {error}")


def _record(message: Message) -> Record:
    value = message.value()
    text = value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else ""
    return Record(text, max(0, message.timestamp()[1]), _number(message.offset()))


def _number(value: int | None) -> int:
    assert value is not None, "a message without an error has a place"
    return value
