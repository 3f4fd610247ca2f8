"""The truth as it is read: Parquet, CSV or events with labels, and what does not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gnn.evaluation import EvaluationError, evaluate, join_truth
from tests.support.evaluation_samples import Desk


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


def test_truth_as_csv(desk: Desk, tmp_path: Path) -> None:
    desk.decide_fully(("007", "block", 0.9, 1, "p", None), ("8", "approve", 0.1, 2, "q", 5.0))
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


def test_a_label_of_null_withdraws_what_its_source_said(desk: Desk, tmp_path: Path) -> None:
    truth, names = tmp_path / "events.jsonl", "abcdef"
    desk.decide(*((name, "block", 0.9) for name in names))
    lines: list[dict[str, Any]] = [{"event_type": "order", "event_id": name} for name in names]
    for subject, said in (
        ("a", [(True, "bank"), (None, "bank")]),
        ("b", [(True, "bank"), (None, "shop"), (None, None)]),
        ("c", [(True, None), (None, "shop")]),
        ("d", [(True, "bank"), (None, "bank"), (True, "shop")]),
        ("e", [(None, "bank")]),
        ("f", [(True, "bank"), (True, "shop"), (None, "bank")]),
    ):
        lines += [{"event_type": "label", "subject_event_id": subject, "is_fraud": is_fraud, "source": of} for is_fraud, of in said]
    truth.write_text("".join(json.dumps({"account_id": "u"} | line) + "\n" for line in lines))
    rows = join_truth(desk.decisions, truth).rows
    assert dict(zip(names, rows.fraud, strict=True)) == {"a": False, "b": True, "c": False, "d": True, "e": False, "f": True}
    assert dict(zip(names, rows.labelled, strict=True)) == dict(zip(names, rows.fraud, strict=True))


def test_an_event_without_an_account_is_one_of_its_own(desk: Desk) -> None:
    desk.decide(*((name, "block", 0.9) for name in "abcd"))
    desk.know(event_id=list("abcd"), is_fraud=[True] * 4, account_id=["u", None, "u", None], event_time=[1, 2, 3, 4])
    accounts = join_truth(desk.decisions, desk.truth).rows.account.tolist()
    assert accounts[0] == accounts[2]
    assert len(set(accounts)) == 3


def test_events_of_two_accounts_with_one_id(desk: Desk, tmp_path: Path) -> None:
    """Decisions name accounts by pseudonyms; the truth by these, or by what becomes them."""
    rows = [("a", "block", 0.9, 1, "p1", None), ("a", "approve", 0.1, 2, "p2", None), ("b", "block", 0.8, 3, "p2", None)]
    desk.decide_fully(*rows)
    for accounts in (["p2", "p1", "p2"], ["2", "1", "2"]):
        desk.know(event_id=["a", "a", "b"], is_fraud=[False, True, True], account_id=accounts)
        found = join_truth(desk.decisions, desk.truth, lambda raw: f"p{raw}")
        assert found.rows.fraud.tolist() == [True, False, True]
        assert len(set(found.keys.to_pylist())) == 3
    with pytest.raises(EvaluationError, match=r"accounts share event ids, and .* does not name the accounts as the decisions do"):
        join_truth(desk.decisions, desk.truth)
    desk.know(event_id=["a", "a", "b"], is_fraud=[False, True, True], account_id=["p2", "p1", "p9"])
    assert "does not know 1 of 3 decided events" in desk.refused()
    desk.know(event_id=["a", "b"], is_fraud=[True, True])
    assert "give it a column account_id" in desk.refused()
    desk.know(event_id=["a", "a"], is_fraud=[True, True], account_id=["p1", "p1"])
    assert "names an event twice" in desk.refused()
    desk.decide_fully(rows[0], rows[0])
    assert "decides an event twice" in desk.refused()


def test_labels_of_two_accounts_with_one_id(desk: Desk, tmp_path: Path) -> None:
    truth = tmp_path / "events.jsonl"
    orders = [{"event_type": "order", "event_id": "a", "account_id": account} for account in ("1", "2", "1")]
    label = {"event_type": "label", "event_id": "l", "subject_event_id": "a", "is_fraud": True, "account_id": "2"}
    truth.write_text("".join(json.dumps(line) + "\n" for line in (*orders, label)))
    desk.decide_fully(("a", "block", 0.9, 1, "p1", None), ("a", "block", 0.9, 2, "p2", None))
    assert join_truth(desk.decisions, truth, lambda raw: f"p{raw}").rows.fraud.tolist() == [False, True]
