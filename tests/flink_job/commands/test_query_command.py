"""`ringwatch query`: its output in three forms, and the bounds of its process."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flink_job.commands.query_command import WRITERS, answer
from ops.lake.query import Answer
from ops.lake.settings import LakeSettings
from tests import ROOT
from tests.ops.lake.lake_samples import fill, way

ANSWER = Answer(
    ["day", "at", "n", "text", "keys"],
    [
        (date(2026, 3, 2), datetime(2026, 3, 2, 1, 2, 3, tzinfo=UTC), 12, 'a\x1b[31m "b", c', {"account": "1f"}),
        (date(2026, 3, 3), None, 3, None, None),
    ],
    False,
)


def written(form: str, capsys: pytest.CaptureFixture[str], answer: Answer = ANSWER) -> str:
    WRITERS[form](answer)
    return capsys.readouterr().out


def test_a_table_is_for_people_and_their_terminals(capsys: pytest.CaptureFixture[str]) -> None:
    assert written("table", capsys).splitlines() == [
        "day         at                     n  text          keys",
        "----------  --------------------  --  ------------  -----------------",
        '2026-03-02  2026-03-02T01:02:03Z  12  a[31m "b", c  {"account": "1f"}',
        "2026-03-03                         3",
    ]
    assert written("table", capsys, Answer(["n"], [], False)) == "n\n-\n"


@pytest.mark.parametrize("text", ["a\rb,c", "a\nb", "a\r\nb"])
def test_a_break_in_a_text_begins_no_row_of_csv(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = io.StringIO(written("csv", capsys, Answer(["a", "b"], [(text, 1)], False)), newline="")
    assert list(csv.reader(lines)) == [["a", "b"], [text, "1"]]


def test_csv_and_json_are_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    found = list(csv.reader(io.StringIO(written("csv", capsys))))
    assert found[0] == ANSWER.names
    assert found[1] == ["2026-03-02", "2026-03-02T01:02:03Z", "12", 'a\x1b[31m "b", c', '{"account": "1f"}']
    assert found[2] == ["2026-03-03", "", "3", "", ""]
    first, second = map(json.loads, written("json", capsys).splitlines())
    assert first == {"day": "2026-03-02", "at": "2026-03-02T01:02:03Z", "n": 12, "text": 'a\x1b[31m "b", c', "keys": {"account": "1f"}}
    assert second["text"] is None


def test_no_text_in_csv_is_a_formula_to_a_spreadsheet(capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers are none, and JSON is for programs: there a text is as it is."""
    texts = ["=1+1", "+1", "-1", "@a", "\t=1", "a=1"]
    hostile = Answer([*"abcdef", "=n", "m"], [[*texts, -1, Decimal("-1.5")]], False)
    names, row = csv.reader(io.StringIO(written("csv", capsys, hostile)))
    assert row == ["'=1+1", "'+1", "'-1", "'@a", "'\t=1", "a=1", "-1", "-1.5"] and names[-2:] == ["'=n", "m"]
    assert list(json.loads(written("json", capsys, hostile)).values())[:6] == texts


def query(lake: Path, sql: str, *words: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "flink_job.cli", "query", sql, "--lake", str(lake), *words]
    return subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)


def test_json_is_json_and_loses_no_column(capsys: pytest.CaptureFixture[str]) -> None:
    odd = [1, 2, Decimal("1.50"), float("nan"), {"deep": [float("inf"), 0.5]}, b"\x00a"]
    WRITERS["json"](Answer(["a", "a", "sum", "nan", "nested", "bytes"], [odd], False))
    line = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert line == {"a": 1, "a_2": 2, "sum": 1.5, "nan": None, "nested": {"deep": [None, 0.5]}, "bytes": "0061"}


def test_who_has_read_enough_is_no_error(tmp_path: Path) -> None:
    """As `ringwatch query ... | head` has."""
    sql = "SELECT repeat('x', 99) AS text FROM range(9000)"
    program = f'{sys.executable} -m flink_job.cli query "{sql}" --lake {tmp_path} --format csv | head -1'
    ended = subprocess.run(["bash", "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert (ended.stdout, ended.stderr) == ("text\n", "")


def test_it_answers_from_the_lake(
    redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(redis_client, stream_prefix, range(30))
    way(redis_url, stream_prefix, tmp_path).step()
    ended = query(tmp_path, "SELECT event_id FROM decisions ORDER BY event_time", "--rows", "2", "--format", "csv")
    assert (ended.returncode, ended.stdout) == (0, "event_id\ne0\ne1\n")
    assert ended.stderr == "ringwatch query: there are more than these 2 rows: --rows N shows more\n"
    assert answer(LakeSettings(), str(tmp_path), "SELECT * FROM decision", "csv") == 1
    assert "did you mean decisions?" in capsys.readouterr().err


@pytest.mark.cluster  # each takes as long as it is allowed to
@pytest.mark.parametrize(
    "huge",
    [
        "SELECT repeat('x', 4000000000)",
        "SELECT length(string_agg(repeat('x', 10000000))) FROM range(10000)",
        "SELECT range(2000000000)",
    ],
)
def test_one_huge_value_ends_the_query_and_not_the_machine(huge: str, tmp_path: Path) -> None:
    began = time.monotonic()
    ended = query(tmp_path, huge, "--within-s", "1", "--set", "lake.query_memory_mb=128")
    assert ended.returncode == 1
    assert any(said in ended.stderr for said in ("needs more than 128 MB", "took more than 1 s")), ended.stderr
    assert time.monotonic() - began < 40
