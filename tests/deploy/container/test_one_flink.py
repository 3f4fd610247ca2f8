"""An image has one Flink: that of its base, or the one that PyFlink brings."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests import ROOT

SCRIPT = ROOT / "deploy" / "container" / "one_flink.sh"
PARTS = ("bin", "conf", "lib", "opt", "plugins")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An environment with PyFlink 2.3.0, and jars that were fetched."""
    site = tmp_path / "packages" / "site"
    for part in PARTS:
        (site / "pyflink" / part).mkdir(parents=True)
        (site / "pyflink" / part / f"of-pyflink-{part}").write_text("")
    (site / "pyflink" / "opt" / "flink-python-2.3.0.jar").write_text("")
    (site / "flink_job").mkdir()
    (site / "flink_job" / "main.py").write_text("")
    python = tmp_path / "packages" / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\ncase $2 in *sysconfig*) echo "{site}" ;; *) echo 2.3.0 ;; esac\n')
    python.chmod(0o755)
    for name in ("connectors", "s3"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.jar").write_text("")
    return tmp_path


def joined(folder: Path) -> subprocess.CompletedProcess[str]:
    variables = {"FLINK": str(folder / "flink"), "PACKAGES": str(folder / "packages"), "PATH": "/usr/bin:/bin"}
    words = ["bash", SCRIPT, folder / "connectors", folder / "s3", folder / "added"]
    return subprocess.run(words, env=variables, capture_output=True, text=True, check=False)


def added(folder: Path) -> set[str]:
    root = folder / "added" / "opt" / "flink"
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}


ALWAYS = {"lib/flink-python-2.3.0.jar", "lib/connectors.jar", "plugins/s3-fs-hadoop/s3.jar"}


def test_a_bare_base_gets_pyflinks(folder: Path) -> None:
    assert joined(folder).returncode == 0
    assert added(folder) == {*ALWAYS, *(f"{part}/of-pyflink-{part}" for part in PARTS), "opt/flink-python-2.3.0.jar"}
    linked = folder / "added" / "opt" / "flink" / "lib" / "flink-python-2.3.0.jar"
    assert linked.is_symlink() and linked.resolve().parent.name == "opt" and linked.exists()


def test_a_base_with_flink_keeps_its_own(folder: Path) -> None:
    for part in PARTS:
        (folder / "flink" / part).mkdir(parents=True)
    (folder / "flink" / "opt" / "flink-python-2.3.0.jar").write_text("")
    assert joined(folder).returncode == 0
    assert added(folder) == ALWAYS


@pytest.mark.parametrize("base", [True, False])
def test_python_finds_the_one(folder: Path, base: bool) -> None:
    if base:
        test_a_base_with_flink_keeps_its_own(folder)
    else:
        assert joined(folder).returncode == 0
    pyflink = folder / "packages" / "site" / "pyflink"
    assert {part: str((pyflink / part).readlink()) for part in PARTS} == {part: f"/opt/flink/{part}" for part in PARTS}
    assert (folder / "packages" / "main.py").resolve() == folder / "packages" / "site" / "flink_job" / "main.py"


def test_another_version_of_flink_is_refused(folder: Path) -> None:
    for part in PARTS:
        (folder / "flink" / part).mkdir(parents=True)
    (folder / "flink" / "opt" / "flink-python-2.2.0.jar").write_text("")
    done = joined(folder)
    assert done.returncode == 1
    assert "the base has flink-python-2.2.0 in /opt/flink/opt, and PyFlink is 2.3.0: choose the base of that version" in done.stderr
