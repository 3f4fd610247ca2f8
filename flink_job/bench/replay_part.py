"""The same events through `ringwatch score`'s own code in one process: the price of the work without an
engine.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from domain.events.parser import EventParser
from flink_job.bench.histories import count_lines
from flink_job.bench.rig import Chosen
from flink_job.bench.steady_window import steady_window
from gnn.artifact.artifact import load_scorer
from gnn.history.replay import Replay
from gnn.scoring.decider import Decider
from gnn.scoring.offline_score import score_files
from ops.secrets import pseudonyms


@dataclass(frozen=True)
class ReplayRun:
    """Of the events after the first third."""

    events: int
    events_per_s: float
    cpu_us: float
    """Per event, all threads."""
    entities: int
    """In memory at the end."""
    grown_mib: float
    """How much the process grew by."""


def measure(chosen: Chosen, events: Path) -> ReplayRun:
    settings = chosen.settings()
    names = pseudonyms(settings.identity)
    decider = Decider(settings.graph, load_scorer(Path(settings.model), settings.graph), settings.policy, names)
    replay = Replay(settings.graph, EventParser(settings.graph, names, currency=settings.currency))
    memory, before = psutil.Process().memory_info, psutil.Process().memory_info().rss
    points: list[tuple[float, int]] = []
    cpu_s: list[float] = []

    def look(_: int) -> None:
        points.append((time.perf_counter(), replay.counts.lines))
        cpu_s.append(time.process_time())

    score_files(replay, decider, [events], chosen.scratch / "replay" / "decisions.jsonl", look)
    total = count_lines(events)
    part = steady_window(points, total, warm_up_s=0.0)
    (began, first), (ended, last) = points[part.first], points[part.last]
    return ReplayRun(
        events=total,
        events_per_s=(last - first) / (ended - began),
        cpu_us=1e6 * (cpu_s[part.last] - cpu_s[part.first]) / (last - first),
        entities=sum(map(len, replay.states)),
        grown_mib=(memory().rss - before) / 2**20,
    )
