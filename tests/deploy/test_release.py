"""`make release`: the sdist holds all that a wheel is made of, the wheel all that the packages are."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from deploy import release
from tests import ROOT

PACKAGES = ("domain", "gnn", "ops", "udfs", "flink_job")
OF_EXTRAS = (
    "sqlalchemy", "alembic", "fastapi", "uvicorn", "structlog", "argon2", "authlib", "joserfc", "apprise", "psycopg", "jinja2", "resvg_py",
    "prometheus_client", "confluent_kafka", "boto3", "deltalake", "duckdb", "matplotlib", "torch", "torch_geometric", "sklearn",
)  # fmt: skip
"""Modules that a wheel without extras does not bring."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    _, wheel = release.built(ROOT, tmp_path_factory.mktemp("dist"))
    return wheel


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        held = {name for name in opened.namelist() if ".dist-info/" not in name}
    tracked = subprocess.run(["git", "-C", str(ROOT), "ls-files", *PACKAGES], capture_output=True, text=True, check=True)
    there = {name for name in tracked.stdout.splitlines() if (ROOT / name).exists()}
    assert held == there, "what is no module must be in package_data of setup.py"


def test_it_needs_no_torch_unless_it_trains(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        [name] = [name for name in opened.namelist() if name.endswith(".dist-info/METADATA")]
        needs = [line for line in opened.read(name).decode().splitlines() if line.startswith("Requires-Dist: torch")]
    assert len(needs) == 2 and all('extra == "train"' in line for line in needs)


def test_job_and_demo_need_nothing_of_an_extra() -> None:
    """What a run, a cluster's submission and the demo load before they begin."""
    modules = (
        "job",
        "cli",
        "cluster.local_run",
        "cluster.submission",
        "cluster.upgrade_check",
        "commands.run_command",
        "commands.demo.demo",
    )
    code = f"import sys; sys.modules.update(dict.fromkeys({OF_EXTRAS})); import {', '.join(f'flink_job.{name}' for name in modules)}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_version_without_notes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert f"ringwatch-{release.version()}" == "ringwatch-0.1.0"
    (tmp_path / "releases.md").write_text("# What is new\n\n## 0.0.9\n")
    monkeypatch.setattr(release, "NOTES", tmp_path / "releases.md")
    with pytest.raises(release.ReleaseError, match=r"releases.md has no heading for version 0.1.0: say there what is new"):
        release.version()


def test_a_build_that_fails_says_why(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "setup.py").write_text("raise SystemExit('no such thing')\n")
    subprocess.run(["git", "-C", str(tmp_path), "add", "setup.py"], check=True)
    with pytest.raises(release.ReleaseError, match="build_sdist failed"):
        release.built(tmp_path, tmp_path / "out")
