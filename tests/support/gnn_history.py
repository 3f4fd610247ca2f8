"""A tiny history whose frauds show in one thing only: the amount of an order."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from gnn.history.train_settings import TrainSettings

DAY_MS = 86_400_000
START_MS = 1_767_571_200_000
GRAPH = GraphSettings(links=4)


def parser(graph: GraphSettings = GRAPH) -> EventParser:
    return EventParser(graph, Pseudonyms(b"test"))


def quick(model: str, **changes: Any) -> TrainSettings:
    """Settings that train in a second."""
    return TrainSettings(
        **{"model": model, "epochs": 3, "batch_size": 64, "hidden": 8, "trees": 60, "learning_rate": 0.01, "threads": 1, **changes}
    )


def documents(events: int = 1500, days: float = 30.0, frauds: int = 60, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Events in time order, fraud labels two days after their events merged in."""
    draw = random.Random(seed)
    found: list[dict[str, Any]] = []
    bad = set(draw.sample(range(events), frauds))
    for number in range(events):
        time_ms = START_MS + int(days * DAY_MS * number / events)
        once = number in bad or draw.random() < 0.4  # many honest customers come once, too
        name = f"once-{number}" if once else f"regular-{draw.randrange(100)}"
        event = {
            "event_id": f"e{number}",
            "event_type": "order",
            "event_time": time_ms,
            "account_id": name,
            "device_fingerprint": f"device of {name}",
            "amount": round(draw.lognormvariate(3.0, 0.4) * (40.0 if number in bad else 1.0), 2),
        }
        if draw.random() < 0.7:
            event["address"] = f"{number % 40} Main Street"
        found.append(event)
        if number in bad:
            found.append(label(f"l{number}", event, time_ms + 2 * DAY_MS))
    return iter(sorted(found, key=lambda document: int(document["event_time"])))


def label(event_id: str, event: dict[str, Any], time_ms: int, is_fraud: bool = True) -> dict[str, Any]:
    entities: dict[str, Any] = {name: event[name] for name in ("account_id", "device_fingerprint", "address") if name in event}
    kind = {"event_type": "label", "subject_event_id": event["event_id"], "is_fraud": is_fraud}
    return {"event_id": event_id, "event_time": time_ms, **kind, **entities}


def write(path: Path, lines: Iterator[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def ignore(phase: str, done: int, total: int) -> None:
    """A progress that nobody watches."""
