"""CPU microseconds per event of parsing, of each stage's visit, and of the trail's codec, in one process without an engine.

The digest covers every trail and every record: equal before and after a change, the change altered no byte.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from domain.event import EventParser
from domain.graph import GraphSettings
from domain.identity import MISSING, Pseudonyms
from domain.step import Outcome, Step
from domain.trail import Trail, TrailCodec

T = TypeVar("T")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("events", type=Path)
    arguments.add_argument("--lines", type=int, default=30_000)
    chosen = arguments.parse_args()
    with chosen.events.open("rb") as file:
        lines = [line.rstrip(b"\n") for line, _ in zip(file, range(chosen.lines), strict=False)]
    graph = GraphSettings()
    parser, step, codec = EventParser(graph, Pseudonyms(b"speed")), Step(graph), TrailCodec(graph)
    events = _timed("parse", len(lines), lambda: [parser.parse(line) for line in lines])
    states: list[dict[int, bytes]] = [{} for _ in graph.stages]
    trails = [Trail(event) for event in events]
    for position, kind in enumerate(graph.stages):
        trails = _timed(f"visit {kind}", len(lines), partial(_visited, step, position, trails, states[position]))
    encoded = _timed("encode once", len(lines), lambda: [codec.encode(trail) for trail in trails])
    _timed("decode once", len(lines), lambda: [codec.decode(data) for data in encoded])
    digest = hashlib.sha256(b"".join(encoded))
    for state in states:
        digest.update(b"".join(state[key] for key in sorted(state)))
    print(f"{'digest':16} {digest.hexdigest()[:16]}, {sum(map(len, encoded)) / len(encoded):.0f} bytes a trail")


def _visited(step: Step, position: int, trails: list[Trail], state: dict[int, bytes]) -> list[Trail]:
    """One stage for all trails, in their order; the trails that go on."""
    going_on = []
    for trail in trails:
        key = trail.event.key(position)
        visit = step.visit(position, trail, state.get(key) if key != MISSING else None)
        if visit.record is not None:
            state[key] = visit.record
        if visit.outcome is not Outcome.DUPLICATE:
            going_on.append(trail)
    return going_on


def _timed(what: str, events: int, work: Callable[[], T]) -> T:
    start = time.process_time()
    done = work()
    print(f"{what:16} {1e6 * (time.process_time() - start) / events:6.1f} us")
    return done


if __name__ == "__main__":
    main()
