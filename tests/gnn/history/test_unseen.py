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
from gnn.history.unseen import hides_outcome, unseen_identities
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
    unseen = unseen_identities([decided(event) for event in blocked], Pseudonyms(b"test"), SETTINGS.unseen_after)
    assert unseen == {parser().parse(json.dumps(event).encode()).identity for event in blocked}
    path = write(tmp_path / "events.jsonl", iter(lines))
    before = read_first_pass([path], parser(), SETTINGS, ignore)
    found = read_first_pass([path], parser(), SETTINGS, ignore, unseen)
    assert found.left_out == 2 and found.candidates == before.candidates - 2, "of four one is labelled fraud and one legitimate"
    assert found.frauds == before.frauds
    with open_dataset(GRAPH, parser(), [path], found, ignore, SETTINGS) as dataset:
        assert len(dataset.every) == len(events) - 2 and dataset.counts.events == len(events), "the state still learns from all"


def test_a_withdrawn_clearance_makes_an_outcome_unknown_again(tmp_path: Path) -> None:
    lines = list(documents())
    event, last = lines[0], lines[-1]["event_time"]
    lines += [label("cleared", event, last, is_fraud=False), {**label("undone", event, last), "is_fraud": None}]
    unseen = unseen_identities([decided(event)], Pseudonyms(b"test"), SETTINGS.unseen_after)
    assert read_first_pass([write(tmp_path / "events.jsonl", iter(lines))], parser(), SETTINGS, ignore, unseen).left_out == 1


def test_only_investigate_and_block_can_hide_an_outcome() -> None:
    with pytest.raises(SettingError, match=r"train.unseen_after: 'approve' is neither"):
        TrainSettings(unseen_after=("block", "approve"))
