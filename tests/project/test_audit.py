"""`make audit` warns and never fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT

SCRIPT = ROOT / "deploy" / "audit.sh"


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("exit 0", "audit: no known vulnerability"),
        (
            "echo 'idna 3.6 PYSEC-2024-60'; exit 1",
            "audit: WARNING, known vulnerabilities (they do not fail the build):\nidna 3.6 PYSEC-2024-60",
        ),
        ("echo trace >&2; echo no route >&2; exit 1", "audit: nothing was audited, the advisory service cannot be reached: no route"),
        ("exit 124", "audit: nothing was audited, the advisory service did not answer within 5 minutes"),
    ],
)
def test_an_audit_says_what_it_found_and_never_fails(program: str, said: str, tmp_path: Path) -> None:
    tool = tmp_path / "bin" / "pip-audit"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\n[ -d "$2" ] || exit 9\n{program}\n')
    tool.chmod(0o755)
    command = ["sh", str(SCRIPT), str(Path(sys.prefix)), str(tmp_path)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == said
    assert found.stderr == ""
