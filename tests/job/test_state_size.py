"""The program that measures a large state runs, and fills the real job on either backend."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from flink_job.settings.state_backend import BACKENDS, ROCKSDB
from tests import ROOT

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_small_state_is_filled_and_measured(backend: str, tmp_path: Path) -> None:
    (scratch := tmp_path / "scratch").mkdir()
    sizes = ("--entities", "8000", "20000", "--revisits", "2000")
    places = ("--scratch", str(scratch), "--out", str(tmp_path / "out"))
    command = [sys.executable, "-m", "tests.state_size", "--backend", backend, *sizes, *places]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=580, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    small, large = json.loads((tmp_path / "out" / "state_size.json").read_text())
    assert (small["entities"], large["entities"]) == (8_000, 20_000)
    assert f"| {backend} | 20,000 |" in done.stdout
    # without compression a new entity has 460 bytes and what Flink adds, as docs/memory.md reckons
    low, high = (100, 450) if backend == ROCKSDB else (460, 600)
    assert low < large["bytes_per_entity"] < high
    assert large["state_bytes"] > small["state_bytes"]
    assert large["known"]["events"] > 0 and large["known"]["cpu_us"] > 0
    assert list(scratch.iterdir()) == []
