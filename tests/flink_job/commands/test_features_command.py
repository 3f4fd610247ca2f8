"""`ringwatch features`: what it writes, what it says at the end, and its exit codes."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from flink_job.cli import main
from tests.support.gnn_history import documents, write


@pytest.fixture
def history(tmp_path: Path) -> Path:
    return write(tmp_path / "events.jsonl", documents(200, frauds=9))


def test_the_table_and_what_is_said_of_it(history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history.write_text(history.read_text() + "no json\n")
    out = tmp_path / "features.parquet"
    assert main(["features", "--events", str(history), "--out", str(out), "--set", "graph.links=4"]) == 0
    assert pq.read_metadata(out).num_rows == 200
    said = capsys.readouterr()
    assert said.out == ""
    text = " ".join(said.err.split())
    assert "200 rows of 265 features in" in text and "read_parquet(" in text
    assert "9 fraud, 0 legitimate, 191 events without one" in text
    assert "1 line rejected (1 line: not JSON" in text


def test_no_event_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.jsonl").write_text("")
    assert main(["features", "--events", str(tmp_path / "empty.jsonl"), "--out", str(tmp_path / "f.parquet")]) == 1
    assert "no event to write" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--out", "features.csv"], "--out features.csv: features are written as Parquet"),
        (["--out", "f.parquet", "--from", "2026-02-01", "--to", "2026-01-01"], "--from must lie before --to"),
        (["--out", "f.parquet", "--from", "May"], "--from May: write a date"),
    ],
)
def test_wrong_usage_names_option_and_mend(options: list[str], complaint: str, history: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["features", "--events", str(history), *options]) == 2
    assert f"ringwatch features: {complaint}" in capsys.readouterr().err
