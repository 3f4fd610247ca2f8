"""`train --decisions` and `evaluate --acted`: what was blocked and has no label is unknown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flink_job.cli import main
from gnn.artifact.artifact import read_card
from tests.support.gnn_history import documents, write

QUICK = ["--model", "gbt", "--set", "train.trees=10", "--label-delay", "3d"]


@pytest.fixture
def blocked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Decisions of a history that block every tenth event; ids of those without a label."""
    monkeypatch.chdir(tmp_path)
    lines = list(documents(800, frauds=60))
    write(tmp_path / "events.jsonl", iter(lines))
    assert main(["score", "--events", "events.jsonl", "--out", "decisions.jsonl"]) == 0
    decisions = [json.loads(line) for line in Path("decisions.jsonl").read_text().splitlines()]
    chosen = [{**document, "decision": "block" if number % 10 == 0 else "approve"} for number, document in enumerate(decisions)]
    write(tmp_path / "acted.jsonl", iter(chosen))
    labelled = {line["subject_event_id"] for line in lines if line["event_type"] == "label"}
    return {document["event_id"] for document in chosen if document["decision"] == "block"} - labelled


def test_training_leaves_them_out_and_says_so(blocked: set[str], capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "--events", "events.jsonl", *QUICK, "--labels", "final"]
    assert main([*words, "--out", "all"]) == 0
    assert main([*words, "--out", "seen", "--decisions", "acted.jsonl"]) == 0
    said = " ".join(capsys.readouterr().err.split())
    before, after = (read_card(Path(name)).data for name in ("all", "seen"))
    left_out = before.train_events + before.validation_events - after.train_events - after.validation_events
    assert 0 < left_out == after.unknown_events <= len(blocked) and before.unknown_events == 0
    assert f"unknown {left_out} events kept from happening" in said
    assert f"{left_out} events that were kept from happening" in Path("seen/card.md").read_text()


def test_nobody_acts_on_decisions_by_a_setting(blocked: set[str]) -> None:
    words = ["train", "--events", "events.jsonl", *QUICK, "--decisions", "acted.jsonl", "--set", "train.unseen_after=[]"]
    assert main([*words, "--out", "model"]) == 0
    assert read_card(Path("model")).data.unknown_events == 0


def test_figures_leave_them_out(blocked: set[str], capsys: pytest.CaptureFixture[str]) -> None:
    words = ["evaluate", "--decisions", "decisions.jsonl", "--truth", "events.jsonl", "--json", "out.json"]
    assert main(words) == 0
    before = json.loads(Path("out.json").read_text())
    assert main([*words, "--acted", "acted.jsonl"]) == 0
    after = json.loads(Path("out.json").read_text())
    assert before["events"] - after["events"] == len(blocked) and before["frauds"] == after["frauds"]
    assert f"{len(blocked)} events left out" in capsys.readouterr().err


def test_a_table_of_the_truth_knows_every_outcome(blocked: set[str], capsys: pytest.CaptureFixture[str]) -> None:
    ids = (json.loads(line)["event_id"] for line in Path("decisions.jsonl").read_text().splitlines())
    Path("truth.csv").write_text("event_id,is_fraud\n" + "".join(f"{event_id},0\n" for event_id in ids))
    assert main(["evaluate", "--decisions", "decisions.jsonl", "--truth", "truth.csv", "--acted", "acted.jsonl"]) == 1
    assert "leave --acted out" in capsys.readouterr().err
