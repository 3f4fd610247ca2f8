"""The real job on a local Flink, whose summaries come from one of the endpoints."""

from __future__ import annotations

import itertools
import json
from contextlib import suppress
from pathlib import Path

import redis

from domain.simulator import SimulatorSettings, simulate
from flink_job.cluster.environment import MachineError, rest_port
from ops.llm.settings import LlmSettings
from ops.redis.settings import RedisSettings
from tests.llm_endpoints.asking import WIDE, micros_of
from tests.llm_endpoints.outcome import Outcome
from tests.llm_endpoints.server import KEY, Endpoint, Script
from tests.support.job_process import JobProcess

_EVENTS, _SEED, _FRAUD_SHARE = 1_500, 11, 0.08
# low, so that a small history raises enough alerts
_POLICY = ("policy.investigate_at=0.2", "policy.block_at=0.6")
_QUEUE = 1_000  # a bounded run closes all incidents at once
# below those that the system gives to connections: between the choice and Flink's start lies half a minute
_PORTS = itertools.count(18_100)


def write_history(path: Path) -> Path:
    """Write simulated events that give about twenty revisions of incidents."""
    documents = simulate(SimulatorSettings(events=_EVENTS, seed=_SEED, fraud_share=_FRAUD_SHARE)).documents()
    path.write_text("".join(json.dumps(document) + "\n" for document in documents))
    return path


def _rest_port() -> int:
    """A port that no other job of this process has, and nobody listens on."""
    for port in _PORTS:
        with suppress(MachineError):
            return rest_port(port)
    raise AssertionError("no port is left")


def run_job(script: Script, history: Path, folder: Path, redis_url: str, parallelism: int = 1) -> Outcome:
    """Replay the history to its end; raises AssertionError with the job's own words if the job fails."""
    redis_settings = RedisSettings(url=redis_url, prefix=f"{script.name}:")
    with Endpoint(script) as endpoint:
        llm = {**endpoint.settings, **WIDE, "queue": _QUEUE}
        del llm["api_key"]
        told = [f"llm.{name}={json.dumps(value)}" for name, value in llm.items()]
        words = tuple(word for one in (*_POLICY, f"job.rest_port={_rest_port()}", *told) for word in ("--set", one))
        environment = {"RINGWATCH_LLM_API_KEY": KEY, "RINGWATCH_PSEUDONYM_KEY": "a key for the endpoints"}
        job = JobProcess(folder, history, redis_url, redis_settings.prefix, words, environment)
        job.run("--parallelism", str(parallelism))
        with redis.Redis.from_url(redis_url, decode_responses=True) as client:
            notes = [entry["json"]["writer"] for entry in job.stream(client, "incidents")]
        settings = LlmSettings()
        return Outcome(script, notes, endpoint.counted, micros_of(redis_settings), (settings.input_price, settings.output_price))
