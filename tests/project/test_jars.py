"""`make jars`: what Maven brings is held against the pinned checksums before anything uses it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.job_process import ROOT

SCRIPT = ROOT / "deploy" / "jars.py"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pom's folder whose one jar holds `good`, and an mvn that brings what the file `brings` holds."""
    made = tmp_path / "connector"
    made.mkdir()
    (made / "pom.xml").write_text("<project/>")
    (made / "jars.sha256").write_text(f"{hashlib.sha256(b'good').hexdigest()}  one.jar\n")
    (tmp_path / "bin").mkdir()
    maven = tmp_path / "bin" / "mvn"
    maven.write_text(
        f'#!/bin/sh\nfor word; do case $word in -DoutputDirectory=*) out=${{word#*=}};; esac; done\ncp "{tmp_path}/brings" "$out/one.jar"\n'
    )
    maven.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return made


def fetch(folder: Path, brings: bytes) -> subprocess.CompletedProcess[str]:
    (folder.parent / "brings").write_bytes(brings)
    return subprocess.run([sys.executable, SCRIPT, folder], capture_output=True, text=True, check=False)


def test_pinned_jars_are_kept(folder: Path) -> None:
    assert fetch(folder, b"good").returncode == 0
    assert (folder / "jars" / "one.jar").read_bytes() == b"good"
    assert fetch(folder, b"never asked for again").returncode == 0


def test_other_jars_are_refused(folder: Path) -> None:
    done = fetch(folder, b"bad")
    assert done.returncode == 1
    assert "one.jar differ from" in done.stderr
    assert hashlib.sha256(b"bad").hexdigest() in done.stderr, "for whoever changes a version on purpose"
    assert not (folder / "jars").exists()


def test_damaged_jars_are_fetched_again(folder: Path) -> None:
    fetch(folder, b"good")
    (folder / "jars" / "one.jar").write_bytes(b"half")
    assert fetch(folder, b"good").returncode == 0
    assert (folder / "jars" / "one.jar").read_bytes() == b"good"
