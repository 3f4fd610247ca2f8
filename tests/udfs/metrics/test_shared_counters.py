"""Counters in memory that Python and Java share, in a real TaskManager: what its reporter says after each
event.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ops.free_ports import free_port
from tests.support.job_process import ROOT
from tests.support.metric_group import Group
from udfs.metrics.approval_metrics import ApprovalMetrics

pytestmark = [pytest.mark.flink, pytest.mark.timeout(120)]

APPROVED = [(0.0004, 3), (0.05, 20), (0.97, 70_000)]

# The function asks the reporter itself, and so while it holds the stream up: a count that waits for the next
# event would be missing.
PROGRAM = """
import json, re, sys
from urllib.request import urlopen

from pyflink.common import Types
from pyflink.datastream import MapFunction

from flink_job.cluster.environment import of_options, set_java_environment
from flink_job.settings.metrics_reporter import reporter_options
from flink_job.settings.settings import load
from udfs.metrics.approval_metrics import ApprovalMetrics

port, logs, approved = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
SERIES = re.compile(r"^flink_taskmanager_job_task_operator_(\\w+)\\{(.*)\\} (\\S+)$", re.MULTILINE)
LABEL = re.compile(r'\\b(?:decision|le|mode)="[^"]*"')

class Approve(MapFunction):
    def open(self, context):
        self.metrics = ApprovalMetrics(context.get_metrics_group())
        assert self.metrics._counters._off_heap, "Java reads the counters by itself"

    def map(self, event):
        self.metrics.count(*event)
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            found = SERIES.findall(answer.read().decode())
        return json.dumps([(name, LABEL.findall(labels), float(value)) for name, labels, value in found])

set_java_environment(load(None, [f"job.metrics_port={port}", f"job.log_dir={logs}"]))
env = of_options({"python.execution-mode": "thread", "python.executable": sys.executable, "rest.port": "0", **reporter_options(port)})
env.set_parallelism(1)
with env.from_collection([tuple(event) for event in approved]).map(Approve(), Types.STRING()).execute_and_collect() as results:
    print(json.dumps([json.loads(result) for result in results]))
"""


def reported(port: int, folder: Path) -> list[dict[str, float]]:
    """Of each event, the metrics as the reporter gave them right after it was counted."""
    words = [str(port), str(folder), json.dumps(APPROVED)]
    done = subprocess.run([sys.executable, "-c", PROGRAM, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answers: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return [{_key(name, labels): value for name, labels, value in answer} for answer in answers]


def _key(exported: str, labels: list[str]) -> str:
    """As `Group` writes it: Flink puts the label's name in front."""
    if not labels:
        return exported
    label, _, value = labels[0].partition("=")
    return f"{exported.removeprefix(f'{label}_')}{{{label}={value.strip(chr(34))}}}"


@pytest.mark.cluster
def test_the_reporter_shows_every_event_at_once(tmp_path: Path) -> None:
    group = Group()
    metrics = ApprovalMetrics(group)  # type: ignore[arg-type]
    answers = reported(free_port(), tmp_path)
    assert len(answers) == len(APPROVED)
    for answer, approved in zip(answers, APPROVED, strict=True):
        metrics.count(*approved)
        expected = group.read()
        assert {name: answer.get(name) for name in expected} == expected
