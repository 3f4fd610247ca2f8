"""How many decisions a second an archiver puts into a lake, from a Redis of its own.

`python -m tests.speed.lake --rows 2000000 --lake run/speed/lake` adds decisions in rounds, archives each
round, and measures the archiving alone: reading from Redis, JSON, Arrow, Parquet, commits. One process; the
server and the writer of Parquet use the other cores. At the end it counts the rows, and the different ones.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import time
from pathlib import Path

import redis
from deltalake import DeltaTable

from ops.lake.upkeep import keep
from ops.redis.embedded import EmbeddedRedis
from tests.ops.lake.lake_samples import FIRST_MS, decision, way

PREFIX = "speed:"
REASONS = [
    {"code": "DEVICE_VELOCITY", "text": "4 events of the device in about 1 day; usual 1", "weight": 1.3006},
    {"code": "EVENT_TYPE", "text": "the event's type is signup; seen in 4.8% of events", "weight": 0.8953},
    {"code": "DEVICE_AGE", "text": "13 hours since the device was first seen; usual 4.9 days", "weight": 0.756},
]
FLAGGED = 20
"""One in so many decisions has reasons and a ring."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--round", type=int, default=200_000)
    parser.add_argument("--lake", type=Path, default=Path("run/speed/lake"))
    chosen = parser.parse_args()
    shutil.rmtree(chosen.lake, ignore_errors=True)
    seconds = work = 0.0
    with EmbeddedRedis() as server, redis.Redis.from_url(server.url) as client:
        one = way(server.url, PREFIX, chosen.lake)
        for first in range(0, chosen.rows, chosen.round):
            add(client, range(first, min(first + chosen.round, chosen.rows)))
            began, worked = time.perf_counter(), time.process_time()
            while one.step():
                pass
            seconds, work = seconds + time.perf_counter() - began, work + time.process_time() - worked
            client.xtrim(f"{PREFIX}decisions", maxlen=0, approximate=False)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{chosen.rows:,} decisions in {seconds:.1f} s: {chosen.rows / seconds:,.0f} rows/s", flush=True)
    print(f"{1e6 * work / chosen.rows:.1f} us of CPU a row, without the server")
    print(f"memory at most {used.ru_maxrss // 1024:,} MiB")
    look(chosen.lake)
    began = time.perf_counter()
    (kept,) = keep(str(chosen.lake), ["decisions"], 0, 1, FIRST_MS)
    print(f"upkeep in {time.perf_counter() - began:.1f} s: {kept.files_before} files became {kept.files}")
    look(chosen.lake)


def add(client: redis.Redis, numbers: range) -> None:
    for first in range(numbers.start, numbers.stop, 2_000):
        with client.pipeline(transaction=False) as pipe:
            for number in range(first, min(first + 2_000, numbers.stop)):
                flagged = {"decision": "investigate", "reasons": REASONS, "ring": f"{number % 997:016x}"} if number % FLAGGED == 0 else {}
                pipe.xadd(f"{PREFIX}decisions", {"json": json.dumps(decision(number, **flagged))})
            pipe.execute()


def look(lake: Path) -> None:
    """Say how many rows there are, how many different ones, and their bytes."""
    table = DeltaTable(str(lake / "decisions"))
    ids = table.to_pyarrow_table(columns=["event_id"]).column(0)
    size = sum(table.get_add_actions(flatten=True).column("size_bytes").to_pylist())
    different = ids.unique()
    print(f"{len(ids):,} rows, {len(different):,} different, {size / len(ids):.0f} bytes each in Parquet")


if __name__ == "__main__":
    main()
