"""Objectives, evaluated by Prometheus: an outage shows, also one from the first request on."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import yaml

from deploy.grafana.service import SCORES
from deploy.grafana.slos import OBJECTIVES
from tests.support.promtool import ran

BY_JOB, SOON, _ = OBJECTIVES


def evaluated(query: str, series: dict[str, str], value: float) -> str:
    """What promtool says against a query's value after 30 minutes."""
    asked = [{"expr": query, "eval_time": "30m", "exp_samples": [{"labels": "{}", "value": value}]}]
    given = [{"series": name, "values": values} for name, values in series.items()]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "test.yaml")
        file.write_text(yaml.safe_dump({"tests": [{"interval": "1m", "input_series": given, "promql_expr_test": asked}]}), encoding="utf-8")
        done = ran("promtool", "test", "rules", file)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def scored(**rises: int) -> dict[str, str]:
    return {f'{SCORES}_count{{outcome="{outcome}"}}': f"0+{rise}x60" for outcome, rise in rises.items()}


@pytest.mark.parametrize(
    ("series", "share"),
    [
        (scored(decision=10), 1.0),
        (scored(decision=9, late=1), 0.9),
        (scored(decision=8, full=2), 0.8),
        (scored(decision=5, repeat=4, unlike=1), 1.0),
        (scored(late=10), 0.0),
    ],
)
def test_the_share_of_scores_that_the_job_gave(series: dict[str, str], share: float) -> None:
    assert evaluated(BY_JOB.share("10m"), series, share) == ""


def test_how_fast_the_allowance_is_used() -> None:
    assert evaluated(f"round({BY_JOB.burning('10m')}, 0.001)", scored(decision=99, late=1), 10.0) == ""
    assert evaluated(f"round({BY_JOB.burning('10m')}, 0.001)", scored(decision=99, late=1), 9.0) != ""


def test_scores_that_are_late() -> None:
    series = {**scored(decision=10), f'{SCORES}_bucket{{le="0.5"}}': "0+7x60"}
    assert evaluated(f"round({SOON.share('10m')}, 0.001)", series, 0.7) == ""
