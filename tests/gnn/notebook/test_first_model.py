"""docs/examples/first_model.py does what it says, from the simulation to the evaluation."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT


@pytest.mark.cluster
def test_the_example_runs_from_simulation_to_evaluation(tmp_path: Path) -> None:
    words = [sys.executable, "-W", "error", str(ROOT / "docs" / "examples" / "first_model.py"), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    output = done.stdout
    assert "15,000 events, 265 features" in output
    assert "4,500 events of the test part" in output
    quality = re.search(r"^average precision (0\.\d+)$", output, re.MULTILINE)
    blocked = re.search(r"blocked: (\d+) events, precision (\d+)%", output)
    assert quality and float(quality[1]) > 0.5, output
    assert blocked and int(blocked[1]) > 10 and int(blocked[2]) > 80, output
    assert (tmp_path / "model" / "card.json").exists()
