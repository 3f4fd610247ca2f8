"""Every query of the dashboards, asked of a real Prometheus that scrapes a cluster and a service at work."""

from __future__ import annotations

import asyncio
import json
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana.__main__ import DASHBOARDS
from domain.simulator import SimulatorSettings, simulate
from flink_job.bench.http_load import Load
from ops.free_ports import free_port
from tests.job.test_job import KEY, POLICY_OPTIONS
from tests.job.test_job_control import _model as copied_model
from tests.job.test_service_scores import post, serving
from tests.llm_endpoints.asking import WIDE
from tests.llm_endpoints.catalogue import ENDPOINTS
from tests.llm_endpoints.server import KEY as LLM_KEY
from tests.llm_endpoints.server import Endpoint
from tests.support.cluster_process import ClusterProcess
from tests.support.control_samples import rule
from tests.support.job_process import JobProcess, wait_for
from tests.support.promtool import program

pytestmark = [pytest.mark.flink, pytest.mark.long, pytest.mark.timeout(600)]

EVENTS, RATE = 6_000, 60.0
SCRAPED_EVERY = "2s"
RATE_OVER = "30s"
"""In place of Grafana's $__rate_interval: several scrapes."""


@contextmanager
def prometheus(folder: Path, jobs: dict[str, list[int]]) -> Iterator[str]:
    """The address of a real Prometheus that asks these ports of ours."""
    folder.mkdir()
    document = {
        "global": {"scrape_interval": SCRAPED_EVERY},
        "scrape_configs": [
            {"job_name": name, "static_configs": [{"targets": [f"127.0.0.1:{port}" for port in ports]}]} for name, ports in jobs.items()
        ],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(document))
    port = free_port()
    command = [
        program("prometheus"), f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]  # fmt: skip
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def samples(address: str, query: str) -> list[Any]:
    """What Prometheus says to a query, one entry a series; nothing while it does not answer."""
    asked = f"{address}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return list(json.loads(answer.read())["data"]["result"])
    except OSError:
        return []


def without_data(address: str) -> list[str]:
    """Panels with a query that returns nothing."""
    return [
        f"{dashboard.name}: {panel.title}: {query.expr}"
        for dashboard in DASHBOARDS
        for panel in dashboard.panels()
        for query in panel.queries
        if not samples(address, query.expr.replace("$__rate_interval", RATE_OVER))
    ]


def records(shadow: Path) -> list[dict[str, Any]]:
    """A rule and a model in shadow, without which the panels of both are empty."""
    return [rule(), {"control": "shadow_model", "path": str(copied_model(shadow, "combined-shadow")), "version": 1}]


def rated(service: str) -> bool:
    """Whether a summary that a model wrote was there to be rated."""
    with urllib.request.urlopen(f"{service}/v1/incidents?limit=100", timeout=30) as answer:
        found = [one["id"] for one in json.loads(answer.read())["items"]]
    for incident in found:
        if post(f"{service}/v1/incidents/{incident}/summary-feedback", {"rating": "good"})["model"] != "template":
            return True
    return False


def test_every_query_of_every_panel_returns_data(redis_url: str, stream_prefix: str, tmp_path: Path) -> None:
    shop = SimulatorSettings(events=EVENTS, seed=11, fraud_share=0.08)
    documents = [json.dumps(one).encode() for one in simulate(shop).documents() if one["event_type"] != "label"]
    control = tmp_path / "control"
    control.mkdir()
    (control / "1.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records(tmp_path / "shadow")))
    first, lake_port = free_port(), free_port()
    reporters = range(first, first + 10)  # each process takes the first free one, and a submission looks for one
    with Endpoint(ENDPOINTS["openai-4.1"]) as endpoint:
        llm = {name: value for name, value in {**endpoint.settings, **WIDE}.items() if name != "api_key"}
        told = [f"llm.{name}={json.dumps(value)}" for name, value in llm.items()]
        told += [f"job.control=file:{control}", "job.checkpoint_interval_s=2"]
        told += ["incidents.first_summary_alerts=1", "incidents.first_summary_s=1"]
        options = (*POLICY_OPTIONS, *(word for one in told for word in ("--set", one)))
        environment = {"RINGWATCH_PSEUDONYM_KEY": KEY, "RINGWATCH_LLM_API_KEY": LLM_KEY}
        job = JobProcess(tmp_path / "job", tmp_path, redis_url, stream_prefix, options, environment, ("redis:events",), "redis:decisions")
        cluster_options = (f"job.metrics_port={reporters.start}-{reporters.stop - 1}",)
        of_service = {"lake.in_worker": "true", "lake.url": str(tmp_path / "lake"), "lake.metrics_port": str(lake_port)}
        with (
            ClusterProcess(tmp_path / "cluster", 1, cluster_options, environment) as cluster,
            serving(tmp_path, job, of_service) as service,
        ):
            cluster.submit(job)
            ports = [int(service.rpartition(":")[2]), lake_port]
            with prometheus(tmp_path / "prometheus", {"job": [*reporters], "service": ports}) as asked:
                load = Load(f"{service}/v1/score", documents, RATE)
                sending = threading.Thread(target=lambda: asyncio.run(load.run()))
                sending.start()
                wait_for(lambda: rated(service), "a summary by a model", 200)
                end = time.monotonic() + 120
                while (missing := without_data(asked)) and time.monotonic() < end:
                    time.sleep(2)
                assert missing == []
                sending.join()
