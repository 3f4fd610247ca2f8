"""Does a dead LLM endpoint slow decisions and alerts? The real job under a steady load, once with each kind
of endpoint.
"""

from __future__ import annotations

import json
import signal
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import redis

from flink_job.bench.paced import latencies, shown
from gnn.history.simulated_files import write_simulation
from ops.free_ports import free_port
from ops.redis.embedded import EmbeddedRedis
from ops.secrets import make_pseudonym_key
from tests.faults.endpoints import endpoint
from tests.support.job_process import JobProcess, wait_for
from tests.support.paced_folder import PacedFolder

KINDS = ("answering", "refusing", "hanging")
WARM_UP_S = 60.0


def measure(duration_s: float, rate: float, seed: int = 31) -> dict[str, Any]:
    """Per kind of endpoint p50 to p99.9 of decisions and alerts in ms, the checkpoints, and who wrote the
    summaries.
    """
    make_pseudonym_key()
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_simulation(int(rate * (duration_s + WARM_UP_S)) + 1000, seed, folder)
        with EmbeddedRedis() as server:
            for kind in KINDS:
                with endpoint(kind) as base_url:
                    found[kind] = _run(folder / "events.jsonl", folder / kind, server.url, base_url, duration_s, rate)
                    print(kind, json.dumps(found[kind]), flush=True)
    return found


def _run(history: Path, folder: Path, redis_url: str, base_url: str, duration_s: float, rate: float) -> dict[str, Any]:
    paced, port = PacedFolder(history, folder / "incoming", rate), free_port()
    llm = ("--set", f"llm.base_url={base_url}", "--set", "llm.requests_per_minute=100000", "--set", "llm.money_per_day=1000")
    often = ("--set", "job.discover_s=0.05", "--set", f"job.rest_port={port}")
    job = JobProcess(folder, folder / "incoming", redis_url, f"{folder.name}:", (*llm, *often), {"RINGWATCH_LLM_API_KEY": "sk-test"})
    process = job.start()
    try:
        wait_for(lambda: _running(port), "the job to run")
        began, before = time.time_ns() // 1_000_000, _job(port, "/checkpoints")["counts"]
        paced.deliver(duration_s + WARM_UP_S)
        wait_for(lambda: len(job.decided()) == len(paced.sent_ms), "the last decisions to be published", 120)
        checkpoints = _job(port, "/checkpoints")["counts"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    settled = began + int(WARM_UP_S * 1000)
    decisions = latencies(paced.sent_ms, ((document["event_id"], document["decided_at"]) for document in job.decided()), settled)
    client = redis.Redis.from_url(redis_url, decode_responses=True)
    entries = client.xrange(f"{job.prefix}alerts")
    alerts = latencies(paced.sent_ms, ((fields["id"], int(entry.split("-")[0])) for entry, fields in entries), settled)
    writers = [document["json"]["writer"]["name"] for document in job.stream(client, "incidents") if "writer" in document["json"]]
    return {
        "decisions": shown(decisions),
        "alerts": shown(alerts),
        "p99": [float(np.percentile(values, 99)) for values in (decisions, alerts)],
        "checkpoints": {name: checkpoints[name] - before[name] for name in ("completed", "failed")},
        "writers": {name: writers.count(name) for name in sorted(set(writers))},
    }


def _running(port: int) -> bool:
    try:
        return str(_job(port, "")["state"]) == "RUNNING"
    except (OSError, ValueError, IndexError, KeyError):
        return False


def _job(port: int, path: str) -> Any:
    """What Flink's REST interface says of its one job."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/jobs", timeout=5) as answer:
        name = json.load(answer)["jobs"][0]["id"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/jobs/{name}{path}", timeout=5) as answer:
        return json.load(answer)
