"""`ringwatch train`: a split by shares, what is said of attributes, and what comes next."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from flink_job.cli import main
from flink_job.commands.history_options import shares
from gnn.artifact.artifact import read_card
from tests.support.gnn_history import documents, write

QUICK = ["--model", "gbt", "--set", "train.trees=10", "--label-delay", "3d"]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("history") / "events.jsonl", documents(800, frauds=60))


def test_a_split_leaves_a_test_part_that_the_next_commands_score(
    history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", "--events", str(history), "--out", "model", *QUICK, "--split", "60/20/20", "--labels", "final"]) == 0
    data = read_card(tmp_path / "model").data
    assert (data.train_events, data.validation_events) == pytest.approx((480, 160), abs=1)
    said = capsys.readouterr()
    assert said.out == "" and f"{data.train_events} events, {data.train_frauds} fraud, 2026-01-05 to 2026-01-22" in said.err
    following = [line.strip() for line in said.err.splitlines() if line.startswith("  ringwatch ")]
    assert [line.split()[1] for line in following] == ["score", "evaluate"]
    for line in following:
        assert main(shlex.split(line)[1:]) == 0
    assert "160" in capsys.readouterr().out, "the events of the test part"
    assert "--model model " in following[1] and "--to" not in following[1] and "test part" not in said.err
    model_id = read_card(tmp_path / "model").model_id
    assert (tmp_path / f"decisions-{model_id}.jsonl").exists(), "decisions of another model stay"


def test_the_test_part_leaves_out_events_whose_labels_are_to_come(
    history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", "--events", str(history), "--out", "model", *QUICK, "--split", "60/20/20"]) == 0
    said = capsys.readouterr().err
    assert "labels of events from 2026-02-02 on are still to come" in said
    following = [line.strip() for line in said.splitlines() if line.startswith("  ringwatch ")]
    assert " --to 2026-02-02T02:24:00Z" in following[1]
    for line in following:
        assert main(shlex.split(line)[1:]) == 0
    shown = capsys.readouterr().out
    assert "9 frauds among 110 events" in shown


def test_a_test_part_without_any_known_label_says_so(history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "--events", str(history), "--out", str(tmp_path / "model"), *QUICK, "--split", "75/20/5"]
    assert main(words) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "test part its labels are still to come" in said and "--truth TRUTH --model" in said and "--to" not in said.split("next:")[1]


def test_without_a_test_part_new_events_come_next(history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--events", str(history), "--out", str(tmp_path / "model"), *QUICK]) == 0
    assert f"ringwatch score --model {tmp_path / 'model'} --events NEW.jsonl" in capsys.readouterr().err


def test_attributes_that_no_model_reads_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [{**line, "attributes": {"km": 5}} for line in documents(300, frauds=40) if line["event_type"] != "label"]
    lines += [line for line in documents(300, frauds=40) if line["event_type"] == "label"]
    lines.sort(key=lambda line: int(line["event_time"]))
    path = write(tmp_path / "events.jsonl", iter(lines))
    words = ["train", "--events", str(path), "--out", str(tmp_path / "model"), *QUICK]
    assert main(words) == 0
    err = capsys.readouterr().err
    assert "note: no model reads the attributes km (number)" in err
    assert main([*words, "--set", "graph.numeric_attributes=[km]"]) == 0
    assert "note:" not in capsys.readouterr().err
    assert json.loads((tmp_path / "model" / "card.json").read_text())["graph"]["numeric_attributes"] == ["km"]


@pytest.mark.parametrize(
    ("text", "found"), [("70/15/15", (0.7, 0.15, 0.15)), ("80/20", (0.8, 0.2, 0.0)), ("70%/15%/15%", (0.7, 0.15, 0.15)), (None, None)]
)
def test_shares(text: str | None, found: tuple[float, ...] | None) -> None:
    assert shares(text, "--split") == found


@pytest.mark.parametrize("text", ["70", "70/20", "a/b", "70/15/10/5", "120/-20"])
def test_other_shares_are_refused(text: str, capsys: pytest.CaptureFixture[str], history: Path) -> None:
    assert main(["train", "--events", str(history), "--out", "o", "--split", text]) == 2
    assert f"ringwatch train: --split {text}: write percentages" in capsys.readouterr().err


def test_a_split_and_an_end_exclude_each_other(capsys: pytest.CaptureFixture[str], history: Path) -> None:
    assert main(["train", "--events", str(history), "--out", "o", "--split", "80/20", "--to", "2026-01-20"]) == 2
    assert "leave train.to_ms and --to out" in capsys.readouterr().err
