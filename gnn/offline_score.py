"""Decide a history offline: the same step, features, scorer and policy as the job, without an engine."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

from gnn.decider import Decider
from gnn.replay import Replay

BATCH = 512


def score_files(
    replay: Replay, decider: Decider, events: Iterable[Path], out: Path, progress: Callable[[int], None] = lambda done: None
) -> int:
    """Write one decision document per event, in the order of the files; returns how many. No half file is left behind."""
    written = 0
    unfinished = out.with_name(f".{out.name}.unfinished")
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            scored = replay.run(events)
            while batch := list(islice(scored, BATCH)):
                documents = decider.decide([trail for _, trail in batch], time.time_ns() // 1_000_000)
                file.writelines(json.dumps(document, separators=(",", ":")) + "\n" for document in documents)
                written += len(documents)
                progress(written)
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
    return written
