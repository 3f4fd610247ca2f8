"""CPU microseconds per event of parsing, of all stages, and of the trail's codec, in one process without an
engine.

The digest covers every trail and every record: equal before and after a change, the change altered no byte.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from domain.memory.trail import Trail
from domain.step import Step

T = TypeVar("T")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("events", type=Path)
    arguments.add_argument("--lines", type=int, default=30_000)
    chosen = arguments.parse_args()
    with chosen.events.open("rb") as file:
        lines = [line.rstrip(b"\n") for line, _ in zip(file, range(chosen.lines), strict=False)]
    graph = GraphSettings()
    parser, step = EventParser(graph, Pseudonyms(b"speed")), Step(graph)
    step(parser.parse(lines[0]), [{} for _ in graph.stages])  # compiles
    events = _timed("parse", len(lines), lambda: [parser.parse(line) for line in lines])
    trails = [Trail(event) for event in events]
    _timed("encode", len(lines), lambda: [step.codec.encode(trail) for trail in trails])
    states: list[dict[int, bytes]] = [{} for _ in graph.stages]
    taken = _timed("encode and step", len(lines), lambda: [step.encoded(trail, states) for trail in trails])
    encoded = [data for data in taken if data is not None]
    _timed("decode", len(lines), lambda: [step.codec.decode(data) for data in encoded])
    digest = hashlib.sha256(b"".join(encoded))
    for state in states:
        digest.update(b"".join(state[key] for key in sorted(state)))
    print(f"{'digest':16} {digest.hexdigest()[:16]}, {sum(map(len, encoded)) / len(encoded):.0f} bytes a trail")


def _timed(what: str, events: int, work: Callable[[], T]) -> T:
    start = time.process_time()
    done = work()
    print(f"{what:16} {1e6 * (time.process_time() - start) / events:6.1f} us")
    return done


if __name__ == "__main__":
    main()
