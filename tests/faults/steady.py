"""Half an hour of steady load: does memory grow, does every checkpoint complete, does the state stop growing
once entities expire?
"""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from confluent_kafka import Producer

from flink_job.bench.broker import account_of
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import CARD
from gnn.history.simulated_files import write_simulation
from tests.faults.rig import FaultJob, Rig, scratch

SEED = 43
SAMPLE_S = 10.0
SIMULATED_DAYS = 30.0
"""They pass within the run: a month of a shop in the time of the run, so that entities come, return, and
expire.
"""
TTL_SHARE = 0.25
"""Of the run, after which an entity that nothing touched expires."""
FLAGGED = {"investigate_at": 0.65, "block_at": 0.8}
"""So sped up, the shop looks rushed to the model: with these about 2.5% are flagged, as usual."""
_DAY_S = 86_400.0
WARM_UP = 1 / 3
"""Share of the run after which memory must be flat."""


def measure(duration_s: float, rate: float, results: Path) -> dict[str, Any]:
    """Samples of memory (MiB by process), state (bytes) and checkpoints; a plot in `results`/steady.png."""
    with scratch() as folder, Rig(folder, taskmanagers=1) as rig:
        write_simulation(int(rate * duration_s) + 1000, SEED, folder, days=SIMULATED_DAYS)
        source = rig.broker.create("steady", 1)
        ttl_days, faster = TTL_SHARE * duration_s / _DAY_S, SIMULATED_DAYS * _DAY_S / duration_s
        spans = {"gap_s": 96 * 3600, "lone_wait_s": 48 * 3600, "longest_s": 10 * _DAY_S}
        options = (
            f"model={_model(folder / 'model', ttl_days)}",
            f"graph.ttl_days={ttl_days}",
            *(f"incidents.{name}={round(span / faster)}" for name, span in spans.items()),
            *(f"policy.{name}={value}" for name, value in FLAGGED.items()),
        )
        job = FaultJob(rig, "steady", source, options=options)
        job.submit()
        feed = threading.Thread(target=_feed, args=(rig.broker.plain, folder / "events.jsonl", rate, duration_s, faster), daemon=True)
        feed.start()
        samples = list(_samples(rig, job, duration_s))
        counts = rig.cluster.rest.checkpoint_counts(job.job)
        rig.cluster.rest.cancel(job.job)
    _plot(samples, results / "steady.png")
    return {"rate": rate, "checkpoints": counts, "slopes": _slopes(samples), "died": died(samples), "samples": samples}


def _model(folder: Path, ttl_days: float) -> Path:
    """The default model, said to be trained with another `graph.ttl_days`: what it decides is not looked at
    here.
    """
    shutil.copytree(PRETRAINED, folder)
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    card["graph"]["ttl_days"] = ttl_days
    (folder / CARD).write_text(json.dumps(card), encoding="utf-8")
    return folder


def _feed(servers: str, events: Path, rate: float, duration_s: float, faster: float) -> None:
    """Produce at the rate; what a late batch missed is made up for."""
    producer, began, sent = Producer({"bootstrap.servers": servers}), time.monotonic(), 0
    with events.open("rb") as simulated:
        lines = _sped_up(simulated, faster, int(time.time() * 1000))
        while (passed := time.monotonic() - began) < duration_s:
            for line in islice(lines, int(passed * rate) - sent):
                producer.produce("steady", line, account_of(line))
                sent += 1
            producer.poll(0)
            time.sleep(0.05)
    producer.flush(30)


def _sped_up(lines: Iterator[bytes], faster: float, now_ms: int) -> Iterator[bytes]:
    """The same events in so much less time, from now on: expiry goes by the machine's clock as well."""
    first_ms = None
    for line in lines:
        event = json.loads(line)
        first_ms = event["event_time"] if first_ms is None else first_ms
        for name in event.keys() & {"event_time", "account_created_at"}:
            event[name] = now_ms + round((event[name] - first_ms) / faster)
        yield json.dumps(event, separators=(",", ":")).encode()


def _samples(rig: Rig, job: FaultJob, duration_s: float) -> Any:
    began = time.monotonic()
    while (passed := time.monotonic() - began) < duration_s:
        checkpoint = rig.cluster.rest.last_checkpoint(job.job) or {}
        state = checkpoint.get("checkpointed_size", checkpoint.get("state_size", 0))
        yield {"s": round(passed), "memory": rig.memory(), "state": state, "alerts": job.alerts()}
        time.sleep(SAMPLE_S)


def died(samples: Sequence[dict[str, Any]]) -> list[str]:
    """Processes that the last sample has no longer."""
    return sorted(set().union(*(sample["memory"] for sample in samples)) - samples[-1]["memory"].keys())


def _slopes(samples: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Growth per hour after the warm-up as a share of the mean, by least squares."""
    settled = samples[int(len(samples) * WARM_UP) :]
    hours = np.array([sample["s"] for sample in settled]) / 3600
    series = {name: [sample["memory"].get(name, 0.0) for sample in settled] for name in settled[-1]["memory"]}
    series["state"] = [sample["state"] for sample in settled]
    return {name: float(np.polyfit(hours, values, 1)[0] / np.mean(values)) for name, values in series.items() if np.mean(values)}


def _plot(samples: Sequence[dict[str, Any]], path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 6), layout="constrained")
    memory, state = figure.subplots(2, 1, sharex=True)
    minutes = [sample["s"] / 60 for sample in samples]
    for name in samples[-1]["memory"]:
        memory.plot(minutes, [sample["memory"].get(name, np.nan) for sample in samples], label=name)
    memory.set(ylabel="resident MiB", ylim=(0, None))
    memory.legend(ncols=3, fontsize="small")
    state.plot(minutes, [sample["state"] / 2**20 for sample in samples])
    state.set(ylabel="state of the last checkpoint, MiB", xlabel="minutes", ylim=(0, None))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
