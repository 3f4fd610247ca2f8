"""Decisions against the truth: counts by hand and by scikit-learn, and files that do not fit."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import average_precision_score, precision_score, recall_score, roc_auc_score

from gnn.evaluation import EvaluationError, evaluate, read_decisions

KINDS = ("approve", "investigate", "block")


class Desk:
    """A folder with decisions and a truth."""

    def __init__(self, folder: Path) -> None:
        self.decisions, self.truth = folder / "decisions.jsonl", folder / "truth.parquet"

    def decide(self, *rows: tuple[str, str, float]) -> None:
        documents = ({"event_id": name, "decision": decision, "score": score} for name, decision, score in rows)
        self.decisions.write_text("".join(json.dumps(document) + "\n" for document in documents))

    def know(self, **columns: list[Any]) -> None:
        pq.write_table(pa.table(columns), self.truth)

    def evaluate(self) -> Any:
        return evaluate(self.decisions, self.truth)

    def refused(self) -> str:
        with pytest.raises(EvaluationError) as caught:
            self.evaluate()
        return str(caught.value)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize("seed", range(5))
def test_figures_by_brute_force(seed: int, desk: Desk) -> None:
    draw = random.Random(seed)
    names = [f"e{number}" for number in range(300)]
    fraud = {name: draw.random() < 0.2 for name in names}
    ring = {name: f"r{draw.randrange(12)}" if fraud[name] and draw.random() < 0.8 else None for name in names}
    member = {name: draw.randint(1, 9) if ring[name] else None for name in names}
    segment = {name: draw.choice(["new", "regular", None]) for name in names}
    score = {name: round(min(1.0, draw.random() + 0.3 * fraud[name]), 1) for name in names}  # with many ties
    decision = {name: draw.choices(KINDS, (8, 1, 1 + 4 * fraud[name]))[0] for name in names}
    desk.decide(*((name, decision[name], score[name]) for name in draw.sample(names, len(names))))
    desk.know(
        event_id=names,
        is_fraud=[fraud[name] for name in names],
        ring_id=[ring[name] for name in names],
        member=[member[name] for name in names],
        segment=[segment[name] for name in names],
    )
    found = desk.evaluate()

    truth = [fraud[name] for name in names]
    flagged = [decision[name] != "approve" for name in names]
    blocked = [decision[name] == "block" for name in names]
    assert (found.events, found.frauds) == (300, sum(truth))
    assert found.decisions == {kind: list(decision.values()).count(kind) for kind in KINDS}
    for detection, flags in ((found.flagged, flagged), (found.blocked, blocked)):
        assert detection.flagged == sum(flags)
        assert detection.precision == pytest.approx(precision_score(truth, flags))
        assert detection.recall == pytest.approx(recall_score(truth, flags))
    scores = [score[name] for name in names]
    assert found.ranking.auc == pytest.approx(roc_auc_score(truth, scores))
    assert found.ranking.average_precision == pytest.approx(average_precision_score(truth, scores))

    rings = {value for value in ring.values() if value}
    first = {
        name: min((member[event] or 0 for event in names if ring[event] == name and decision[event] != "approve"), default=None)
        for name in rings
    }
    assert found.rings == len(rings)
    assert found.rings_flagged == sum(value is not None for value in first.values())
    assert found.rings_flagged_by_third_member == sum(value is not None and value <= 3 for value in first.values())
    for name, share in found.flagged_legitimate_by_segment.items():
        of_segment = [decision[event] != "approve" for event in names if segment[event] == name and not fraud[event]]
        assert share == pytest.approx(sum(of_segment) / len(of_segment))
    assert set(found.flagged_legitimate_by_segment) == {"new", "regular"}
    assert json.loads(json.dumps(found.document()))["flagged"]["flagged"] == sum(flagged)


def test_ring_is_caught_by_its_third_member_or_later(desk: Desk) -> None:
    names = ["a1", "a3", "b4", "b2", "c1"]
    desk.decide(("a1", "approve", 0.1), ("a3", "investigate", 0.6), ("b4", "block", 0.9), ("b2", "approve", 0.2), ("c1", "approve", 0.1))
    desk.know(event_id=names, is_fraud=[True] * 5, ring_id=["a", "a", "b", "b", "c"], member=[1, 3, 4, 2, 1])
    found = desk.evaluate()
    assert (found.rings, found.rings_flagged, found.rings_flagged_by_third_member) == (3, 2, 1)


def test_nothing_to_divide_by(desk: Desk) -> None:
    desk.decide(("a", "approve", 0.1), ("b", "approve", 0.2))
    desk.know(event_id=["a", "b", "not decided"], is_fraud=[False, False, True])
    found = desk.evaluate()
    assert found.flagged.precision is None
    assert found.flagged.recall is None
    assert found.ranking is None
    assert (found.events, found.rings, found.flagged_legitimate_by_segment) == (2, 0, {})


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
    desk.decisions.write_text('{"event_id": "a", "score": 0.5}\n')
    assert "line 1: no decision, decision is missing" in desk.refused()
    desk.decisions.write_text("[1]\n")
    assert "line 1: no decision, event_id is missing" in desk.refused()
    (tmp_path / "empty").mkdir()
    with pytest.raises(EvaluationError, match="empty holds no decisions"):
        evaluate(tmp_path / "empty", desk.truth)


def test_event_decided_twice(desk: Desk) -> None:
    desk.decide(("a", "block", 0.9), ("a", "block", 0.9))
    desk.know(event_id=["a"], is_fraud=[True])
    assert "decides an event twice: is it the output of several runs?" in desk.refused()


def test_truth_that_does_not_fit(desk: Desk) -> None:
    desk.decide(("a", "block", 0.9), ("b", "approve", 0.1))
    assert "truth.parquet is not a readable Parquet file" in desk.refused()
    desk.truth.write_text("event_id,is_fraud\na,1\n")
    assert "is not a readable Parquet file" in desk.refused()
    desk.know(event_id=["a"], is_fraud=[True])
    assert "does not know 1 of 2 decided events" in desk.refused()
    desk.know(event_id=["a", "b", "a"], is_fraud=[True, False, False])
    assert "names an event twice" in desk.refused()
    desk.know(event_id=["a", "b"], is_fraud=["True", "False"])
    assert "column is_fraud must hold true or false" in desk.refused()
    desk.know(event_id=["a", "b"], is_fraud=[True, None])
    assert "column is_fraud must hold true or false" in desk.refused()
    desk.know(event_id=["a", "b"])
    assert "has no column is_fraud" in desk.refused()
    desk.know(is_fraud=[True, False])
    assert "has no column event_id" in desk.refused()


def test_truth_in_numbers(desk: Desk) -> None:
    desk.decide(("a", "block", 0.9), ("b", "approve", 0.1))
    desk.know(event_id=["a", "b"], is_fraud=[1, 0], ring_id=["r", None])
    found = desk.evaluate()
    assert (found.frauds, found.blocked.precision, found.rings) == (1, 1.0, 0)


def test_events_without_a_decision_are_counted(desk: Desk) -> None:
    desk.decide(("a", "approve", 0.1))
    desk.know(event_id=["a", "b", "c"], is_fraud=[False, True, False])
    assert desk.evaluate().undecided == 2
