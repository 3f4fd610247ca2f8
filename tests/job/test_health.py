"""The model's health in the real job with two subtasks that approve early: drift that is counted while it
runs, and labels held against alarms. `test_job.py` has the other forms.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from domain.simulator import SimulatorSettings, simulate
from tests.support.job_process import JobProcess
from tests.support.model_health import check_health, with_second_labels

pytestmark = [pytest.mark.flink, pytest.mark.cluster, pytest.mark.timeout(400)]

KEY = "a key for the tests"
EVENTS = 4000
POLICY_OPTIONS = ("--set", "policy.investigate_at=0.2", "--set", "policy.block_at=0.6")


def test_health_says_how_scores_moved_and_what_labels_say(redis_url: str, tmp_path: Path) -> None:
    history = tmp_path / "events.jsonl"
    documents = simulate(SimulatorSettings(events=EVENTS, seed=11, fraud_share=0.08)).documents()
    history.write_text("".join(json.dumps(line) + "\n" for line in with_second_labels(documents)))
    extra = (*POLICY_OPTIONS, "--set", "job.early_approval=true", "--set", "job.parallelism=2")
    job = JobProcess(tmp_path / "job", history, redis_url, "health:", extra, {"RINGWATCH_PSEUDONYM_KEY": KEY})
    job.run()
    assert len(job.decided()) == EVENTS
    check_health(job, history, KEY, tallies=4)
