"""`ringwatch demo --forever` as a user starts and ends it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flink_job.commands.demo.traffic import LEAD_DAYS
from tests import ROOT
from tests.support.job_process import wait_for

pytestmark = [pytest.mark.flink, pytest.mark.cluster, pytest.mark.timeout(400)]

DAY_S = 86_400


@pytest.mark.parametrize("source", ["redis:", pytest.param("file:", marks=pytest.mark.long)])
def test_forever_goes_on_after_its_history_until_ctrl_c(source: str, tmp_path: Path) -> None:
    words = ["demo", "--forever", "--events", "3000", "--source", source, "--folder", str(tmp_path / "demo")]
    command = [sys.executable, "-m", "flink_job.cli", *words]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RINGWATCH_REDIS")}
    with (tmp_path / "output.txt").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)

    def said() -> str:
        return (tmp_path / "output.txt").read_text()

    def decided() -> int:
        counts = re.findall(r"([\d,]+)(?: of (?:about )?[\d,]+(?: \(\d+%\))?)? events decided", said())
        return int(counts[-1].replace(",", "")) if counts else 0

    try:
        wait_for(lambda: process.poll() is not None or "the history is read" in said(), "the history")
        history = decided()
        wait_for(lambda: process.poll() is not None or decided() >= history + 300, "events after the history")
        assert process.poll() is None, said()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        assert process.wait(60) == 0, said()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert "Traceback" not in said()
    lines = tmp_path / "demo" / ("source" if source == "file:" else "decisions")
    fed = [json.loads(line) for path in sorted(lines.glob("*.jsonl")) for line in path.read_text().splitlines()]
    latest_s = max(document["event_time"] for document in fed) / 1000
    assert time.time() - LEAD_DAYS * DAY_S < latest_s < time.time(), "present-day dates, and none in the future"
    assert list((tmp_path / "demo" / "savepoints").glob("savepoint-*/_metadata")), "it is stopped with a savepoint"
    assert not list((tmp_path / "demo" / "decisions").glob(".*.inprogress.*")), "all that was decided is published"
    assert "not counted" not in said()
    assert "without a decision" not in said()
    row = re.search(r"│ decisions +│ ([\d,]+): .*?([\d,]+) investigate, ([\d,]+) block", said())
    alerts = re.search(r"│ alerts +│ ([\d,]+)", said())
    assert row and alerts, said()
    assert int(row[1].replace(",", "")) >= 100, "those after the history"
    assert int(alerts[1]) == int(row[2]) + int(row[3]), "the table does not contradict itself"
