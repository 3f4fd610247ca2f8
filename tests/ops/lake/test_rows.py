"""Documents as rows: nothing of a document is lost, and a row is in the day of its event."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ops.lake.rows import Record, rows_of
from ops.lake.tables import column_of, tables
from tests.ops.lake.lake_samples import FIRST_MS, decision
from tests.support.stream_samples import ALERT, INCIDENT

CAME_MS = FIRST_MS + 5 * 86_400_000
EVENT = {"event_id": "e1", "event_type": "order", "event_time": FIRST_MS, "pseudonyms": {"account": "a1", "ip": "b2"}, "amount": 3.5}


def rows(table: str, *documents: Any, features: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    texts = (document if isinstance(document, str) else json.dumps(document) for document in documents)
    found: list[dict[str, Any]] = rows_of(tables(features)[table], [Record(text, CAME_MS) for text in texts]).to_pylist()
    return found


def test_a_decision_is_a_row_of_its_day() -> None:
    reasons = [{"code": "DEVICE_AGE", "text": "new", "weight": 0.7}]
    (row,) = rows("decisions", decision(1, reasons=reasons))
    assert row["day"] == date(2026, 3, 2)
    assert row["event_time"] == datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC)
    assert (row["account"], row["score"], row["amount"]) == (f"{1:016x}", 0.25, 12.5)
    assert dict(row["entities"]) == decision(1)["entities"]
    assert json.loads(row["reasons"]) == reasons
    assert row["extra"] is None


def test_a_field_that_nobody_knows_is_kept() -> None:
    (row,) = rows("decisions", decision(1, later={"a": [1, 2]}))
    assert json.loads(row["extra"]) == {"later": {"a": [1, 2]}}


@pytest.mark.parametrize(
    ("field", "value"),
    [("score", "high"), ("event_time", 1e300), ("event_time", 10**17), ("event_id", 7), ("entities", {"account": 1}), ("model", "\ud800")],
)
def test_what_a_column_cannot_hold_is_kept_beside_the_good_rows(field: str, value: Any) -> None:
    good, bad = rows("decisions", decision(1), decision(2, **{field: value}))
    assert good["event_id"] == "e1" and good["extra"] is None
    assert not bad[field]
    assert json.loads(bad["extra"])[field] == value


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "[" * 5000, '{"event_id": "e"}'])
def test_what_is_no_document_is_left_out(text: str) -> None:
    assert [row["event_id"] for row in rows("decisions", text, decision(2))] == ["e2"]


def test_what_nests_so_deep_that_it_can_be_read_and_not_written_stops_nothing() -> None:
    """Around the scanner's bound on recursion, at any depth of this test's own."""
    for depth in range(800, 1000):
        deep = f'{{"event_id": "deep", "entities": {{}}, "reasons": {"[" * depth}1{"]" * depth}, "more": {"[" * depth}{"]" * depth}}}'
        assert rows("decisions", deep, decision(2))[-1]["event_id"] == "e2"


@pytest.mark.parametrize("time_ms", [0, 10**14, None])
def test_a_wrong_clock_makes_no_day_of_its_own(time_ms: int | None) -> None:
    (row,) = rows("decisions", decision(1, event_time=time_ms))
    assert row["day"] == date(2026, 3, 7)


@pytest.mark.parametrize("added_ms", [10**15, 2**62, 2**64])
@pytest.mark.parametrize("time_ms", [FIRST_MS, None])
def test_an_entry_that_came_beyond_the_calendar_stops_nothing(time_ms: int | None, added_ms: int) -> None:
    """Who writes into Kafka says when a record came."""
    record = Record(json.dumps(decision(1, event_time=time_ms)), added_ms)
    (row,) = rows_of(tables()["decisions"], [record]).to_pylist()
    assert (row["day"], row["added_at"].year) == (date(2026, 3, 2) if time_ms else date(2059, 12, 31), 2059)


def test_an_alert_has_what_a_decision_has_and_more() -> None:
    (row,) = rows("alerts", {**ALERT, "joins": ["device-1"]})
    assert (row["severity"], row["ring"], json.loads(row["joins"])) == ("high", ALERT["ring"], ["device-1"])


def test_an_incident_and_its_summary_are_rows_of_two_tables() -> None:
    writer = {"name": "llm", "model": "small", "calls": 2, "input_tokens": 900, "cost": 0.01, "fallback_reason": None}
    revision = {**INCIDENT, "told_at": FIRST_MS, "writer": writer}
    (incident,), (summary,) = rows("incidents", revision), rows("summaries", revision)
    assert (incident["id"], incident["revision"], incident["alerts"]) == ("3f9a-17", 2, 17)
    assert json.loads(incident["money_at_risk"]) == INCIDENT["money_at_risk"]
    assert (summary["writer"], summary["model"], summary["input_tokens"]) == ("llm", "small", 900)
    assert summary["explanation"] == INCIDENT["explanation"] and incident["extra"] is None


def test_an_overflow_note_is_no_incident() -> None:
    assert rows("incidents", {"id": "overflow", "told_at": FIRST_MS}) == []


def test_an_enriched_event_is_an_event_and_a_row_of_features() -> None:
    document = {
        **decision(1),
        "event": {**EVENT, "attributes": {"basket": 3}},
        "derived": {"mail": "usual"},
        "features": [0.5, 1],
        "raw": {"email": "anna@example.com"},
    }
    names = ("event.amount", "device.accounts_1h")
    (found,), (row,) = rows("events", document), rows("features", document, features=names)
    assert "anna" not in str([found, row])
    assert dict(found["pseudonyms"]) == EVENT["pseudonyms"] and found["account"] == "a1"
    assert (json.loads(found["attributes"]), json.loads(found["derived"])) == ({"basket": 3}, {"mail": "usual"})
    assert [row[column_of(name)] for name in names] == [0.5, 1.0]


def test_features_of_another_graph_get_no_wrong_name() -> None:
    (row,) = rows("features", {**decision(1), "event": EVENT, "features": [0.5, 1, 2]}, features=("event.amount",))
    assert row["event__amount"] is None
    assert json.loads(row["extra"]) == {"features": [0.5, 1, 2]}


def test_a_verdict_is_a_label_that_says_who_and_why() -> None:
    label = {"event_id": "v1", "event_time": FIRST_MS, "subject_event_id": "e1", "is_fraud": True, "pseudonyms": {"account": "a1"}}
    said = {**label, "source": "verdict", "attributes": {"incident": "i1", "by": "ana", "reason": "seen"}}
    (verdict,) = rows("verdicts", {**label, "source": "chargeback"}, said)
    assert (verdict["incident"], verdict["by"], verdict["is_fraud"], verdict["account"]) == ("i1", "ana", True, "a1")
    assert [row["source"] for row in rows("labels", {**label, "source": "chargeback"}, said)] == ["chargeback", "verdict"]


def test_a_control_record_is_kept_whole() -> None:
    record = {"control": "rule", "id": "R7", "version": 3, "when": {"all": []}}
    applied = {"applied": 4, "control": "rule", "id": "R7", "version": 3, "state": "active", "at": FIRST_MS, "record": record}
    (row,) = rows("control", applied)
    assert (row["id"], row["version"], json.loads(row["record"])) == ("R7", 3, record)
