"""Batch scheduling: for every thread of the process that asks, those it starts later and its children, and
nobody else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from flink_job.settings.settings import load

pytestmark = pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="Linux only")

ASK = """
import json, os, subprocess, sys, threading
from udfs.engine.batch_scheduling import schedule_threads
NAMES = {os.SCHED_OTHER: "other", os.SCHED_BATCH: "batch", os.SCHED_IDLE: "idle"}
go, seen = threading.Event(), {}

def look(name, ready=None):
    if name == "idle":
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    if ready:
        ready.set()
        go.wait()
    seen[name] = NAMES[os.sched_getscheduler(0)]

threads = []
for name in ("older", "idle"):
    ready = threading.Event()
    threads.append(threading.Thread(target=look, args=(name, ready)))
    threads[-1].start()
    ready.wait()
schedule_threads(True)
go.set()
threads.append(threading.Thread(target=look, args=("newer",)))
threads[-1].start()
for thread in threads:
    thread.join()
look("main")
child = "import os; print('batch' if os.sched_getscheduler(0) == os.SCHED_BATCH else 'other')"
seen["child"] = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True, check=True).stdout.strip()
schedule_threads(None)
look("None")
schedule_threads(False)
look("False")
print(json.dumps(seen))
"""


def _said(script: str) -> str:
    return subprocess.run([sys.executable, "-c", "import os\n" + script], capture_output=True, text=True, check=True).stdout.strip()


def test_all_threads_and_what_comes_after_them_but_not_those_with_a_policy_of_their_own() -> None:
    policy = os.sched_getscheduler(0)
    assert json.loads(_said(ASK)) == {
        "older": "batch",
        "idle": "idle",
        "newer": "batch",
        "main": "batch",
        "child": "batch",
        "None": "batch",
        "False": "other",
    }
    assert os.sched_getscheduler(0) == policy


@pytest.mark.parametrize(
    "before",
    [
        "del os.SCHED_BATCH",
        "def refused(*_): raise PermissionError('operation not permitted')\nos.sched_setscheduler = refused",
    ],
    ids=["unknown", "forbidden"],
)
def test_where_it_cannot_be_had_everything_stays_as_it_is(before: str) -> None:
    ask = "\nfrom udfs.engine.batch_scheduling import schedule_threads\nschedule_threads(True)\nprint(os.sched_getscheduler(0))"
    assert _said(before + ask) == str(os.SCHED_OTHER)


@pytest.mark.parametrize(("wanted", "parallelism", "batch"), [("true", 1, True), ("true", 2, True), ("false", 1, None), ("false", 2, None)])
def test_it_is_asked_for_at_any_parallelism(wanted: str, parallelism: int, batch: bool | None) -> None:
    settings = load(None, [f"job.batch_scheduling={wanted}", f"job.parallelism={parallelism}"])
    assert settings.job.threads_as_batch is batch
