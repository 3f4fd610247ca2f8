"""The real job with its decisions in Redis: killed, resumed, and refused where another job has the prefix."""

from __future__ import annotations

import json
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from domain.simulator import SimulatorSettings, simulate
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import load_scorer
from gnn.history.replay import Replay
from gnn.scoring.decider import Decider
from gnn.scoring.offline_score import score_files
from tests.job.test_job import KEY, POLICY, POLICY_OPTIONS, disagreements
from tests.support.job_process import JobProcess, wait_for, without_clock

pytestmark = [pytest.mark.flink, pytest.mark.timeout(400)]

EVENTS = 20_000


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("history") / "events.jsonl"
    documents = simulate(SimulatorSettings(events=EVENTS, seed=12, fraud_share=0.05)).documents()
    path.write_text("".join(json.dumps(document) + "\n" for document in documents))
    return path


def offline(history: Path, out: Path) -> dict[str, dict[str, Any]]:
    """What `ringwatch score` decides."""
    graph, pseudonyms = GraphSettings(), Pseudonyms(KEY.encode())
    decider = Decider(graph, load_scorer(PRETRAINED, graph), POLICY, pseudonyms)
    score_files(Replay(graph, EventParser(graph, pseudonyms)), decider, [history], out)
    return without_clock(map(json.loads, out.read_text().splitlines()))


@pytest.mark.cluster  # test_service_scores.py kills one that reads and writes Redis, and test_redis_sink.py the sink
@pytest.mark.parametrize("early", ["false", pytest.param("true", marks=pytest.mark.long)])
def test_killed_and_resumed_decides_as_score_does(
    early: str, history: Path, redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path
) -> None:
    extra = (*POLICY_OPTIONS, "--set", "job.checkpoint_interval_s=0.5", "--set", f"job.early_approval={early}")
    job = JobProcess(tmp_path / "job", history, redis_url, stream_prefix, extra, {"RINGWATCH_PSEUDONYM_KEY": KEY})
    job.decisions_url, key = "redis:decisions", f"{stream_prefix}decisions"
    running = job.start("--bounded")
    wait_for(lambda: redis_client.xlen(key) > EVENTS // 10 and any(job.checkpoints.glob("*/chk-*/_metadata")), "decisions")
    job.kill(running)
    killed_at = redis_client.xlen(key)
    assert killed_at < EVENTS, "it was killed in the middle"
    job.run("--resume")
    entries = [fields for _, fields in redis_client.xrange(key)]
    assert set(Counter(fields["id"] for fields in entries).values()) == {1}
    documents = [json.loads(fields["json"]) for fields in entries]
    assert disagreements(without_clock(documents), offline(history, tmp_path / "offline.jsonl")) == []
    fields, document = entries[0], documents[0]
    assert (fields["account"], fields["decision"]) == (document["entities"]["account"], document["decision"])
    assert not redis_client.exists(f"{stream_prefix}owner"), "given up at the end"


@pytest.mark.cluster
def test_two_jobs_that_start_at_once(redis_url: str, stream_prefix: str, tmp_path: Path) -> None:
    """Both find the prefix free; one has it, the other one ends and says why. A third is refused at once."""
    (nothing := tmp_path / "events.jsonl").touch()
    *jobs, late = [JobProcess(tmp_path / name, nothing, redis_url, stream_prefix) for name in ("one", "two", "late")]
    running = [job.start() for job in jobs]
    wait_for(lambda: any(process.poll() is not None for process in running), "the end of one")
    loser = next(number for number, process in enumerate(running) if process.poll() is not None)
    assert running[loser].returncode == 1
    assert "belongs to a job on " in jobs[loser].output()
    winner = running[1 - loser]
    assert late.start().wait(60) == 2
    assert f"redis.prefix {stream_prefix} belongs to a job on " in late.output()
    assert winner.poll() is None
    winner.send_signal(signal.SIGINT)
    winner.wait(60)
