"""The lines of a crowded entity: as many as said, and no label."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.events.parser import EventParser
from domain.graph import GraphSettings
from flink_job.bench.skew_part import CROWDED, NOBODY, crowd
from tests.support.control_samples import PSEUDONYMS

EVENTS = [
    {"event_id": f"e-{n}", "event_type": "label" if n % 10 == 9 else "login", "event_time": 1_772_455_231_800 + n, "account_id": f"a-{n}"}
    for n in range(1_000)
]
LABEL = {"subject_event_id": "e-1", "is_fraud": True}


def _lines() -> list[bytes]:
    return [json.dumps(event | (LABEL if event["event_type"] == "label" else {})).encode() for event in EVENTS]


@pytest.mark.parametrize("kind", CROWDED)
def test_three_of_ten_events_name_the_crowded_entity_and_all_can_be_read(kind: str) -> None:
    lines, own = crowd(_lines(), kind)
    events: list[dict[str, Any]] = [json.loads(line) for line in lines]
    named = {event["event_id"] for event in events if event["event_type"] == "login" and CROWDED[kind].items() <= event.items()}
    assert named == own
    assert abs(len(own) - 270) <= 1  # of 900 events
    assert [line for line, event in zip(lines, events, strict=True) if event["event_id"] not in own] == [
        line for line, event in zip(_lines(), EVENTS, strict=True) if event["event_id"] not in own
    ]
    graph = GraphSettings()
    parsed = [EventParser(graph, PSEUDONYMS).parse(line) for line in lines]
    keys = [{one.key(position) for one, event in zip(parsed, events, strict=True) if event["event_id"] in own} for position in range(4)]
    assert 1 in {len(found) for found in keys}


def test_without_one_all_lines_stay() -> None:
    assert crowd(_lines(), NOBODY) == (_lines(), set())
