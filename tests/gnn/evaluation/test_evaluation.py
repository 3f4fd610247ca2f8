"""Decisions against the truth: counts by hand and by scikit-learn, and files that do not fit."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import average_precision_score, precision_score, recall_score, roc_auc_score

from gnn.evaluation import EvaluationError, ScoredTruth, evaluate, evaluate_rows, join_truth, read_decisions
from gnn.evaluation.slices import MOST_SLICES
from gnn.evaluation.tables import detail_tables, duration, summary_rows
from gnn.history.train_settings import Costs

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


def test_truth_that_does_not_fit(desk: Desk) -> None:
    desk.decide(("a", "block", 0.9), ("b", "approve", 0.1))
    assert "truth.parquet does not exist: name a Parquet" in desk.refused()
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


HOUR_MS, DAY_MS = 3_600_000, 86_400_000


def history(seed: int, n: int = 400) -> ScoredTruth:
    """Random events with everything known of them."""
    draw = np.random.default_rng(seed)
    fraud = draw.random(n) < 0.3
    ring = np.where(fraud & (draw.random(n) < 0.8), draw.integers(0, 9, n), -1)
    kinds = np.where(ring >= 0, np.array(["farm", "mill", "den"])[ring % 3], None)
    score = np.round(np.clip(draw.random(n) * 0.7 + 0.3 * fraud, 0, 1), 1)
    columns = {
        "score": score,
        "fraud": fraud,
        "flagged": score > 0.6,
        "blocked": score > 0.8,
        "amount": np.where(draw.random(n) < 0.5, np.nan, 80.0),
        "time_ms": draw.permutation(n) * HOUR_MS,
        "account": draw.integers(0, 60, n),
        "ring": ring,
        "member": np.where(ring >= 0, draw.integers(1, 7, n), np.nan),
        "ring_kind": pd.Categorical(kinds),
        "segment": pd.Categorical(np.where(fraud, None, draw.choice(["home", "office", "locker"], n))),
        "event_type": pd.Categorical(draw.choice(["order", "login"], n)),
    }
    return ScoredTruth(pd.DataFrame(columns), pa.chunked_array([[f"e{number}" for number in range(n)]]), 0, "m")


@pytest.mark.parametrize("seed", range(3))
def test_scenarios_and_segments_by_brute_force(seed: int) -> None:
    scored = history(seed)
    rows, found = scored.rows, evaluate_rows(scored, Costs())
    kinds = rows.ring_kind.astype(object).where(rows.ring_kind.notna(), "none")
    assert {row.kind for row in found.scenarios} == {"farm", "mill", "den", "none"}
    for row in found.scenarios:
        its = rows[rows.fraud & (kinds == row.kind)]
        ranked = pd.concat([its, rows[~rows.fraud]])
        assert (row.frauds, row.flagged, row.blocked) == pytest.approx((len(its), its.flagged.mean(), its.blocked.mean()))
        assert row.average_precision == pytest.approx(average_precision_score(ranked.fraud, ranked.score))
    assert sum(row.frauds for row in found.scenarios) == rows.fraud.sum()

    good = rows[~rows.fraud]
    assert {row.name for row in found.segments} == {"home", "office", "locker"}
    for segment in found.segments:
        mine, others = good[good.segment == segment.name], good[good.segment != segment.name]
        assert (segment.legitimate, segment.flagged, segment.blocked) == (len(mine), mine.flagged.mean(), mine.blocked.mean())
        assert segment.flagged_to_others == pytest.approx(mine.flagged.mean() / others.flagged.mean())


@pytest.mark.parametrize("seed", range(3))
def test_event_types_by_scikit_learn(seed: int) -> None:
    scored = history(seed)
    found = evaluate_rows(scored, Costs()).event_types
    assert {kind.event_type for kind in found} == {"order", "login"}
    for kind in found:
        its = scored.rows[scored.rows.event_type == kind.event_type]
        assert (kind.events, kind.frauds) == (len(its), its.fraud.sum())
        assert kind.precision == pytest.approx(precision_score(its.fraud, its.flagged))
        assert kind.recall == pytest.approx(recall_score(its.fraud, its.flagged))
        assert kind.flagged_legitimate == pytest.approx(its.flagged[~its.fraud].mean())
        assert kind.average_precision == pytest.approx(average_precision_score(its.fraud, its.score))


@pytest.mark.parametrize("seed", range(3))
def test_ring_detection_by_brute_force(seed: int) -> None:
    scored = history(seed)
    events = [row for row in scored.rows.itertuples() if row.fraud and row.ring >= 0]
    seconds, early, third = {}, set(), set()
    for ring in {row.ring for row in events}:
        its = sorted((row for row in events if row.ring == ring), key=lambda row: row.time_ms)
        flags = [row for row in its if row.flagged]
        if flags:
            seconds[ring] = (flags[0].time_ms - its[0].time_ms) / 1000
            early |= {ring} if all(row.member <= 3 for row in its if row.time_ms <= flags[0].time_ms) else set()
            third |= {ring} if min(row.member for row in flags) <= 3 else set()
    every, *kinds = evaluate_rows(scored, Costs()).ring_detection
    assert (every.kind, every.rings, every.flagged) == ("all", len({row.ring for row in events}), len(seconds))
    assert (every.by_third_member, every.before_fourth_member) == (len(third), len(early))
    assert every.median_s == pytest.approx(np.median(list(seconds.values())))
    assert every.p90_s == pytest.approx(np.quantile(list(seconds.values()), 0.9))
    for kind in kinds:
        its = [seconds[ring] for ring in seconds if ["farm", "mill", "den"][ring % 3] == kind.kind]
        assert (kind.flagged, kind.median_s) == (len(its), pytest.approx(np.median(its)))


def test_parts_with_nothing_to_divide_by() -> None:
    """Neither frauds nor flags, and more segments than a table takes."""
    rows = history(0).rows.assign(fraud=False, flagged=False, blocked=False)
    rows["segment"] = pd.Categorical([f"s{number % 80}" for number in range(len(rows))])
    found = evaluate_rows(ScoredTruth(rows, pa.chunked_array([["x"] * len(rows)]), 0, "m"), Costs())
    assert len(found.segments) == MOST_SLICES
    assert {segment.flagged_to_others for segment in found.segments} == {None}
    assert (found.scenarios, found.ring_detection, found.precision_at_k, found.recall_at_01pct_fpr) == ((), (), (), None)
    assert {(kind.precision, kind.recall, kind.average_precision) for kind in found.event_types} == {(None, None, None)}
    assert json.dumps(found.document(), allow_nan=False)
    tables = detail_tables(found)
    assert [table.title for table in tables] == ["Segments", "Event types"]
    assert "The 50 largest." in tables[0].note


def decide_fully(desk: Desk, *rows: tuple[str, str, float, int, str, float | None]) -> None:
    names = ("event_id", "decision", "score", "event_time", "account", "amount")
    documents = [dict(zip(names, row, strict=True)) for row in rows]
    for document in documents:
        document |= {"entities": {"account": document.pop("account")}, "event_type": "order", "model": "gnn-1"}
    desk.decisions.write_text("".join(json.dumps(document) + "\n" for document in documents))


def test_what_the_truth_lacks_comes_from_the_decisions(desk: Desk) -> None:
    """Two accounts on the first day, the fraudulent one found and dropped on the second."""
    decide_fully(
        desk,
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


def test_truth_as_csv(desk: Desk, tmp_path: Path) -> None:
    decide_fully(desk, ("007", "block", 0.9, 1, "p", None), ("8", "approve", 0.1, 2, "q", 5.0))
    truth = tmp_path / "truth.csv"
    truth.write_text(
        "event_id,is_fraud,event_time,account_id,ring_id,ring_kind,member,segment\n"
        "007,1,2026-01-31T12:00:00Z,1,r1,farm,1,\n8,0,2026-02-01T12:00:00Z,01,,,,home\n"
    )
    scored = join_truth(desk.decisions, truth)
    assert scored.rows.fraud.tolist() == [True, False]
    assert scored.rows.time_ms.tolist() == [1_769_860_800_000, 1_769_947_200_000]
    assert scored.rows.account.nunique() == 2
    assert scored.rows.ring.tolist() == [0, -1]
    assert scored.rows.segment.tolist()[1:] == ["home"]
    assert evaluate(desk.decisions, truth).ring_detection[0].before_fourth_member == 1
    truth.write_text("event_id,is_fraud,event_time\n007,1,noon\n8,0,night\n")
    with pytest.raises(EvaluationError, match="column event_time must hold times"):
        join_truth(desk.decisions, truth)
    truth.write_text("event_id,is_fraud,member\n007,1,first\n8,0,\n")
    with pytest.raises(EvaluationError, match="column member must hold numbers, not string"):
        join_truth(desk.decisions, truth)


@pytest.mark.parametrize(
    "times",
    [
        pa.array([1_769_860_800_000, 1_769_860_801_000]),
        pa.array([1_769_860_800_000_000, 1_769_860_801_000_000], pa.timestamp("us")),
        pa.array([1_769_860_800, 1_769_860_801], pa.timestamp("s", "Asia/Tokyo")),
        pa.array(["2026-01-31T12:00:00Z", "2026-01-31T14:00:01+02:00"]),
        pa.array([1_769_860_800_000.0, 1_769_860_801_000.0]),
    ],
)
def test_times_of_a_truth(times: pa.Array, desk: Desk) -> None:
    desk.decide(("a", "block", 0.9), ("b", "approve", 0.1))
    pq.write_table(pa.table({"event_id": ["a", "b"], "is_fraud": [True, False], "event_time": times}), desk.truth)
    assert join_truth(desk.decisions, desk.truth).rows.time_ms.tolist() == [1_769_860_800_000, 1_769_860_801_000]


def test_truth_of_events_with_their_labels(desk: Desk, tmp_path: Path) -> None:
    truth = tmp_path / "events.jsonl"

    def write(*lines: dict[str, Any]) -> None:
        truth.write_text("".join(json.dumps({"account_id": "u"} | line) + "\n" for line in lines))

    def label(subject: str, is_fraud: bool) -> dict[str, Any]:
        return {"event_type": "label", "event_id": f"l-{subject}-{is_fraud}", "subject_event_id": subject, "is_fraud": is_fraud}

    orders: list[dict[str, Any]] = [{"event_type": "order", "event_id": name} for name in "abcd"]
    desk.decide(*((name, "block", 0.9) for name in "abcd"))
    write(*orders, orders[0], label("a", True), label("b", False), label("c", True), label("c", False), label("b", True), label("z", True))
    scored = join_truth(desk.decisions, truth)
    assert dict(zip("abcd", scored.rows.fraud, strict=True)) == {"a": True, "b": True, "c": False, "d": False}
    assert (scored.undecided, scored.rows.account.tolist(), scored.rows.event_type.tolist()) == (0, [0] * 4, ["order"] * 4)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "part.jsonl").write_bytes(truth.read_bytes())
    assert evaluate(desk.decisions, folder).frauds == 2

    for line, said in (
        (label("a", True) | {"is_fraud": "yes"}, "is_fraud"),
        (orders[0] | {"event_id": None}, "event_id"),
        ({}, "event_id"),
    ):
        write(*orders, line)
        with pytest.raises(EvaluationError, match=f"events.jsonl, line 5: no event, {said} is missing"):
            join_truth(desk.decisions, truth)
    write(label("a", True))
    with pytest.raises(EvaluationError, match="holds no events, only labels or nothing"):
        join_truth(desk.decisions, truth)
    with pytest.raises(EvaluationError, match=r"none.jsonl does not exist"):
        join_truth(desk.decisions, tmp_path / "none.jsonl")


def test_an_event_without_an_account_is_one_of_its_own(desk: Desk) -> None:
    desk.decide(*((name, "block", 0.9) for name in "abcd"))
    desk.know(event_id=list("abcd"), is_fraud=[True] * 4, account_id=["u", None, "u", None], event_time=[1, 2, 3, 4])
    accounts = join_truth(desk.decisions, desk.truth).rows.account.tolist()
    assert accounts[0] == accounts[2]
    assert len(set(accounts)) == 3


def test_summary_says_what_was_found() -> None:
    scored = history(1)
    rows = dict(summary_rows(evaluate_rows(scored, Costs(), [7])))
    assert rows["fraudulent events"] == str(scored.rows.fraud.sum())
    assert rows["precision at 7 accounts a day"].endswith(" possible")
    assert "before a fourth acted; first flag after" in rows["rings"]
    assert [duration(s) for s in (None, 0.0, 59.0, 5400.0, 129_600.0)] == ["-", "0 seconds", "59 seconds", "1.5 hours", "1.5 days"]
