"""Alert rules: each fires when it is provoked, in Prometheus' own evaluation, and each has its runbook."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana.metric import FLINKS_OWN
from tests import ROOT
from tests.deploy.prometheus.samples import PROVOKED, Provoked
from tests.support.exposed_metrics import exposed, names
from tests.support.promtool import ran

FILE = ROOT / "deploy" / "prometheus" / "alerts.yaml"
RULES: list[dict[str, Any]] = [rule for group in yaml.safe_load(FILE.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]
RUNBOOKS = (ROOT / "docs" / "runbooks.md").read_text(encoding="utf-8")
_QUIET = {"flink_jobmanager_numRunningJobs": "1x3000", 'up{job="ringwatch-service"}': "1x3000"}
"""Without these two their alerts fire, too: no job and no service."""


def evaluated(rule: str, provoked: Provoked, expected: bool) -> str:
    """What promtool says against an alert's being there, or not being there."""
    [found] = [one for one in RULES if one["alert"] == rule]
    series = {**_QUIET, **provoked.series}
    labels = {**found["labels"], **dict(provoked.labels)}
    said = {name: _with_labels(text, labels) for name, text in found["annotations"].items()}
    alerts = [{"exp_labels": labels, "exp_annotations": said}] if expected else []
    expecting = [{"eval_time": provoked.at, "alertname": rule, "exp_alerts": alerts}]
    given = [{"series": name, "values": values} for name, values in series.items()]
    with tempfile.TemporaryDirectory() as folder:
        alone, test = Path(folder, "rule.yaml"), Path(folder, "test.yaml")
        alone.write_text(yaml.safe_dump({"groups": [{"name": "alone", "rules": [found]}]}), encoding="utf-8")
        asked = {"interval": provoked.every, "input_series": given, "alert_rule_test": expecting}
        test.write_text(
            yaml.safe_dump({"rule_files": [str(alone)], "evaluation_interval": provoked.every, "tests": [asked]}), encoding="utf-8"
        )
        done = ran("promtool", "test", "rules", test)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _with_labels(text: str, labels: dict[str, str]) -> str:
    return re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda found: labels[found[1]], text)


def test_every_rule_is_provoked_here() -> None:
    assert {rule["alert"] for rule in RULES} == PROVOKED.keys()


@pytest.mark.parametrize("rule", PROVOKED)
def test_it_fires_when_it_is_provoked(rule: str) -> None:
    assert evaluated(rule, PROVOKED[rule], expected=True) == ""


def test_a_rule_that_does_not_fire_is_noticed() -> None:
    assert evaluated("RingwatchStoreBehind", Provoked({"ringwatch_store_lag_seconds": "119x60"}, "10m"), expected=False) == ""
    assert evaluated("RingwatchStoreBehind", Provoked({"ringwatch_store_lag_seconds": "119x60"}, "10m"), expected=True) != ""


def test_every_rule_names_metrics_that_exist() -> None:
    for rule in RULES:
        named = names(rule["expr"])
        assert named <= exposed() | FLINKS_OWN, rule
        assert named or 'up{job="ringwatch-service"}' in rule["expr"]


def test_every_rule_has_a_runbook_and_every_runbook_a_rule() -> None:
    headings = re.findall(r"^## (Ringwatch\w+)$", RUNBOOKS, re.MULTILINE)
    assert [f"docs/runbooks.md#{name.lower()}" for name in headings] == [rule["annotations"]["runbook"] for rule in RULES]
    assert all(rule["labels"]["severity"] in ("page", "ticket") for rule in RULES)
