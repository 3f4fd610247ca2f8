"""`ringwatch score`: its last words and its exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flink_job.cli import main
from flink_job.settings.settings import PRETRAINED
from tests.support.control_samples import rule, switch
from tests.support.gnn_history import documents, write
from tests.support.raw_markers import found_in, marked_events


def test_decisions_rejected_fields_and_where_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = write(tmp_path / "events.jsonl", documents(100, frauds=5))
    history.write_text(history.read_text() + 'no json\n{"event_id": "x", "event_type": "gift"}\n')
    out = tmp_path / "decisions.jsonl"
    words = ["score", "--model", str(PRETRAINED), "--events", str(history), "--out", str(out), "--set", "policy.block_at=0.0"]
    assert main([*words, "--set", "policy.investigate_at=0.0"]) == 0
    said = capsys.readouterr()
    text = " ".join(said.err.split())
    assert said.out == ""
    assert f"100 decisions in {out}" in said.err
    assert "0 approve (0.0%), 0 investigate (0.0%), 100 block (100.0%)" in text
    assert "5 labels" in text and "2 lines rejected (1 line: not JSON" in text and "; event_type in 1 line: " in text


def test_enriched_documents_go_to_a_file_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history, out, rich = write(tmp_path / "events.jsonl", documents(100, frauds=5)), tmp_path / "out.jsonl", tmp_path / "rich.jsonl"
    words = ["score", "--model", str(PRETRAINED), "--events", str(history), "--out", str(out), "--enriched", str(rich)]
    assert main([*words, "--set", "job.enriched_features=true"]) == 0
    assert f"enriched {rich}" in " ".join(capsys.readouterr().err.split())
    decided, enriched = ([json.loads(line) for line in path.read_text().splitlines()] for path in (out, rich))
    assert len(decided) == 100
    assert [document | more for document, more in zip(decided, enriched, strict=True)] == enriched
    assert all(document["event"]["event_id"] == document["event_id"] and document["features"] for document in enriched)
    assert main(["evaluate", "--decisions", str(rich), "--truth", str(history)]) == 0, "it is read as decisions are"


def test_enriched_documents_have_their_raw_lines_where_that_is_set(tmp_path: Path) -> None:
    """Of a repeated event the line that was decided, and nothing of what is no event; decisions have none."""
    lines = [json.dumps(document) for document in documents(100, frauds=5)]
    more = ['{"no": "event"}', json.dumps(json.loads(lines[0]) | {"attributes": {"again": True}})]
    (tmp_path / "events.jsonl").write_text("\n".join([*lines, *more]) + "\n")
    out, rich = tmp_path / "out.jsonl", tmp_path / "rich.jsonl"
    words = ["score", "--events", str(tmp_path / "events.jsonl"), "--out", str(out), "--enriched", str(rich)]
    assert main([*words, "--set", "job.enriched_raw=true"]) == 0
    sent = {event["event_id"]: event for event in map(json.loads, lines) if event["event_type"] != "label"}
    assert {one["event_id"]: one["raw"] for one in map(json.loads, rich.read_text().splitlines())} == sent
    assert "account_id" not in out.read_text()


def test_nothing_that_is_written_has_raw_personal_data(tmp_path: Path) -> None:
    """All events are blocked, so that each has its reasons, and incidents theirs."""
    history, names = write(tmp_path / "events.jsonl", marked_events()), ("out", "enriched", "incidents")
    words = [word for name in names for word in (f"--{name}", str(tmp_path / f"{name}.jsonl"))]
    options = ["job.enriched_features=true", "policy.investigate_at=0.0", "policy.block_at=0.0"]
    words += [word for option in options for word in ("--set", option)]
    assert main(["score", "--model", str(PRETRAINED), "--events", str(history), *words]) == 0
    texts = {name: (tmp_path / f"{name}.jsonl").read_text() for name in names}
    assert {name: found_in(text) for name, text in texts.items()} == {name: [] for name in names}
    assert all('"reasons":[{' in line for line in texts["enriched"].splitlines())


def test_events_out_of_order_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = write(tmp_path / "events.jsonl", iter(sorted(documents(100, frauds=0), key=lambda one: -int(one["event_time"]))))
    words = ["score", "--model", str(PRETRAINED), "--events", str(history), "--out", str(tmp_path / "decisions.jsonl")]
    assert main(words) == 0
    text = " ".join(capsys.readouterr().err.split())
    assert "out of order 99 events up to 30 days before an earlier line" in text and "sort the files by event_time" in text
    write(history, documents(100, frauds=0))
    assert main(words) == 0
    assert "out of order" not in capsys.readouterr().err


def test_no_decision_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "events.jsonl").write_text("no json\n")
    out = tmp_path / "decisions.jsonl"
    assert main(["score", "--events", str(tmp_path / "events.jsonl"), "--out", str(out)]) == 1
    said = capsys.readouterr().err
    assert "ringwatch score: no event was decided" in said and "1 line rejected" in said


def test_control_records_are_in_force_and_what_was_not_used_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history = write(tmp_path / "events.jsonl", documents(100, frauds=5))
    everything = {"any": [{"field": "event_type", "is": "order"}, {"not": {"field": "event_type", "is": "order"}}]}
    first = {"event_id": "never", "account": "00aa00aa00aa00aa", "event_time": 1}
    lines = [rule(when=everything, decision="block"), {"applied": 9, "first_event": first, "record": switch()}]
    (tmp_path / "control.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    out = tmp_path / "decisions.jsonl"
    words = ["score", "--model", str(PRETRAINED), "--events", str(history), "--out", str(out), "--control", str(tmp_path / "control.jsonl")]
    assert main(words) == 0
    text = " ".join(capsys.readouterr().err.split())
    assert "100 block (100.0%)" in text
    assert "1 change took effect, 1 did not, first events that never came: never" in text
    assert all(json.loads(line)["rules"][0]["id"] == "R7" for line in out.read_text().splitlines())
    (tmp_path / "control.jsonl").write_text(json.dumps({**rule(), "version": 0}))
    assert main(words) == 2
    assert "control.jsonl, line 1: version: " in capsys.readouterr().err
