"""The Dockerfile: no root and no compiler in what is shipped, all that it copies exists, one Flink."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from deploy.container.flink_config import DATA, METRICS_PORT, REST_PORT, RPC_PORT
from flink_job.settings.settings import load
from tests import ROOT

HERE = ROOT / "deploy" / "container"
TEXT = (HERE / "Dockerfile").read_text(encoding="utf-8")
FETCHED = {"deploy/jars", "deploy/s3/jars"}
"""By `make image`, before it builds."""


def stages() -> dict[str, str]:
    """Name of a stage -> its text, its FROM included."""
    found = re.split(r"^(?=FROM )", TEXT, flags=re.MULTILINE)[1:]
    return {re.match(r"FROM \S+ AS (\w+)", stage)[1]: stage for stage in found}  # type: ignore[index]


def lineage(stage: str) -> list[str]:
    """A stage and those that it is made from."""
    parent = re.match(r"FROM (\S+)", stages()[stage])[1]  # type: ignore[index]
    return [stage, *(lineage(parent) if parent in stages() else [])]


def copied() -> list[tuple[str, bool]]:
    """(path, whether it is in the checkout) of each thing that is copied from the context."""
    lines = re.findall(r"^COPY (?!--from)(?:--\S+ )?(.+) \S+$", TEXT, re.MULTILINE)
    return [(path, (ROOT / path).exists()) for line in lines for path in line.split()]


def test_hadolint_finds_nothing() -> None:
    program = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([program, HERE / "Dockerfile"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_what_is_shipped_has_no_root_and_no_compiler() -> None:
    for stage in ("job", "train"):
        assert "USER 9999:9999" in stages()[stage]
        assert not {"compiler", "packages", "training_packages"} & set(lineage(stage))
        assert not re.search(r"\b(gcc|g\+\+|python3-dev|pip install)\b", "".join(stages()[name] for name in lineage(stage)))
    assert list(stages())[-1] == "job", "the last stage is built by default"
    assert "compiler" in lineage("packages"), "this test must see a compiler somewhere"


def test_everything_that_is_copied_exists_and_is_sent() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = [line.removeprefix("!") for line in ignored if line.startswith("!")]
    assert "*" in ignored
    for path, exists in copied():
        assert exists or path in FETCHED, path
        assert any(Path(path).is_relative_to(one) or Path(path).match(one) for one in sent), f"{path} is kept out by .dockerignore"


def test_there_is_one_version_of_flink() -> None:
    lock = (HERE / "locks" / "job.lock").read_text(encoding="utf-8")
    [version] = re.findall(r"^apache-flink==(\S+)", lock, re.MULTILINE)
    assert f"flink:{version}-scala_2.12-java17" in TEXT
    assert f"flink-s3-fs-hadoop-{version}.jar" in (ROOT / "deploy" / "s3" / "jars.sha256").read_text(encoding="utf-8")


def test_ports_and_folders_are_those_of_the_program() -> None:
    exposed = {int(port) for port in re.findall(r"^EXPOSE (.+)$", TEXT, re.MULTILINE)[0].split()}
    assert exposed == {RPC_PORT, REST_PORT, METRICS_PORT, load(None).service.port}
    assert f"VOLUME {DATA}" in TEXT and f"WORKDIR {DATA}" in TEXT


def test_the_scripts_are_shell() -> None:
    for script in HERE.glob("*.sh"):
        shell = script.read_text(encoding="utf-8").splitlines()[0].rpartition("/")[2]
        assert subprocess.run([shell, "-n", script], check=False).returncode == 0, script
