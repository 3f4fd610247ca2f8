"""A stream of pseudonyms leaves the same state as the stream of the raw identifiers."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from domain.events.event import Event
from domain.events.identity import MISSING, Pseudonyms, as_text
from domain.events.parser import EventParser
from domain.graph import ENTITY_FIELDS, GraphSettings
from domain.simulator import SimulatorSettings, simulate
from domain.step import Step

GRAPH = GraphSettings(entities=("account", "device", "address", "payment", "email"), ring_entities=("ip",))
PARSER = EventParser(GRAPH, Pseudonyms(b"test"))
LINES = [json.dumps(document).encode() for document in simulate(SimulatorSettings(events=1500, seed=3)).documents()]


def hidden(line: bytes, share: float, chance: random.Random) -> bytes:
    """The line with pseudonyms for a share of the kinds that the graph has, chosen anew for each line."""
    doc: dict[str, Any] = json.loads(line)
    keys = dict(zip(GRAPH.stages, _keys(PARSER.parse(line)), strict=True))
    kinds = [kind for kind, key in keys.items() if key != MISSING and chance.random() < share]
    for kind in kinds:
        del doc[ENTITY_FIELDS[kind]]
    return json.dumps(doc | {"pseudonyms": {kind: as_text(keys[kind]) for kind in kinds}}).encode()


def _keys(event: Event) -> list[int]:
    return [event.key(stage) for stage in range(len(GRAPH.stages))]


def states_of(lines: list[bytes]) -> list[dict[int, bytes]]:
    step = Step(GRAPH)
    states: list[dict[int, bytes]] = [{} for _ in GRAPH.stages]
    for line in lines:
        step(PARSER.parse(line), states)
    return states


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_raw_and_hidden_lines_leave_the_same_bytes(share: float) -> None:
    chance = random.Random(5)
    wanted = states_of(LINES)
    assert states_of([hidden(line, share, chance) for line in LINES]) == wanted
    assert all(len(state) > 10 for state in wanted), "labels and events of every kind were among them"
