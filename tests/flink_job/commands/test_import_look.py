"""`ringwatch import --guess` and `--check` on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from flink_job.cli import main

ROWS = "timestamp,user_id,amount,is_fraud\n" + "".join(f"2024-01-0{i} 10:00:00,u{i},{i}.50,{int(i == 2)}\n" for i in range(1, 9))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def test_guess_check_import(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mapping, out = tmp_path / "m.yaml", tmp_path / "events.jsonl"
    assert main(["import", "--guess", str(table), "--out", str(mapping)]) == 0
    assert f"ringwatch import --check {mapping} {table}" in capsys.readouterr().err
    assert main(["import", "--check", str(mapping), str(table)]) == 0
    shown = capsys.readouterr()
    assert "account_id  u1\n" in shown.out
    assert "event_time  2024-01-01T10:00:00Z\n" in shown.out
    assert "label       fraud, known 2024-02-01T10:00:00Z" in shown.out
    assert shown.out.count("event_id") == 3
    assert "8 of the first 8 rows" in shown.err
    assert not out.exists()
    assert main(["import", str(mapping), str(table), "--out", str(out)]) == 0
    assert len(out.read_text().splitlines()) == 16


def test_guess_prints_to_stdout(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "--guess", str(table)]) == 0
    assert "\naccount: user_id  # 8 different in 8 rows\n" in capsys.readouterr().out


def test_check_fails_where_an_import_would(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table.write_text(ROWS + "soon,u9,1,0\n", encoding="utf-8")
    mapping = tmp_path / "m.yaml"
    text = "event_type: order\nevent_time: timestamp\naccount: user_id\namount: amount\n"
    mapping.write_text(text, encoding="utf-8")
    assert main(["import", "--check", str(mapping), str(table)]) == 1
    said = capsys.readouterr().err
    assert "an import stops at row 9, column 'timestamp': 'soon' is no time of the expected form" in said
    assert "8 of the first 9 rows" in said
    mapping.write_text(text + "on_error: skip\n", encoding="utf-8")
    assert main(["import", "--check", str(mapping), str(table)]) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["import", "m.yaml"], "TABLE: is missing; name at least one CSV or Parquet file"),
        (["import", "m.yaml", "t.csv"], "--out: is missing; name the file of events to write"),
        (["import", "--guess", "m.yaml", "t.csv"], "TABLE: --guess looks at one table and needs no mapping"),
    ],
)
def test_what_is_missing_is_named(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) in (1, 2)
    assert said in capsys.readouterr().err
