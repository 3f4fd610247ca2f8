"""`python -m tests.quality.through_lake --data FOLDER`: is the model that the lake of a live job trains
the one that the file trains?

The Handbook's history, or its first `--lines`, is published to a Redis of its own, decided with its features
by the real job, whose model has learned from the first month, and archived beside it; then `ringwatch train`
learns from the lake and from the file. Ends with 1 if a byte of the models differs.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

from ops.redis.embedded import EmbeddedRedis
from ops.secrets import make_pseudonym_key
from tests.quality.handbook import GRAPH, TABLE
from tests.quality.splits import imported
from tests.support.live_lake import LiveLake, differences

SETS = (
    f"graph.entities=[{', '.join(GRAPH.entities)}]",
    "job.checkpoint_interval_s=10",
    "redis.hard_max_length=10000000",
    "train.trees=100",
)
FIRST_MONTH = "2018-05-01"
LIMIT_S = 7200.0
_TOLD_EVERY_S = 30.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with handbook")
    parser.add_argument("--lines", type=int, help="events and labels, the oldest first (default: all)")
    parser.add_argument("--model", default="gbt")
    parser.add_argument("--out", type=Path, default=Path("run/quality/lake"), help="folder that is made anew")
    chosen = parser.parse_args()
    make_pseudonym_key()
    shutil.rmtree(chosen.out, ignore_errors=True)
    chosen.out.mkdir(parents=True)
    with EmbeddedRedis() as server:
        live = LiveLake(chosen.out.resolve(), server.url, "lake:", SETS, LIMIT_S)
        with imported("handbook", chosen.data / TABLE) as whole:
            events = _first(whole, chosen.lines, live.folder / "events.jsonl")
            active = live.train("active", "--model", "gbt", "--events", str(whole), "--to", FIRST_MONTH)
        live = replace(live, sets=(*SETS, f"model={active}"))
        with _timed("published, decided and archived"):
            rows = live.fill(events, _Progress())
        print(f"{rows[0]:,} events and {rows[1]:,} labels", flush=True)
        with _timed("trained from the file"):
            one = live.train("from-file", "--model", chosen.model, "--events", str(events), "--decisions", str(live.decisions))
        with _timed("trained from the lake"):
            two = live.train("from-lake", "--model", chosen.model, "--lake", str(live.lake))
    found = differences(one, two)
    print(f"different: {', '.join(sorted(found)) or 'no byte of the models'}")
    return 1 if found else 0


def _first(whole: Path, lines: int | None, out: Path) -> Path:
    """Return a file of the first lines."""
    with whole.open("rb") as file, out.open("wb") as part:
        part.writelines(islice(file, lines))
    return out


@contextmanager
def _timed(what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - began:.0f} s", flush=True)


class _Progress:
    """A line every half minute."""

    def __init__(self) -> None:
        self._at = time.monotonic()

    def __call__(self, events: int, labels: int) -> None:
        if time.monotonic() - self._at > _TOLD_EVERY_S:
            self._at = time.monotonic()
            print(f"archived: {events:,} events, {labels:,} labels", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
