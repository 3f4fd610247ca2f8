"""`ringwatch digest`: by the command line, into each form of file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flink_job.cli import main
from ops.cases.store import Store
from tests.support.digest_samples import fill, fill_lake


@pytest.fixture
def called(sqlite_store: Store, memory_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    fill(sqlite_store)
    lake = fill_lake(tmp_path / "lake")
    return ["digest", "--set", f"service.store.url=sqlite:{memory_path / 'store.db'}", "--lake", lake]


def test_a_file_of_each_form(called: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("d.html", "d.md", "d.json"):
        assert main([*called, "--day", "2026-03-03", "--out", name]) == 0
    assert "d.html: the digest of 2026-03-03" in capsys.readouterr().out
    assert (tmp_path / "d.html").read_text().startswith("<!doctype html>")
    assert (tmp_path / "d.md").read_text().startswith("# ringwatch: Tuesday, 3 March 2026\n")
    found = json.loads((tmp_path / "d.json").read_text())
    assert found["day"] == "2026-03-03" and found["missed_events"] > 0
    assert main([*called, "--day", "2026-03-03"]) == 0
    assert capsys.readouterr().out == (tmp_path / "d.md").read_text()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--day", "2199-01-01"], "2199-01-01 has not begun"),
        (["--day", "soon"], "'soon' is no day: write one such as"),
        (["--out", "d.pdf"], "the name's end says the form, one of .html, .md, .json"),
    ],
)
def test_what_is_wrong_is_said(more: list[str], why: str, called: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*called, *more]) != 0
    assert why in capsys.readouterr().err
