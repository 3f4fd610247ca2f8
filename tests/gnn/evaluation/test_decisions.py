"""Decisions as they are read: a file or a folder, and those that are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gnn.evaluation import EvaluationError, evaluate, read_decisions
from tests.support.evaluation_samples import Desk


def test_decisions_of_a_folder(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("b", "a"):
        (folder / f"{name}.jsonl").write_text(json.dumps({"event_id": name, "decision": "block", "score": 1.0}) + "\n")
    (folder / ".c.jsonl.inprogress").write_text("{")
    desk.know(event_id=["a", "b"], is_fraud=[True, True])
    assert [document["event_id"] for document in read_decisions(folder)] == ["a", "b"]
    assert evaluate(folder, desk.truth).blocked.recall == 1.0


def test_decisions_that_cannot_be_read(desk: Desk, tmp_path: Path) -> None:
    desk.know(event_id=["a"], is_fraud=[True])
    assert f"{desk.decisions} holds no decisions: name a .jsonl file" in desk.refused()
    desk.decisions.write_text("")
    assert "holds no decisions: has the job decided" in desk.refused()
    desk.decide(("a", "block", 0.9))
    desk.decisions.write_text(desk.decisions.read_text() + '{"event_id": "b", "deci')
    assert f"{desk.decisions}, line 2: not JSON; is the file complete?" in desk.refused()
    desk.decisions.write_bytes(b"\xe9\n")
    assert f"{desk.decisions}, line 1: not UTF-8 text" in desk.refused()
    desk.decisions.write_text('{"event_id": "a", "score": 0.5}\n')
    assert "line 1: no decision, decision is missing" in desk.refused()
    desk.decisions.write_text("[1]\n")
    assert "line 1: no decision, event_id is missing" in desk.refused()
    for wrong, said in (
        ({"event_id": 7}, "event_id is not a string"),
        ({"decision": "maybe"}, "decision is none of approve, investigate, block"),
        ({"score": 1.5}, "score is not a number from 0 to 1"),
        ({"score": "high"}, "score is not a number from 0 to 1"),
        ({"event_time": "today"}, "event_time is not an integer of milliseconds"),
        ({"event_time": 10**30}, "event_time is not an integer of milliseconds"),
        ({"entities": ["a"]}, "event_type, model or entities is not text"),
        ({"amount": "much"}, "amount is not a number"),
    ):
        desk.decisions.write_text(json.dumps({"event_id": "a", "decision": "block", "score": 0.9} | wrong) + "\n")
        assert f"line 1: no decision, {said}; is it the job's output?" in desk.refused()
    (tmp_path / "empty").mkdir()
    with pytest.raises(EvaluationError, match="empty holds no decisions"):
        evaluate(tmp_path / "empty", desk.truth)


def test_event_decided_twice(desk: Desk) -> None:
    desk.decide(("a", "block", 0.9), ("a", "block", 0.9))
    desk.know(event_id=["a"], is_fraud=[True])
    assert "decides an event twice: is it the output of several runs?" in desk.refused()
