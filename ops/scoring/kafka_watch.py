"""The reader of decisions from a topic of Kafka, in a thread that hands them to the loop."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from confluent_kafka import OFFSET_END, Consumer, KafkaException, TopicPartition

LOG = logging.getLogger(__name__)
_MOST, _WAIT_S, _PATIENCE_S = 200, 0.5, 10.0
_PARTITIONS_EVERY_S = 60.0

OnDecision = Callable[[str, str, bytes], None]
"""Called in the loop with the account's pseudonym, the event's id and the document."""


class KafkaWatch:
    """Follower of all partitions of a topic, from a little before its start on. It commits nothing."""

    def __init__(
        self, brokers: str, topic: str, recall_s: float, on_decision: OnDecision, properties: Mapping[str, str] | None = None
    ) -> None:
        own = {"bootstrap.servers": brokers, "group.id": f"ringwatch-service-{uuid4().hex[:12]}", "enable.auto.commit": False}
        self._consumer = Consumer({**own, "auto.offset.reset": "latest", "fetch.wait.max.ms": 100, **(properties or {})})
        self._topic, self._recall_s, self._on_decision = topic, recall_s, on_decision
        self._thread = threading.Thread(target=self._run, name="kafka watch", daemon=True)
        self._ends = threading.Event()
        self._away_since = time.monotonic()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def away_s(self) -> float:
        """Return for how long the brokers have not answered, 0 while they do."""
        since = self._away_since
        return time.monotonic() - since if since else 0.0

    async def start(self) -> None:
        """Begin to read. It need not reach a broker."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def stop(self) -> None:
        """Read no more."""
        self._ends.set()
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        known, asked_at = dict[int, TopicPartition](), 0.0
        while not self._ends.is_set():
            try:
                if not known or time.monotonic() - asked_at > _PARTITIONS_EVERY_S:
                    known, asked_at = self._assigned(known), time.monotonic()
                    self._away_since = 0.0
                self._read()
            except KafkaException as error:
                if not self._away_since:
                    LOG.warning("Kafka gives no decisions (%s); trying until it does.", error)
                    self._away_since = time.monotonic()
                self._ends.wait(_WAIT_S)
        self._consumer.close()

    def _assigned(self, known: dict[int, TopicPartition]) -> dict[int, TopicPartition]:
        """Follow the partitions of the topic that are not followed yet; return all that are."""
        found = self._consumer.list_topics(self._topic, timeout=_PATIENCE_S).topics[self._topic]
        if found.error:
            raise KafkaException(found.error)
        since_ms = int((time.time() - self._recall_s) * 1000)
        new = [TopicPartition(self._topic, number, since_ms) for number in found.partitions if number not in known]
        if new:
            for place in (places := self._consumer.offsets_for_times(new, timeout=_PATIENCE_S)):
                place.offset = OFFSET_END if place.offset < 0 else place.offset
            self._consumer.incremental_assign(places)
        return {**known, **{place.partition: place for place in new}}

    def _read(self) -> None:
        first = self._consumer.poll(_WAIT_S)
        messages = [] if first is None else [first, *self._consumer.consume(_MOST, 0)]
        failed = next((message.error() for message in messages if message.error()), None)
        found = [decision for message in messages if not message.error() and (decision := _decision(message.value()))]
        if found and self._loop:
            self._away_since = 0.0
            self._loop.call_soon_threadsafe(self._hand_on, found)
        if failed:
            raise KafkaException(failed)

    def _hand_on(self, found: list[tuple[str, str, bytes]]) -> None:
        for decision in found:
            self._on_decision(*decision)


def _decision(value: Any) -> tuple[str, str, bytes] | None:
    """Return account, event and document of a record; None for one that is no decision."""
    try:
        document = json.loads(value)
        account, event_id = document["entities"]["account"], document["event_id"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    return (account, event_id, bytes(value)) if isinstance(account, str) and isinstance(event_id, str) else None
