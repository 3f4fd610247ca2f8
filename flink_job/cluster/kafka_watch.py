"""Whether the brokers of the topics can be reached, asked now and then beside the job."""

from __future__ import annotations

import socket
import time

from flink_job.connectors.kafka_topics import topics
from flink_job.settings.settings import Settings

PAUSE_S, PATIENCE_S = 5.0, 0.5


class KafkaWatch:
    """Watch over the brokers, asked only while no event comes: a job that reads has its Kafka.

    The question is a connection, nothing is sent. A broker notes one that ends before its handshake, so they
    are rare.
    """

    def __init__(self, settings: Settings) -> None:
        self._clusters = sorted({topic.brokers for named in topics(settings).values() for topic in named})
        self._read, self._asked, self._since, self._why = -1, 0.0, 0.0, ""

    def away(self, read: int) -> str:
        """Return which brokers do not answer, since when and why; empty if some of each cluster do.

        `read` is how many events the job has read so far.
        """
        now = time.monotonic()
        if read != self._read:
            self._read, self._asked, self._why = read, now, ""
        elif now - self._asked >= PAUSE_S:
            self._asked, why = now, self._problem()
            if not (why and self._why):
                self._since = now
            self._why = why
        return f"Kafka at {self._why.format(f'away for {now - self._since:.0f} s')}" if self._why else ""

    def _problem(self) -> str:
        for brokers in self._clusters:
            problems = [_problem(broker) for broker in brokers.split(",")]
            if all(problems):
                return f"{brokers}, {{}} ({problems[0]})"
        return ""


def _problem(broker: str) -> str:
    """Return why a broker (`host:port`) does not answer, empty if it does."""
    host, _, port = broker.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), PATIENCE_S).close()
    except OSError as error:
        return (error.strerror or str(error)).strip()
    return ""
