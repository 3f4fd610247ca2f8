"""POST /v1/score of a running service through the real job, which is killed in the middle and resumed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from domain.simulator import SimulatorSettings, simulate
from flink_job.bench.http_load import Answers, Load
from ops.free_ports import free_port
from tests.job.test_job import KEY, POLICY_OPTIONS
from tests.support.job_process import ROOT, JobProcess, wait_for

pytestmark = [pytest.mark.flink, pytest.mark.cluster, pytest.mark.timeout(500)]

RATE, SECONDS, DEADLINE_MS = 25.0, 24.0, 1500
HEADERS = {"content-type": "application/json"}


@contextmanager
def serving(folder: Path, job: JobProcess, more: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """A service beside a job, with more settings; it ends as SIGTERM ends it."""
    port = free_port()
    settings = {
        "redis.url": job.redis_url,
        "redis.prefix": job.prefix,
        "service.drain_s": "0",
        "service.store.url": f"sqlite:{folder / 'store.db'}",
        "service.score.deadline_ms": str(DEADLINE_MS),
        **more,
    }
    words = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    command = [sys.executable, "-m", "flink_job.cli", "serve", "--port", str(port), *words]
    with (folder / "service.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, **(job.environment or {})})
        try:
            wait_for(lambda: answers(f"http://127.0.0.1:{port}/healthz"), "the service")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False


def post(url: str, document: Any) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(document).encode(), HEADERS), timeout=30) as answer:
        return json.loads(answer.read())


def test_each_request_is_answered_in_time_and_each_event_decided_once(
    redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path
) -> None:
    count = int(RATE * SECONDS)
    documents = [one for one in simulate(SimulatorSettings(events=count + 200, seed=8)).documents() if one["event_type"] != "label"]
    first, *others = documents[: count + 1]
    options = (*POLICY_OPTIONS, "--set", "job.checkpoint_interval_s=1", "--set", "job.early_approval=true")
    job = JobProcess(tmp_path / "job", tmp_path, redis_url, stream_prefix, options, {"RINGWATCH_PSEUDONYM_KEY": KEY}, ("redis:events",))
    job.decisions_url = "redis:decisions"
    running = job.start()
    try:
        with serving(tmp_path, job) as url:
            wait_for(lambda: not post(f"{url}/v1/score", first)["fallback"], "the first decision")
            wait_for(lambda: any(job.checkpoints.glob("*/chk-*/_metadata")), "a checkpoint")
            found: list[Answers] = []
            load = Load(f"{url}/v1/score", [json.dumps(one).encode() for one in others], RATE)
            asking = threading.Thread(target=lambda: found.append(asyncio.run(load.run())))
            asking.start()
            time.sleep(SECONDS / 4)
            job.kill(running)
            running = job.start("--resume")
            asking.join()
            decided = stream_prefix + "decisions"
            wait_for(lambda: redis_client.xlen(decided) > len(others), "all decisions", 80)
            again = [post(f"{url}/v1/score", one) for one in others[-20:]]
            assert not any(one["fallback"] for one in again), "what was late is known now"
        [told] = found
        assert set(told.status) == {200}
        assert told.foreign == 0
        assert max(told.ms) < DEADLINE_MS + 1500, "within the deadline, on a machine that starts a job meanwhile"
        assert 0 < sum(told.fallback) < len(others)
        ids = Counter(fields["id"] for _, fields in redis_client.xrange(decided))
        assert ids == Counter(one["event_id"] for one in (first, *others))
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(60)
