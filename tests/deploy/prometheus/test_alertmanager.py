"""Alertmanager's routes, asked of amtool, and a real one that sends to a webhook."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pytest_httpserver import HTTPServer

from ops.free_ports import free_port
from tests import ROOT
from tests.deploy.prometheus.samples import PROVOKED
from tests.support.job_process import wait_for
from tests.support.promtool import program, ran

FILE = ROOT / "deploy" / "prometheus" / "alertmanager.yml"


def configuration(folder: Path, webhook: str, wait: str = "30s") -> Path:
    """The configuration with an address in place of the secret's file: Debian's version knows none."""
    document: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    for receiver in document["receivers"]:
        for hook in receiver["webhook_configs"]:
            assert hook.pop("url_file") == "/run/secrets/alert_webhook"
            hook["url"] = webhook
    document["route"]["group_wait"] = document["route"]["routes"][0]["group_wait"] = wait
    file = folder / "alertmanager.yml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return file


def test_pages_and_tickets_go_their_own_ways(tmp_path: Path) -> None:
    file = configuration(tmp_path, "http://127.0.0.1:1/")
    checked = ran("amtool", "check-config", file)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    for severity, receiver in (("page", "pages"), ("ticket", "tickets")):
        routed = ran("amtool", "config", "routes", "test", "--config.file", file, f"severity={severity}", "alertname=RingwatchNoJob")
        assert routed.stdout.strip() == receiver


def test_what_is_kept_quiet_are_alerts_that_exist() -> None:
    document: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    for rule in document["inhibit_rules"]:
        for matcher in (*rule["source_matchers"], *rule["target_matchers"]):
            assert set(matcher.split('"')[1].split("|")) <= PROVOKED.keys()


@pytest.fixture
def alertmanager(tmp_path: Path, httpserver: HTTPServer) -> Iterator[str]:
    """The address of a real Alertmanager that sends to `httpserver`."""
    port = free_port()
    command = [
        program("prometheus-alertmanager"), f"--config.file={configuration(tmp_path, httpserver.url_for('/hook'), '0s')}",
        f"--storage.path={tmp_path / 'data'}", f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
    ]  # fmt: skip
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        yield f"http://127.0.0.1:{port}"
        process.terminate()


def sent(address: str, alerts: list[dict[str, str]]) -> bool:
    """Whether Alertmanager took these alerts, each given by its labels."""
    body = json.dumps([{"labels": labels, "annotations": {"runbook": "docs/runbooks.md"}} for labels in alerts]).encode()
    asked = urllib.request.Request(f"{address}/api/v2/alerts", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(asked, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_an_alert_reaches_the_webhook_and_what_follows_from_it_does_not(alertmanager: str, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook").respond_with_data("")
    cause = {"alertname": "RingwatchNoJob", "severity": "page"}
    wait_for(lambda: sent(alertmanager, [cause]), "Alertmanager", 120)
    wait_for(lambda: len(httpserver.log) >= 1, "the cause", 120)
    follows, other = {"alertname": "RingwatchNoEvents", "severity": "page"}, {"alertname": "RingwatchLakeWaits", "severity": "ticket"}
    assert sent(alertmanager, [cause, follows, other])
    wait_for(lambda: len(httpserver.log) >= 2, "the other alert", 120)
    told = [json.loads(request.get_data())["alerts"][0]["labels"]["alertname"] for request, _ in httpserver.log]
    assert told == ["RingwatchNoJob", "RingwatchLakeWaits"]
