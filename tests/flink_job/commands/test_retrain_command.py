"""`ringwatch retrain`: a candidate beside the active model, in shadow, in force, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flink_job.cli import main
from flink_job.cluster.run_lock import locked_folder
from gnn.artifact.artifact import read_card
from tests.support.gnn_history import DAY_MS, START_MS, documents, write

QUICK = ["train.model=gbt", "train.trees=10", "train.label_delay_s=259200", "retrain.test_days=8", "retrain.least_frauds=5"]
SETS = [word for one in (*QUICK, "retrain.resamples=100", "job.control=file:control") for word in ("--set", one)]
RETRAIN = ["retrain", "--events", "events.jsonl", *SETS]


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """A history, and a model that was trained on its first twelve days."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RINGWATCH_SERVICE_TOKEN", raising=False)
    lines = list(documents(800, frauds=80))
    write(tmp_path / "events.jsonl", iter(lines))
    assert main(["train", "--events", "events.jsonl", "--out", "old", "--to", "2026-01-17", *SETS]) == 0
    yield lines


def active(words: list[str]) -> list[str]:
    return [*words, "--active", "old"]


def sent() -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted(Path("control").glob("*.jsonl"))]


def steps() -> list[str]:
    return [entry["act"] for entry in json.loads(Path("models/retraining.json").read_text())["entries"]]


def test_a_candidate_is_tried_offered_promoted_and_taken_back(history: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(active(RETRAIN)) == 0
    said = capsys.readouterr().err
    assert "judgement" in said and "ringwatch retrain promote" in said and not Path("control").exists()
    (place,) = [path.resolve() for path in Path("models").iterdir() if path.is_dir()]
    card, old = read_card(place), read_card(Path("old"))
    assert card.data.until_ms > old.data.until_ms and card.data.until_ms < START_MS + 22 * DAY_MS
    report = Path(f"{place}.report.md").read_text()
    assert f"# {card.model_id} beside {old.model_id}" in report and "95% interval" in report and "What changed" in report
    page = Path(f"{place}.report.html").read_text()
    assert f"<h1>{card.model_id} beside {old.model_id}</h1>" in page and page.count("<svg") >= 4 and "The candidate is" in page
    assert not re.search(r"(src|href)=.(https?:|//)|<script", page), "one file that asks for nothing"
    assert {table.strip("# ") for table in re.findall(r"^## .*", report, re.M)} - set(re.findall("<h2>(.*)</h2>", page)) == {"Judgement"}
    for words in (["shadow"], ["promote", "--yes"], ["rollback", "--yes"]):
        assert main(["retrain", *words, *SETS]) == 0
    records = [(record["control"], record["path"], record["version"]) for record in sent()]
    assert records == [("shadow_model", str(place), 1), ("model", str(place), 2), ("model", str(Path("old").resolve()), 3)]
    assert steps() == ["tried", "offered", "promoted", "rolled back"]
    assert f"{old.model_id} is in force again: version 3" in capsys.readouterr().err
    assert main(["retrain", "list", *SETS]) == 0
    assert f"back to   {old.model_id}" in capsys.readouterr().out
    assert main(["retrain", "rollback", "--yes", *SETS]) == 2
    assert "nothing that was promoted" in capsys.readouterr().err


def test_by_rule_a_candidate_that_is_not_worse_is_promoted_at_once(history: list[dict[str, Any]]) -> None:
    assert main(active([*RETRAIN, "--then", "promote"])) == 0
    assert [record["control"] for record in sent()] == ["model"] and steps() == ["tried", "promoted"]


def test_a_month_of_flipped_labels_is_not_promoted(history: list[dict[str, Any]]) -> None:
    """Frauds are cleared, and honest events called fraud, from day 8 to the day on which training ends."""
    begin, end = START_MS + 8 * DAY_MS, START_MS + 17 * DAY_MS
    bad = {line["subject_event_id"] for line in history if line["event_type"] == "label"}
    flipped = []
    for number, line in enumerate(history):
        if line["event_type"] != "label" and begin <= line["event_time"] < end and line["event_id"] not in bad and number % 3:
            keys = {name: line[name] for name in ("account_id", "device_fingerprint", "address") if name in line}
            label = {"event_id": f"lie{number}", "event_type": "label", "event_time": line["event_time"] + DAY_MS, "is_fraud": True}
            flipped.append(label | keys | {"subject_event_id": line["event_id"]})
    kept = [line for line in history if not (line["event_type"] == "label" and begin <= line["event_time"] - 2 * DAY_MS < end)]
    write(Path("events.jsonl"), iter(sorted([*kept, *flipped], key=lambda line: int(line["event_time"]))))
    assert main(active([*RETRAIN, "--then", "promote"])) == 0
    assert sent() == [] and steps() == ["tried"]
    assert main(["retrain", "promote", *SETS]) == 2, "nobody was asked"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["retrain"], "give --events or --lake"),
        (["retrain", "promote", "--yes"], "there is no candidate"),
        (["retrain", "promote"], "there is no candidate"),
        (["retrain", "rollback"], "nothing that was promoted"),
        (["retrain", "shadow"], "there is no candidate"),
    ],
)
def test_what_cannot_be_done_is_said(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    assert said in capsys.readouterr().err


def test_a_candidate_that_was_changed_since_is_not_put_in_force(history: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(active(RETRAIN)) == 0
    (place,) = [path for path in Path("models").iterdir() if path.is_dir()]
    card, (weights,) = place / "card.json", place.glob("*.ubj")
    whole = card.read_text(), weights.read_bytes()
    document = json.loads(whole[0])
    document["thresholds"] = dict.fromkeys(document["thresholds"], 1.0)
    card.write_text(json.dumps(document))
    for action in ("shadow", "promote"):
        assert main(["retrain", action, "--yes", *SETS]) != 0
    assert "is not what was tried" in capsys.readouterr().err
    card.write_text(whole[0])
    weights.write_bytes(whole[1][:-1])
    assert main(["retrain", "promote", "--yes", *SETS]) != 0
    assert "is not the file its card describes" in capsys.readouterr().err
    assert steps() == ["tried"] and not Path("control").exists()


def test_two_at_once_do_not_write_one_version_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with locked_folder(Path("models"), "retrain.folder"):
        assert main(["retrain", "promote", "--yes"]) == 2
        assert "another run is using" in capsys.readouterr().err
        assert main(["retrain", "list"]) == 0
    assert main(["retrain", "promote", "--yes"]) == 2
    assert "there is no candidate" in capsys.readouterr().err


def test_without_a_place_for_records_nothing_is_noted(history: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(active(RETRAIN)) == 0
    assert main(["retrain", "promote", "--yes", *SETS, "--set", "job.control=null"]) == 2
    assert "set job.control, or service.public_url" in capsys.readouterr().err and steps() == ["tried"]
    assert main(["retrain", "promote", "--yes", *SETS, "--set", "job.control_keys=[ops]"]) == 2
    assert "--sign ops" in capsys.readouterr().err and steps() == ["tried"]
