"""Debian's promtool and amtool, where they are installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml


def program(name: str) -> str:
    """Path of a program; the test is skipped where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install prometheus prometheus-alertmanager")
    return found


def ran(name: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program(name), *words], capture_output=True, text=True, check=False, timeout=60)


def checked_rules(rules: dict[str, Any]) -> str:
    """What promtool finds wrong with rules; empty if nothing."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "rules.yaml")
        file.write_text(yaml.safe_dump(rules), encoding="utf-8")
        done = ran("promtool", "check", "rules", file)
    return "" if done.returncode == 0 else done.stdout + done.stderr
