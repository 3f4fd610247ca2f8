"""Flink's configuration of the containers is what `ringwatch cluster` runs with, but for addresses."""

from __future__ import annotations

from deploy.container.flink_config import WRITTEN, container_options, text
from flink_job.settings.flink_options import cluster_options, engine_options
from flink_job.settings.settings import load


def test_the_file_is_what_the_code_makes() -> None:
    assert WRITTEN.read_text(encoding="utf-8") == text(), "run make deploy-files"


def test_it_differs_from_the_clusters_by_places_only() -> None:
    ours, clusters = container_options(), cluster_options(load(None))
    places = {
        "jobmanager.rpc.address", "rest.address", "jobmanager.bind-host", "taskmanager.bind-host", "rest.bind-address", "io.tmp.dirs",
        "execution.checkpointing.savepoint-dir", "taskmanager.host",
    }  # fmt: skip
    assert {name for name in clusters if ours.get(name) != clusters[name]} <= places
    assert engine_options(load(None)).items() <= ours.items()
    assert "--add-opens" in ours["env.java.opts.all"]


def test_nobody_can_send_it_a_program() -> None:
    assert container_options()["web.submit.enable"] == "false"
