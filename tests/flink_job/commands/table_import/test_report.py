"""The rows of an import's report: what names no one, and what to look at, the gravest first."""

from __future__ import annotations

from pathlib import Path

import pytest

from flink_job.cli import main
from flink_job.commands.table_import.report import report_rows
from gnn.table_import import import_tables, load_mapping

CARDS = ("4111111111111111", "5500005555555559", "4012888888881881")
MAPPING = "event_type: order\nevent_time: t\naccount: who\ndevice: dev\npayment: card\namount: {column: amt, symbols: [$, €]}\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Return a mapping, and a table with many things to look at."""
    devices = ["unknown"] * 30 + ["tester"] * 30 + ["shared"] * 90 + [f"d{n}" for n in range(60)]
    rows = [f"2024-0{1 + n % 9}-01,u{n % 70},{dev},{CARDS[n % 3]},{'$€'[n % 2]}5.50" for n, dev in enumerate(devices)]
    mapping, table = tmp_path / "m.yaml", tmp_path / "t.csv"
    mapping.write_text(MAPPING, encoding="utf-8")
    table.write_text("t,who,dev,card,amt\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return mapping, table


def test_the_gravest_is_said_first(files: tuple[Path, Path], tmp_path: Path) -> None:
    mapping, table = files
    rows = report_rows(import_tables(load_mapping(mapping), [table], tmp_path / "o.jsonl"))
    assert ("unknown", "no device in 30 rows ('unknown')") in rows
    assert [text.split(" in ")[0][:24] for name, text in rows if name == "look at"] == [
        "full card numbers: colum",
        "column 'dev': 'tester'",
        "one value of 50 accounts",
        "amounts with '$' and '€'",
        "column 't': all times ar",
    ]


def test_the_command_and_a_check_say_it(files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mapping, table = files
    for arguments in (["--check", str(mapping), str(table)], [str(mapping), str(table), "--out", str(tmp_path / "o.jsonl")]):
        assert main(["import", *arguments]) == 0
        said = capsys.readouterr().err
        assert "  unknown     no device in 30 rows ('unknown')\n" in said or "  unknown  no device in 30 rows ('unknown')\n" in said
        assert said.count("look at") == 5
