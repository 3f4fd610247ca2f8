"""Dashboards: the files are what the code makes, and every query names metrics that are there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from deploy.grafana.__main__ import DASHBOARDS, FOLDER, text
from deploy.grafana.dashboard import WIDTH, Dashboard
from deploy.grafana.metric import FLINKS_OWN, of_flink, of_job
from tests.support.exposed_metrics import FLINK, SERVICE, exposed, names
from tests.support.promtool import checked_rules


def queries(dashboard: Dashboard) -> Iterator[str]:
    for panel in dashboard.panels():
        for query in panel.queries:
            yield query.expr


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one.name)
def test_the_file_is_what_the_code_makes(dashboard: Dashboard) -> None:
    assert (FOLDER / f"{dashboard.name}.json").read_text(encoding="utf-8") == text(dashboard), "run make deploy-files"


def test_no_file_is_left_over() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {one.name for one in DASHBOARDS}


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one.name)
def test_every_query_names_metrics_that_exist(dashboard: Dashboard) -> None:
    known = exposed() | FLINKS_OWN
    for query in queries(dashboard):
        named = names(query)
        assert named, query
        assert named <= known, query


def test_promtool_reads_every_query() -> None:
    every = [query.replace("$__rate_interval", "5m") for one in DASHBOARDS for query in queries(one)]
    groups = [{"name": "queries", "rules": [{"record": f"query:{number}", "expr": query} for number, query in enumerate(every)]}]
    assert checked_rules({"groups": groups}) == ""


def test_an_unknown_metric_is_refused_when_the_dashboards_are_made() -> None:
    with pytest.raises(KeyError):
        of_job("event")
    with pytest.raises(KeyError):
        of_job("rejected", "reason")
    with pytest.raises(KeyError):
        of_flink("flink_jobmanager_job_restarts")
    assert FLINK in of_job("events") and SERVICE


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one.name)
def test_panels_lie_side_by_side_and_have_their_own_numbers(dashboard: Dashboard) -> None:
    panels = json.loads(text(dashboard))["panels"]
    cells = [(panel["gridPos"]["x"] + column, panel["gridPos"]["y"]) for panel in panels for column in range(panel["gridPos"]["w"])]
    assert len(set(cells)) == len(cells) and all(x < WIDTH for x, _ in cells)
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    assert all(panel["description"].endswith((".", "?")) for panel in panels)
    assert all(re.fullmatch(r"[A-H]", target["refId"]) for panel in panels for target in panel["targets"])
