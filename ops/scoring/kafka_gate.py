"""The gate into a topic of Kafka. What is sent twice, the job recognises by its id."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from confluent_kafka import KafkaException, Producer

from ops.scoring.sending import SENT, Sending

LOG = logging.getLogger(__name__)
_POLL_S = 0.1
_PAUSE_S = 0.5


class KafkaGate:
    """Sender of lines by Kafka's own client, which batches and repeats. It makes no claims."""

    def __init__(self, brokers: str, properties: Mapping[str, str] | None = None) -> None:
        """Connect in the background."""
        own = {"bootstrap.servers": brokers, "enable.idempotence": True, "linger.ms": 1, "message.timeout.ms": 300_000}
        self._producer = Producer({**own, **(properties or {}), "error_cb": self._failed})
        self._polls = threading.Thread(target=self._poll, name="kafka gate", daemon=True)
        self._ends = threading.Event()
        self._away_since = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def away_s(self) -> float:
        """Return for how long the brokers have taken nothing, 0 while they do."""
        since = self._away_since
        return time.monotonic() - since if since else 0.0

    @property
    def unsent(self) -> int:
        """Return how many lines wait to be sent."""
        return len(self._producer)

    async def start(self) -> None:
        """Begin to send. It need not reach a broker."""
        self._loop = asyncio.get_running_loop()
        self._polls.start()

    def send(self, sending: Sending) -> None:
        """Send a line, keyed by its account, again and again until the brokers have it."""
        try:
            self._producer.produce(sending.stream, sending.line, sending.account, on_delivery=partial(self._delivered, sending))
        except BufferError:  # of a hundred thousand lines
            self._again(sending)

    async def stop(self, within_s: float) -> None:
        """Send what waits, as far as that goes in so many seconds, and close."""
        await asyncio.to_thread(self._producer.flush, within_s)
        self._ends.set()
        if self._polls.is_alive():
            await asyncio.to_thread(self._polls.join)

    def _poll(self) -> None:
        while not self._ends.is_set():
            self._producer.poll(_POLL_S)

    def _delivered(self, sending: Sending, error: Any, _: Any) -> None:
        """Take the client's word on a line, in its thread."""
        assert self._loop
        if error is None:
            self._away_since = 0.0
            self._loop.call_soon_threadsafe(sending.tell, SENT, "")
        else:
            self._failed(error)
            self._loop.call_soon_threadsafe(self._again, sending)

    def _again(self, sending: Sending) -> None:
        if self._loop and not sending.is_withdrawn and not self._ends.is_set():
            self._loop.call_later(_PAUSE_S, self.send, sending)

    def _failed(self, error: KafkaException | Any) -> None:
        if not self._away_since:
            LOG.warning("Kafka takes no events (%s); trying until it does.", error)
            self._away_since = time.monotonic()
