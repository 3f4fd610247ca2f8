"""Each option of Flink that a configuration names is one that Flink 2.3 has, by its classes' constants."""

from __future__ import annotations

import re
import zipfile
from functools import cache
from pathlib import Path

import pyflink
import pytest

from deploy.container.flink_config import container_options
from flink_job.settings.flink_options import cluster_options, engine_options, job_options
from flink_job.settings.high_availability import own_options
from flink_job.settings.settings import load
from flink_job.settings.state_backend import ROCKSDB, state_options
from tests import ROOT
from tests.deploy.kubernetes.manifests import one_of, settings_files

OF_OTHERS = {"job.autoscaler.enabled": "of the operator", "s3.path.style.access": "handed on to the plugin for S3"}
_REPORTER = re.compile(r"metrics\.reporter\.prometheus\.(factory\.class|port|filterLabelValueCharacters)")


@cache
def constants() -> bytes:
    """The classes of Flink's options, as they are: a constant lies in them as its text."""
    home = Path(pyflink.__file__).parent
    return b"\0".join(
        map(
            _options_of, (*home.glob("lib/flink-dist-*.jar"), *home.glob("lib/flink-table-api-*.jar"), *home.glob("opt/flink-python-*.jar"))
        )
    )


def _options_of(jar: Path) -> bytes:
    with zipfile.ZipFile(jar) as opened:
        named = [name for name in opened.namelist() if re.search(r"org/apache/flink/[^$]*(Options|ConfigConstants)[^/]*\.class$", name)]
        return b"\0".join(opened.read(name) for name in named)


def is_option(name: str) -> bool:
    """Whether a class has this text as a constant: its length, two bytes, is before it."""
    return len(name).to_bytes(2, "big") + name.encode() in constants()


def named_options() -> set[str]:
    job = one_of("FlinkDeployment", "ringwatch")["spec"]["flinkConfiguration"]
    of_settings = {name for file in settings_files() for name in load(file).job.flink}
    of_jobs = {*job_options(load(None), 1), *engine_options(load(None)), *state_options(ROCKSDB), *cluster_options(load(None))}
    two = load(None, ["cluster.jobmanagers=2"])
    return {*container_options(), *job, *of_settings, *of_jobs, *cluster_options(two), *own_options(two.cluster, 2)}


def test_every_option_is_flinks() -> None:
    unknown = {name for name in named_options() if not is_option(name) and not _REPORTER.fullmatch(name)}
    assert unknown - OF_OTHERS.keys() == set()
    assert len(named_options()) > 30


@pytest.mark.parametrize("name", ["taskmanager.numberOfTaskSlot", "kubernetes.entry", "high-availability.storagedir"])
def test_one_that_is_misspelt_is_none(name: str) -> None:
    assert not is_option(name)


def test_the_reporter_is_there() -> None:
    factory = container_options()["metrics.reporter.prometheus.factory.class"]
    [jar] = (Path(pyflink.__file__).parent / "plugins" / "metrics-prometheus").glob("*.jar")
    with zipfile.ZipFile(jar) as opened:
        assert f"{factory.replace('.', '/')}.class" in opened.namelist()
        reporter = b"".join(opened.read(name) for name in opened.namelist() if name.endswith("PrometheusReporter.class"))
        of_all = b"".join(opened.read(name) for name in opened.namelist() if name.endswith(".class"))
    assert b"port" in reporter and b"filterLabelValueCharacters" in of_all


def test_the_entry_points_are_there() -> None:
    deployment = one_of("FlinkDeployment", "ringwatch")["spec"]["job"]
    [jar] = (Path(pyflink.__file__).parent / "opt").glob("flink-python-*.jar")
    with zipfile.ZipFile(jar) as opened:
        assert f"{deployment['entryClass'].replace('.', '/')}.class" in opened.namelist()
    scripts = {path.name for path in (Path(pyflink.__file__).parent / "bin").iterdir()}
    entry = (ROOT / "deploy" / "container" / "entry.sh").read_text(encoding="utf-8")
    assert set(re.findall(r"exec ([\w-]+\.sh)", entry)) == {"standalone-job.sh", "taskmanager.sh"} <= scripts
