"""`job.order: event_time` through the real job: in any order of arrival the answer is that of `score`."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from domain.simulator import SimulatorSettings, simulate
from gnn.history.replay import event_lines
from tests.job.test_job import KEY, POLICY, POLICY_OPTIONS, replayed
from tests.support.job_process import JobProcess, without_clock
from tests.support.loop_job import LoopJob
from tests.support.model_health import with_second_labels
from tests.support.shuffled_arrival import shuffled

pytestmark = [pytest.mark.flink, pytest.mark.cluster, pytest.mark.timeout(600)]

EVENTS = 4000
LAG_S = 600
"""Some 25 events come within it: all swap places."""
ORDER = ("--set", "job.order=event_time", "--set", f"job.out_of_order_s={LAG_S}")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Events with labels and repeats of both, in the order of their time."""
    documents = list(with_second_labels(simulate(SimulatorSettings(events=EVENTS, seed=13, days=1.2)).documents()))
    return written(tmp_path_factory.mktemp("history") / "events.jsonl", [*documents, *documents[::50]], 1)


@pytest.fixture(scope="module")
def offline(history: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """What `ringwatch score` decides on the events in another order."""
    folder = tmp_path_factory.mktemp("offline")
    again = written(folder / "events.jsonl", [json.loads(line) for line in event_lines([history])], 2)
    assert again.read_bytes() != history.read_bytes()
    return replayed(again, folder / "decisions.jsonl", lag_s=LAG_S)


def written(path: Path, documents: list[dict], seed: int) -> Path:
    """Write documents as they come, each within the lag."""
    path.write_text("".join(json.dumps(document) + "\n" for document in shuffled(documents, LAG_S, seed)))
    return path


def test_the_order_of_arrival_makes_a_difference(history: Path, offline: dict[str, dict], tmp_path: Path) -> None:
    """Or else this module would show nothing."""
    by_arrival = replayed(history, tmp_path / "decisions.jsonl", POLICY)
    assert sum(offline[event_id] != document for event_id, document in by_arrival.items()) > EVENTS // 4


@pytest.mark.parametrize(("parallelism", "early"), [(2, "false"), (1, "true")])
def test_streamed_equals_replayed_to_the_last_digit(
    history: Path, offline: dict[str, dict], redis_url: str, tmp_path: Path, parallelism: int, early: str
) -> None:
    """All documents are the same, and each is there once."""
    words = (*POLICY_OPTIONS, *ORDER, "--set", f"job.early_approval={early}")
    job = JobProcess(tmp_path / "job", history, redis_url, f"order{parallelism}:", words, {"RINGWATCH_PSEUDONYM_KEY": KEY})
    job.run("--parallelism", str(parallelism))
    decided = job.decided()
    times = Counter(document["event_id"] for document in decided)
    assert len(times) == EVENTS and set(times.values()) == {1}
    streamed = without_clock(decided)
    assert [event_id for event_id in offline if streamed[event_id] != offline[event_id]] == []


def test_a_late_event_waits_for_no_checkpoint(redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path) -> None:
    """Nor for the next watermark, which may never come: a late event moves no clock."""
    settings = ("job.order=event_time", "job.out_of_order_s=1", "job.checkpoint_interval_s=3600", "job.parallelism=2", "job.labels=[]")
    silence = "job.flink.table.exec.source.idle-timeout=2 s"
    loop = LoopJob(tmp_path / "job", redis_url, redis_client, stream_prefix, {"RINGWATCH_PSEUDONYM_KEY": KEY}, *settings, silence)
    documents = [one for one in simulate(SimulatorSettings(events=40, seed=13)).documents() if one["event_type"] != "label"]
    late, *others = documents
    with loop.running():
        for some in (others, [late]):
            loop.send([json.dumps(one) for one in some])
            loop.decided([one["event_id"] for one in some])


def test_what_waits_is_decided_though_a_silence_follows_a_restart(
    redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path
) -> None:
    """No reader has a clock then. What a checkpoint held is counted, too."""
    settings = ("job.order=event_time", "job.out_of_order_s=86400", "job.checkpoint_interval_s=1", "job.parallelism=2", "job.labels=[]")
    loop = LoopJob(tmp_path / "job", redis_url, redis_client, stream_prefix, {"RINGWATCH_PSEUDONYM_KEY": KEY}, *settings)
    documents = [one for one in simulate(SimulatorSettings(events=40, seed=13, days=1)).documents() if one["event_type"] != "label"]
    with loop.running("--set", "job.flink.table.exec.source.idle-timeout=1 h"):
        loop.send([json.dumps(one) for one in documents])
        loop.wait(lambda: loop.total("order_held") == len(documents), "events that wait")
        seen = loop.checkpoint()
        loop.wait(lambda: loop.checkpoint() > seen + 1, "a checkpoint that holds them")
    assert not loop.printed()
    with loop.running("--resume", "--set", "job.flink.table.exec.source.idle-timeout=5 s"):
        loop.decided([one["event_id"] for one in documents])
        loop.wait(lambda: loop.total("order_held") == 0, "that nothing waits")
