"""Figures of decisions against the truth: by hand, by brute force and by scikit-learn."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from sklearn.metrics import average_precision_score, precision_score, recall_score, roc_auc_score

from gnn.evaluation import EvaluationError, evaluate, join_truth
from gnn.history.train_settings import Costs
from tests.support.evaluation_samples import DAY_MS, Desk

KINDS = ("approve", "investigate", "block")


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


def test_events_of_a_day_on(desk: Desk) -> None:
    desk.decide(("a", "block", 0.9), ("b", "block", 0.8), ("c", "approve", 0.1), ("d", "block", 0.7))
    desk.know(event_id=["a", "b", "c", "d"], is_fraud=[False, True, False, True], event_time=[10, 20, 30, 40])
    found = evaluate(desk.decisions, desk.truth, from_ms=20)
    assert (found.events, found.frauds, found.flagged.flagged, found.flagged.precision) == (3, 2, 2, 1.0)
    whole, later = join_truth(desk.decisions, desk.truth), join_truth(desk.decisions, desk.truth).since(20)
    assert later.keys.to_pylist() == whole.keys.to_pylist()[1:] == ["b", "c", "d"]
    assert later.like(later).rows.equals(later.rows)
    with pytest.raises(EvaluationError, match="earlier --from"):
        evaluate(desk.decisions, desk.truth, from_ms=41)
    desk.know(event_id=["a", "b", "c", "d"], is_fraud=[False, True, False, True])
    with pytest.raises(EvaluationError, match="leave --from out"):
        evaluate(desk.decisions, desk.truth, from_ms=20)


def test_events_without_a_decision_are_counted(desk: Desk) -> None:
    desk.decide(("a", "approve", 0.1))
    desk.know(event_id=["a", "b", "c"], is_fraud=[False, True, False])
    assert desk.evaluate().undecided == 2


def test_what_the_truth_lacks_comes_from_the_decisions(desk: Desk) -> None:
    """Two accounts on the first day, the fraudulent one found and dropped on the second."""
    desk.decide_fully(
        ("a", "block", 0.9, 5 * DAY_MS, "p1", 100.0),
        ("b", "approve", 0.1, 5 * DAY_MS + 1, "p2", 30.0),
        ("c", "investigate", 0.8, 6 * DAY_MS, "p1", None),
        ("d", "approve", 0.3, 6 * DAY_MS, "p3", 40.0),
    )
    labels: dict[str, list[Any]] = {"event_id": ["d", "c", "b", "a"], "is_fraud": [False, True, False, True]}
    desk.know(**labels)
    found = evaluate(desk.decisions, desk.truth, accounts_a_day=[1, 2])
    assert [(daily.k, daily.precision, daily.perfect) for daily in found.precision_at_k] == [(1, 0.5, 0.5), (2, 0.25, 0.25)]
    assert found.cost.decided == Costs().review
    assert found.cost.approve_all == 100.0 + Costs().missed_fraud_least
    assert (found.model, [row.event_type for row in found.event_types]) == ("gnn-1", ["order"])
    # the truth's accounts and times are before those of the decisions: here all on one day
    desk.know(**labels, account_id=["w", "x", "y", "z"], event_time=[0, 1, 2, 3])
    found = evaluate(desk.decisions, desk.truth, accounts_a_day=[1, 2])
    assert [daily.precision for daily in found.precision_at_k] == [1.0, 1.0]
