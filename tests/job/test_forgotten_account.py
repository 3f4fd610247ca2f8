"""An account forgotten by the command while the real job runs: its later events are scored as those of a new
account, as offline. `tests/udfs/test_stage.py` has the stages of a job with several tasks.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from domain.simulator import SimulatorSettings, simulate
from flink_job.cli import main
from tests.support.loop_job import LoopJob

pytestmark = [pytest.mark.flink, pytest.mark.cluster, pytest.mark.timeout(400)]

KEY = "a key for the tests"
EVENTS, FIRST = 900, 600
SOURCES = ("redis:events", "redis:labels")


def events() -> tuple[list[dict[str, Any]], str]:
    """Events, and the account that has most of them after the first part, of those that have many in it."""
    documents = simulate(SimulatorSettings(events=EVENTS, seed=7, fraud_share=0.2, events_per_account=20)).documents()
    found = [document for document in documents if document["event_type"] != "label"]
    before, after = (Counter(one["account_id"] for one in part) for part in (found[:FIRST], found[FIRST:]))
    return found, max(after, key=lambda account: min(before[account], after[account]))


def scores(documents: list[dict[str, Any]]) -> dict[str, tuple[float, str]]:
    return {one["event_id"]: (one["score"], one["decision"]) for one in documents}


def offline(folder: Path, lines: list[str]) -> dict[str, tuple[float, str]]:
    (folder / "lines.jsonl").write_text("".join(f"{line}\n" for line in lines))
    assert main(["score", "--events", str(folder / "lines.jsonl"), "--out", str(folder / "scored.jsonl")]) == 0
    return scores([json.loads(line) for line in (folder / "scored.jsonl").read_text().splitlines()])


def test_it_is_scored_as_a_new_account(
    redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGWATCH_PSEUDONYM_KEY", KEY)
    found, account = events()
    ids, lines = [one["event_id"] for one in found], list(map(json.dumps, found))
    options = ("job.labels=[redis:labels]", "job.parallelism=1", "job.checkpoint_interval_s=1")
    loop = LoopJob(tmp_path / "job", redis_url, redis_client, stream_prefix, {"RINGWATCH_PSEUDONYM_KEY": KEY}, *options, sources=SOURCES)
    with loop.running():
        loop.send(lines[:FIRST])
        loop.decided(ids[:FIRST])
        sets = [f"redis.url={redis_url}", f"redis.prefix={stream_prefix}", "job.sources=[redis:events, redis:labels]"]
        assert main(["forget", f"account:{account}", *(word for one in sets for word in ("--set", one)), "--unread"]) == 0
        told = [fields["json"] for _, fields in redis_client.xrange(f"{stream_prefix}labels")]
        loop.wait(lambda: loop.total("labels") == len(told), "the lines that tell the job")
        loop.send(lines[FIRST:])
        streamed = scores(loop.decided(ids))
    left = [fields["json"] for _, fields in redis_client.xrange(f"{stream_prefix}events")]
    assert sum(f'"{account}"' in line for line in left) == sum(one["account_id"] == account for one in found[FIRST:])
    assert streamed == offline(tmp_path, [*lines[:FIRST], *told, *lines[FIRST:]])
    remembered = offline(tmp_path, lines)
    assert any(streamed[one["event_id"]] != remembered[one["event_id"]] for one in found[FIRST:] if one["account_id"] == account)
