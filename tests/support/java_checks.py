"""Checks of Java classes: functions `check_...` of a module, run in a process that has Flink's gateway.

The tests' own process starts no Java: it would stay to the end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

from tests import ROOT

Check = Callable[[Path], None]
"""It is given an empty folder, and fails by an `AssertionError`."""


def checks_of(module: ModuleType) -> list[str]:
    return sorted(name for name in vars(module) if name.startswith("check_"))


def run_checks(module: ModuleType, timeout_s: float = 100) -> dict[str, str]:
    """Run all checks of a module; return what each raised, empty for nothing."""
    command = [sys.executable, "-W", "ignore", "-m", __name__, module.__name__]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout_s)
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def _outcome(check: Check) -> str:
    try:
        with tempfile.TemporaryDirectory() as folder:
            check(Path(folder))
    except Exception:
        return traceback.format_exc()
    return ""


if __name__ == "__main__":
    checked = import_module(sys.argv[1])
    print(json.dumps({name: _outcome(getattr(checked, name)) for name in checks_of(checked)}))
