"""How an import ends: in place of a file that was there, or at a signal without a trace."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flink_job.cli import main

MAPPING = "event_type: login\nevent_time: {column: t, unit: ms}\naccount: who\n"
T0 = 1_700_000_000_000


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "m.yaml"
    path.write_text(MAPPING, encoding="utf-8")
    return path


def test_a_file_that_is_replaced_is_said(mapping: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, out = tmp_path / "t.csv", tmp_path / "o.jsonl"
    table.write_text(f"t,who\n{T0},a\n", encoding="utf-8")
    assert main(["import", str(mapping), str(table), "--out", str(out)]) == 0
    assert "in place of" not in capsys.readouterr().err
    assert main(["import", str(mapping), str(table), "--out", str(out)]) == 0
    assert "in place of the file that was there" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_nothing_beside_the_output(mapping: Path, tmp_path: Path, stop: signal.Signals) -> None:
    table, folder = tmp_path / "t.csv", tmp_path / "out"
    table.write_text("t,who\n" + "".join(f"{T0 + i},account-{i}\n" for i in range(3_000_000)), encoding="utf-8")
    command = [sys.executable, "-m", "flink_job.cli", "import", str(mapping), str(table), "--out", str(folder / "o.jsonl")]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not (folder.exists() and any(folder.iterdir())) and time.monotonic() < until:
        time.sleep(0.01)
    assert any(folder.iterdir())
    run.send_signal(stop)
    said = run.communicate(timeout=60)[1]
    assert run.returncode == 128 + stop, said
    assert list(folder.iterdir()) == []
    assert ("terminated" if stop == signal.SIGTERM else "interrupted") in said
