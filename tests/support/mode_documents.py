"""Documents of the modes: the places that they go to, and how what is there differs from what should be."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import redis

from domain.decisions.decision import APPROVE
from domain.decisions.enriched import Enricher
from domain.decisions.policy import PolicySettings
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from domain.simulator import SimulatorSettings, simulate
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import load_scorer
from gnn.history.replay import Replay
from gnn.scoring.decider import Decider
from gnn.scoring.offline_score import EnrichedFile, score_files
from tests.support.job_process import without_clock
from tests.support.kafka_broker import KafkaBroker

KEY = "a key for the tests"
REPEATED = 50
Document = dict[str, Any]


class Place(Protocol):
    """Where documents go."""

    def url(self, name: str) -> str: ...

    def documents(self, name: str) -> list[Document]: ...


@dataclass(frozen=True)
class Folders:
    folder: Path

    def url(self, name: str) -> str:
        return f"file:{self.folder / name}"

    def documents(self, name: str) -> list[Document]:
        return [json.loads(line) for path in sorted((self.folder / name).glob("*.jsonl")) for line in path.read_text().splitlines()]


@dataclass(frozen=True)
class Streams:
    client: redis.Redis
    prefix: str

    def url(self, name: str) -> str:
        return f"redis:{name}"

    def documents(self, name: str) -> list[Document]:
        return [json.loads(fields["json"]) for _, fields in self.client.xrange(f"{self.prefix}{name}")]  # type: ignore[union-attr]


@dataclass(frozen=True)
class Topics:
    broker: KafkaBroker

    def url(self, name: str) -> str:
        return self.broker.create(f"modes-{name}")

    def documents(self, name: str) -> list[Document]:
        return [json.loads(one.value()) for one in self.broker.records(f"modes-{name}")]


@dataclass(frozen=True)
class Compared:
    """What is there against what should be."""

    documents: int
    missing: int
    doubled: int
    differing: int
    """Those with other content, and those that should not be there."""

    @classmethod
    def of(cls, found: Iterable[Document], expected: Mapping[str, Document]) -> Compared:
        found = list(found)
        times, there = Counter(document["event_id"] for document in found), without_clock(found)
        differing = sum(expected.get(name) != document for name, document in there.items())
        return cls(len(found), len(expected.keys() - times), sum(times.values()) - len(times), differing)

    @property
    def is_whole(self) -> bool:
        return not (self.missing or self.doubled or self.differing)


@dataclass(frozen=True)
class Expected:
    """What the modes' documents should be, by event id, without the clock."""

    enriched: dict[str, Document]

    @property
    def decisions(self) -> dict[str, Document]:
        added = ("event", "features", "derived", "raw")
        return {name: {key: one[key] for key in one if key not in added} for name, one in self.enriched.items()}

    @property
    def flagged(self) -> dict[str, Document]:
        return {name: one for name, one in self.decisions.items() if one["decision"] != APPROVE}

    @property
    def approved(self) -> dict[str, Document]:
        return {name: one for name, one in self.decisions.items() if one["decision"] == APPROVE}


def history(folder: Path, events: int) -> Path:
    """A simulated shop's events and labels, some events again, and a line that is none."""
    path = folder / "events.jsonl"
    lines = [json.dumps(document) + "\n" for document in simulate(SimulatorSettings(events=events, seed=15, fraud_share=0.05)).documents()]
    path.write_text("".join([*lines, *lines[-REPEATED:], "{\n"]))
    return path


def muddled(folder: Path, events: int) -> Path:
    """Such a history with lines of all kinds: repeated at once and later, broken, late, and not in ASCII."""
    lines = history(folder, events).read_text().splitlines()[: -REPEATED - 1]
    for at in range(0, len(lines) - 400, 40):
        lines.insert(at + at % 399, lines[at])
    for at in range(0, len(lines), 100):
        lines[at] = _with_attributes(lines[at])
        lines.insert(at, '{"event_id": "broken"')
    late = [lines.pop(len(lines) // 3) for _ in range(20)]
    at = 2 * len(lines) // 3
    lines[at:at] = late
    path = folder / "muddled.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _with_attributes(line: str) -> str:
    """A line with attributes that nobody reads; of a label, which has none, the line itself."""
    event = json.loads(line)
    if event["event_type"] == "label":
        return line
    more = {"attributes": {"gift": "Grüße \u2028 an 祖母", "decided_at": 5}}
    return json.dumps(event | more, ensure_ascii=False)


def offline(events: Path, folder: Path, policy: PolicySettings, with_raw: bool = False) -> Expected:
    """What `ringwatch score --enriched` writes."""
    graph, pseudonyms, out = GraphSettings(), Pseudonyms(KEY.encode()), folder / "offline.jsonl"
    decider, replay = Decider(graph, load_scorer(PRETRAINED, graph), policy, pseudonyms), Replay(graph, EventParser(graph, pseudonyms))
    enriched = EnrichedFile(Enricher(graph, True), out, with_raw)
    score_files(replay, decider, [events], folder / "decisions-offline.jsonl", enriched=enriched)
    return Expected(without_clock(json.loads(line) for line in out.read_text().splitlines()))
