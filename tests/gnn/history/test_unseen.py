"""Events that were kept from happening: neither fraud nor legitimate, until a label says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domain.errors import SettingError
from domain.events.identity import Pseudonyms, as_text
from gnn.history.dataset import open_dataset
from gnn.history.first_pass import read_first_pass
from gnn.history.train_settings import TrainSettings
from gnn.history.unseen import acted_on, hides_outcome
from tests.support.gnn_history import GRAPH, documents, ignore, label, parser, write

SETTINGS = TrainSettings(label_delay_s=0.0)


def decided(event: dict[str, Any], decision: str = "block", **more: Any) -> dict[str, Any]:
    account = as_text(parser().parse(json.dumps(event).encode()).entities[0])
    return {"event_id": event["event_id"], "decision": decision, "score": 0.99, "entities": {"account": account}, **more}


def test_a_block_hides_the_outcome_unless_the_switch_was_off() -> None:
    event = next(documents())
    assert hides_outcome(decided(event), ["block"]) and not hides_outcome(decided(event, "investigate"), ["block"])
    assert hides_outcome(decided(event, "investigate"), ["block", "investigate"])
    assert not hides_outcome(decided(event, switches={"auto_block": False}), ["block"])
    assert hides_outcome(decided(event, switches={"rules": False}), ["block"])


def test_what_was_blocked_and_has_no_label_is_left_out_of_training(tmp_path: Path) -> None:
    lines = list(documents())
    subjects = {line["subject_event_id"] for line in lines if line["event_type"] == "label"}
    events = [line for line in lines if line["event_type"] != "label"]
    honest = [event for event in events if event["event_id"] not in subjects]
    frauds = [event for event in events if event["event_id"] in subjects]
    lines += [label("cleared", honest[0], lines[-1]["event_time"], is_fraud=False)]
    blocked = [*honest[:3], frauds[0]]
    acted = acted_on([decided(event) for event in blocked], Pseudonyms(b"test"), SETTINGS.unseen_after)
    assert not acted.weights and acted.unseen == {parser().parse(json.dumps(event).encode()).identity for event in blocked}
    path = write(tmp_path / "events.jsonl", iter(lines))
    before = read_first_pass([path], parser(), SETTINGS, ignore)
    found = read_first_pass([path], parser(), SETTINGS, ignore, acted)
    assert found.left_out == 2 and found.candidates == before.candidates - 2, "of four one is labelled fraud and one legitimate"
    assert found.frauds == before.frauds
    with open_dataset(GRAPH, parser(), [path], found, ignore, SETTINGS) as dataset:
        assert len(dataset.every) == len(events) - 2 and dataset.counts.events == len(events), "the state still learns from all"


def test_a_withdrawn_clearance_makes_an_outcome_unknown_again(tmp_path: Path) -> None:
    lines = list(documents())
    event, last = lines[0], lines[-1]["event_time"]
    lines += [label("cleared", event, last, is_fraud=False), {**label("undone", event, last), "is_fraud": None}]
    acted = acted_on([decided(event)], Pseudonyms(b"test"), SETTINGS.unseen_after)
    assert read_first_pass([write(tmp_path / "events.jsonl", iter(lines))], parser(), SETTINGS, ignore, acted).left_out == 1


def test_only_investigate_and_block_can_hide_an_outcome() -> None:
    with pytest.raises(SettingError, match=r"train.unseen_after: 'approve' is neither"):
        TrainSettings(unseen_after=("block", "approve"))


def test_what_was_reviewed_in_place_of_a_block_stands_for_the_others(tmp_path: Path) -> None:
    lines = list(documents())
    path = write(tmp_path / "events.jsonl", iter(lines))
    events = [line for line in lines if line["event_type"] != "label"]
    drawn = [decided(event, "investigate", explored=0.1) for event in events[:4]]
    acted = acted_on([*drawn, decided(events[5])], Pseudonyms(b"test"), SETTINGS.unseen_after)
    assert sorted(acted.weights.values()) == [10.0] * 4 and len(acted.unseen) == 1
    found = read_first_pass([path], parser(), SETTINGS, ignore, acted)
    assert found.weighed == 4
    with open_dataset(GRAPH, parser(), [path], found, ignore, SETTINGS) as dataset:
        assert dataset.weight[:4].tolist() == [10.0] * 4 and set(dataset.weight[4:].tolist()) == {1.0}
    assert not acted_on(drawn, Pseudonyms(b"test"), ()).weights, "nobody acts on decisions: every event is seen"
    held = acted_on(drawn, Pseudonyms(b"test"), ("block", "investigate"))
    assert len(held.unseen) == len(held.weights) == 4, "what is held is unknown until a label comes, and weighs then"
