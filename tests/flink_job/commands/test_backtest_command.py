"""`ringwatch backtest`: several models from one replay, a table each, figures and what comes next."""

from __future__ import annotations

from pathlib import Path

import pytest

from flink_job.cli import main
from gnn.evaluation import read_scores
from tests.support.gnn_history import documents, write

PERIODS = ["--fold", "2026-01-06", "--train", "12d", "--delay", "2d", "--test", "8d"]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("history") / "events.jsonl", documents(900, frauds=80))


def words(history: Path, out: Path, *more: str) -> list[str]:
    return ["backtest", "--events", str(history), "--out", str(out), *PERIODS, "--set", "train.trees=10", *more]


def test_several_models_have_a_table_each(history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words(history, tmp_path / "scores.parquet", "--model", "gbt", "isolation_forest", "--labels", "final")) == 0
    tables = [tmp_path / f"scores.{model}.parquet" for model in ("gbt", "isolation_forest")]
    assert sorted(tmp_path.iterdir()) == tables
    assert read_scores(tables[0]).keys.equals(read_scores(tables[1]).keys)
    said = capsys.readouterr()
    text = "".join(said.err.split())
    assert said.out == ""
    assert "gbtaverageprecision" in text and "isolation_forestaverageprecision" in text
    assert f"ringwatch evaluate --scores {tables[0]} --against {tables[1]}" in said.err
    assert main(["evaluate", "--scores", str(tables[0]), "--against", str(tables[1]), "--resamples", "100"]) == 0


def test_one_model_keeps_the_name_of_its_table(history: Path, tmp_path: Path) -> None:
    assert main(words(history, tmp_path / "scores.parquet", "--model", "gbt")) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["scores.parquet"]


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (["--model", "gbt", "gbt"], "--model names a kind twice"),
        (["--without", "nothing"], "--without nothing: no such group; use some of "),
        (["--fold", "2026-01-06", "2026-01-06"], "--fold names a day twice"),
    ],
)
def test_wrong_usage(more: list[str], complaint: str, history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words(history, tmp_path / "scores.parquet", *more)) == 2
    assert f"ringwatch backtest: {complaint}" in capsys.readouterr().err
