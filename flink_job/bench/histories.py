"""The events that are measured with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from domain.events.event import Rejected
from domain.events.identity import MISSING
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from gnn.history.replay import event_lines
from gnn.history.simulated_files import write_simulation


def simulated(events: int, seed: int, folder: Path) -> Path:
    """Return a file of so many simulated events and their labels, made once per folder."""
    path = folder / f"simulated-{events}-{seed}" / "events.jsonl"
    if not path.exists():
        write_simulation(events, seed, path.parent)
    return path


def count_lines(path: Path) -> int:
    return sum(1 for _ in event_lines([path]))


def first_lines(path: Path, count: int) -> Iterator[bytes]:
    return islice(event_lines([path]), count)


def entities(lines: Iterable[bytes], parser: EventParser, graph: GraphSettings) -> dict[str, int]:
    """Count the different entities of each kind that the lines name."""
    seen: list[set[int]] = [set() for _ in graph.stages]
    for line in lines:
        try:
            event = parser.parse(line)
        except Rejected:
            continue
        for position, keys in enumerate(seen):
            keys.add(event.key(position))
    return {kind: len(keys - {MISSING}) for kind, keys in zip(graph.stages, seen, strict=True)}
