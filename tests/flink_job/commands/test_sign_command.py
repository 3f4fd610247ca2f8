"""`ringwatch sign`: what is signed, and what stays as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domain.control.signature import ControlKeys
from flink_job.cli import main

KEY = "a key of the operators"
LINES: tuple[dict[str, Any], ...] = (
    {"control": "switch", "name": "auto_block", "version": 4, "on": False},
    {"event_type": "label", "event_id": "l", "subject_event_id": "e", "is_fraud": None},
    {"event_type": "order", "event_id": "größer", "amount": 1.50},
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGWATCH_CONTROL_KEY_OPS", KEY)
    path = tmp_path / "records.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in LINES) + "\n\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("to_file", [True, False])
def test_records_and_labels_are_signed_and_events_are_not(file: Path, to_file: bool, capsys: pytest.CaptureFixture[str]) -> None:
    out = file.with_name("signed.jsonl")
    assert main(["sign", str(file), "--key", "ops", *(["--out", str(out)] if to_file else [])]) == 0
    written = out.read_text(encoding="utf-8") if to_file else capsys.readouterr().out
    switch, label, order = written.splitlines()
    keys = ControlKeys({"ops": KEY.encode()})
    for line, sent in ((switch, LINES[0]), (label, LINES[1])):
        keys.check(json.loads(line))
        assert {name: value for name, value in json.loads(line).items() if name != "signature"} == sent
    assert order == json.dumps(LINES[2], ensure_ascii=False)
    assert KEY not in written


def test_what_cannot_be_signed_is_named(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sign", str(file), "--key", "desk"]) == 2
    assert "the control key desk is not known: put it into RINGWATCH_CONTROL_KEY_DESK" in capsys.readouterr().err
    assert main(["sign", str(file), "--key", "ops", "--out", str(file)]) == 2
    assert "is an input of FILE" in capsys.readouterr().err
    file.write_text('{"control": "model", "version": 1}\nno json\n')
    assert main(["sign", str(file), "--key", "ops", "--out", str(file) + ".out"]) == 2
    assert "line 2: not JSON" in capsys.readouterr().err
    assert not Path(str(file) + ".out").exists(), "no half a file"


def test_what_the_job_would_refuse_for_its_version_is_not_signed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for record in ('{"control": "model", "path": "m"}', '{"control": "rule", "version": 0}'):
        file.write_text(record + "\n")
        assert main(["sign", str(file), "--key", "ops"]) == 2
        said = capsys.readouterr()
        assert "line 1: version: a whole number from 1" in said.err and not said.out
