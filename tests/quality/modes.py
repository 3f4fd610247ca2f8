"""`python -m tests.quality.modes`: enriched events and flagged decisions of many events, each there once.

A job for each kind of place is killed in the middle with `kill -9`, and resumed. What is there at its end is
compared with what `ringwatch score --enriched` writes. Ends with 1 where something differs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import redis

from domain.decisions.policy import PolicySettings
from ops.redis.embedded import EmbeddedRedis
from tests.support.job_process import JobProcess, wait_for
from tests.support.kafka_broker import KafkaBroker, fetch_jars
from tests.support.mode_documents import KEY, Compared, Expected, Folders, Place, Streams, Topics, history, offline

Row = tuple[str, str, Compared]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.quality.modes", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    args = parser.parse_args()
    whole = True
    print("| places | documents | of | missing | doubled | differing |\n| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for place, name, found in measured(Path(folder), args.events):
            whole &= found.is_whole
            counts = (found.documents, found.missing, found.doubled, found.differing)
            print(f"| {place} | `job.{name}` | {' | '.join(f'{count:,}' for count in counts)} |", flush=True)
    return 0 if whole else 1


def measured(folder: Path, events: int) -> Iterator[Row]:
    """Yield a row per kind of place and setting."""
    given = history(folder, events)
    expected = offline(given, folder, PolicySettings())
    fetch_jars()
    with (
        EmbeddedRedis() as server,
        KafkaBroker(folder / "kafka") as broker,
        redis.Redis.from_url(server.url, decode_responses=True) as client,
    ):
        places: dict[str, Callable[[], Place]] = {
            "file": lambda: Folders(folder / "file"),
            "redis": lambda: Streams(client, "redis:"),
            "kafka": lambda: Topics(broker),
        }
        for name, place in places.items():
            for setting, found in killed_and_resumed(folder / name, given, server.url, f"{name}:", place(), expected).items():
                yield name, setting, found


def killed_and_resumed(folder: Path, given: Path, redis_url: str, prefix: str, place: Place, expected: Expected) -> dict[str, Compared]:
    """Return what is there at the end of a job, by setting, against what should be."""
    wanted = {"enriched": expected.enriched, "flagged": expected.flagged, "decisions": expected.approved}
    urls = {name: place.url(name) for name in wanted}
    settings = [
        f"job.enriched={urls['enriched']}",
        f"job.flagged={urls['flagged']}",
        "job.enriched_features=true",
        "job.flagged_apart=true",
    ]
    extra = tuple(word for setting in (*settings, "job.checkpoint_interval_s=2") for word in ("--set", setting))
    job = JobProcess(folder, given, redis_url, prefix, extra, {"RINGWATCH_PSEUDONYM_KEY": KEY}, decisions_url=urls["decisions"])
    running = job.start("--bounded")
    wait_for(lambda: len(place.documents("enriched")) > len(expected.enriched) // 4, "a quarter of the enriched documents")
    job.kill(running)
    before = len(place.documents("enriched"))
    assert before < len(expected.enriched), "it was killed in the middle"
    began = time.monotonic()
    job.run("--resume")
    print(f"{prefix} killed with {before:,} enriched documents, resumed for {time.monotonic() - began:.0f} s", file=sys.stderr)
    return {name: Compared.of(place.documents(name), wanted[name]) for name in wanted}


if __name__ == "__main__":
    sys.exit(main())
