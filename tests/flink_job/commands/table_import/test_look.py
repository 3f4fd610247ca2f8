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
    assert "Looked at the first 8 rows of" in shown.err
    assert "  events  8: 8 payment" in shown.err
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
    assert f"an import stops: {table}: row 9, column 'timestamp': 'soon' is no time of the expected form" in said
    assert "Looked at the first 9 rows of" in said
    mapping.write_text(text + "on_error: {skip: 0.2}\n", encoding="utf-8")
    assert main(["import", "--check", str(mapping), str(table)]) == 0


MAPPING = "event_type: order\nevent_time: t\naccount: who\namount: amt\nlabel: {column: y, delay: 7d}\n"
ENDS = [
    ("", [("2024-03-01", "u", "1.234", "0")] * 3, "'1.234' may mean 1234 or 1.234"),
    (
        "on_error: skip\n",
        [("2024-03-01", "u", "1.50", "0")] * 40 + [("2024-03-01", "u", "1.50", "1"), ("never", "u", "1.50", "1")],
        "1 of 2 labelled frauds (50%)",
    ),
    ("on_error: {skip: 0.9}\n", [("never", "u", "1.50", "0")], "all 1 rows are left out"),
]


@pytest.mark.parametrize(("more", "rows", "said"), ENDS)
def test_check_and_import_end_alike(
    more: str, rows: list[tuple[str, ...]], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping, table = tmp_path / "m.yaml", tmp_path / "t.csv"
    mapping.write_text(MAPPING + more, encoding="utf-8")
    table.write_text("t,who,amt,y\n" + "".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    assert main(["import", "--check", str(mapping), str(table)]) == 1
    shown = capsys.readouterr().err
    assert "judged by these rows, an import stops" in shown
    assert said in shown
    assert main(["import", str(mapping), str(table), "--out", str(tmp_path / "o.jsonl")]) == 1
    assert said in capsys.readouterr().err


def test_check_says_all_that_an_import_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mapping, table, out = tmp_path / "m.yaml", tmp_path / "t.csv", tmp_path / "o.jsonl"
    mapping.write_text(
        MAPPING.replace("amount: amt", "amount: {column: amt, symbols: [$, €]}") + "event_id: id\naccount_created_at: t\n", encoding="utf-8"
    )
    names = [f"{'x' * 600}", "u1", "u2"]
    rows = [f"{'e1' if i < 2 else f'e{i}'},2024-03-0{i + 1},{name},{'$€'[i % 2]}1.50,maybe\n" for i, name in enumerate(names)]
    table.write_text("id,t,who,amt,y\n" + "".join(rows), encoding="utf-8")
    assert main(["import", str(mapping), str(table), "--out", str(out)]) == 0
    imported = [line for line in capsys.readouterr().err.splitlines() if line.split()[0] in ("no", "renamed", "repeated", "look")]
    assert len(imported) == 4
    assert main(["import", "--check", str(mapping), str(table)]) == 0
    shown = capsys.readouterr().err
    assert all(" ".join(line.split()) in " ".join(shown.split()) for line in imported)


def test_two_tables_of_one_name_are_found_by_check(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mapping, other = tmp_path / "m.yaml", tmp_path / "b" / "orders.csv"
    other.parent.mkdir()
    other.write_text(ROWS, encoding="utf-8")
    mapping.write_text("event_type: order\nevent_time: timestamp\naccount: user_id\namount: amount\n", encoding="utf-8")
    assert main(["import", "--check", str(mapping), str(table), str(other)]) == 1
    assert "two tables are called orders.csv" in capsys.readouterr().err


def test_a_guess_replaces_no_mapping(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("# corrected by hand\n", encoding="utf-8")
    assert main(["import", "--guess", str(table), "--out", str(mine)]) != 0
    assert f"--out: {mine} exists" in capsys.readouterr().err
    assert mine.read_text() == "# corrected by hand\n"


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
