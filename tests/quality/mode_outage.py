"""`python -m tests.quality.mode_outage`: what decisions do while the place of enriched events is down.

Events come at a steady rate by a stream of Redis, decisions go into another, enriched events to Kafka. The
broker is killed for a while. Ends with 1 where a document is missing, twice there, or another one.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import redis

from domain.decisions.policy import PolicySettings
from ops.redis.embedded import EmbeddedRedis
from tests.support.job_process import JobProcess, wait_for
from tests.support.kafka_broker import KafkaBroker, fetch_jars
from tests.support.mode_documents import KEY, Compared, Streams, Topics, history, offline

PREFIX = "outage:"
EVERY_S = 0.5


@dataclass
class Growth:
    """How a stream of Redis grows, looked at by a thread."""

    client: redis.Redis
    seen: list[tuple[float, int]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self.ended.wait(EVERY_S):
            self.seen.append((time.monotonic(), int(self.client.xlen(f"{PREFIX}decisions"))))  # type: ignore[arg-type]

    def between(self, began: float, ended: float) -> int:
        lengths = [length for at, length in self.seen if began <= at <= ended]
        return lengths[-1] - lengths[0] if lengths else 0

    def stood_after(self, began: float, ended: float) -> float | None:
        """Return after how many seconds of a time it had grown to the length that it had at its end."""
        final = max(length for at, length in self.seen if at <= ended)
        reached = next(at for at, length in self.seen if length == final)
        return reached - began if reached < ended - 5 else None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.quality.mode_outage", description=__doc__)
    parser.add_argument("--events", type=int, default=24_000)
    parser.add_argument("--rate", type=float, default=150.0)
    parser.add_argument("--away", type=float, default=60.0, help="seconds without the broker")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return measured(Path(folder), args.events, args.rate, args.away)


def measured(folder: Path, events: int, rate: float, away: float) -> int:
    given = history(folder, events)
    expected = offline(given, folder, PolicySettings())
    fetch_jars()
    with (
        EmbeddedRedis() as server,
        KafkaBroker(folder / "kafka") as broker,
        redis.Redis.from_url(server.url, decode_responses=True) as client,
    ):
        streams, topics, growth = Streams(client, PREFIX), Topics(broker), Growth(client)
        settings = [f"job.enriched={topics.url('enriched')}", "job.enriched_features=true", "job.early_approval=true"]
        extra = tuple(word for setting in settings for word in ("--set", setting))
        environment = {"RINGWATCH_PSEUDONYM_KEY": KEY}
        job = JobProcess(folder / "job", given, server.url, PREFIX, extra, environment, ("redis:events",), "redis:decisions")
        running = job.start()
        threads = [
            threading.Thread(target=growth.watch),
            threading.Thread(target=sent, args=(server.url, given.read_text().splitlines(), rate)),
        ]
        for thread in threads:
            thread.start()
        wait_for(lambda: bool(growth.seen) and growth.seen[-1][1] > 20 * rate, "20 seconds of decisions")
        began, ended = outage(broker, away)
        wait_for(lambda: int(client.xlen(f"{PREFIX}decisions")) == events, "the decisions")  # type: ignore[arg-type]
        caught_up = time.monotonic() - ended
        wait_for(lambda: len(topics.documents("enriched")) >= events, "the enriched documents")
        growth.ended.set()
        running.send_signal(signal.SIGTERM)
        running.wait(60)
        stood = growth.stood_after(began, ended)
        print(f"{growth.between(began, ended):,} decisions in the {ended - began:.0f} s without the broker, {rate:.0f} events/s sent")
        print("decisions did not stop" if stood is None else f"decisions stopped {stood:.1f} s after the broker")
        print(f"all decisions were there {caught_up:.0f} s after it was back")
        found = {"decisions": Compared.of(streams.documents("decisions"), expected.decisions)}
        found["enriched"] = Compared.of(topics.documents("enriched"), expected.enriched)
        print(*(f"{name}: {compared}" for name, compared in found.items()), sep="\n")
        return 0 if all(compared.is_whole for compared in found.values()) else 1


def outage(broker: KafkaBroker, away: float) -> tuple[float, float]:
    """Kill the broker, start it again; return when it was killed and when it answered."""
    began = time.monotonic()
    broker.stop(kill=True)
    time.sleep(away)
    broker.start()
    return began, time.monotonic()


def sent(url: str, lines: Sequence[str], rate: float) -> None:
    with redis.Redis.from_url(url) as client:
        began = time.monotonic()
        for number, line in enumerate(lines):
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
            client.xadd(f"{PREFIX}events", {"json": line})


if __name__ == "__main__":
    sys.exit(main())
