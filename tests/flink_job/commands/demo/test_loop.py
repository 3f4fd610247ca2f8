"""The demo around a job that decides at once, with Redis as its way in and out."""

from __future__ import annotations

import io
import json
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from flink_job.cluster.run_state import RunState
from flink_job.settings.settings import Settings, load
from ops.secrets import PSEUDONYM_KEY
from tests.support.incident_samples import alert_document

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # PyFlink's own
    from flink_job.commands.demo import demo, loop
    from flink_job.commands.demo.demo import Demo, DemoPlan
    from flink_job.commands.demo.loop import History, Loop, on_redis

WAITS = RunState("Flink to start, about half a minute")
UP = RunState("events from redis:events")


class Job:
    """A job that decides all of the events in the stream at each look, from where it began."""

    def __init__(self, client: Any, url: str, prefix: str) -> None:
        self._client, self.url, self.prefix = client, url, prefix
        self.settings: Settings | None = None
        self.decided: list[str] = []
        self.drained = False

    def run(self, settings: Settings, look: Callable[[RunState], None], savepoints: Path | None, drain: bool) -> None:
        self.settings, self.drained = settings, drain
        look(WAITS)
        begin = self._client.xrevrange(f"{self.prefix}events", count=1)
        at = begin[0][0] if begin else "0-0"
        look(UP)
        try:
            for _ in range(400):
                for entry_id, fields in self._client.xrange(f"{self.prefix}events", f"({at}"):
                    at = entry_id
                    self._decide(json.loads(fields["json"]))
                time.sleep(0.01)
                look(RunState("" if self.decided else UP.waits_for, len(self.decided), {"approve": len(self.decided)}))
        except KeyboardInterrupt:
            look(RunState("the last decisions to be published", len(self.decided), {"approve": len(self.decided)}))
            raise

    def _decide(self, event: dict[str, Any]) -> None:
        if event["event_type"] == "label":
            return
        self.decided.append(event["event_id"])
        decision = alert_document(0, event["event_time"], decision="approve", score=0.1) | {"event_id": event["event_id"]}
        self._client.xadd(f"{self.prefix}decisions", {"json": json.dumps(decision)})


@pytest.fixture
def job(redis_client: Any, redis_url: str, stream_prefix: str, monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.setenv(PSEUDONYM_KEY, "a key for the tests")
    monkeypatch.delenv("RINGWATCH_REDIS_URL", raising=False)
    made = Job(redis_client, redis_url, stream_prefix)
    monkeypatch.setattr(demo, "run_job", made.run)
    monkeypatch.setattr(demo, "check_java", lambda: 17)
    monkeypatch.setattr(loop, "SHOW_S", 0.5)
    monkeypatch.setattr(loop, "MOST_RATE", 10_000.0)
    return made


def run(job: Job, folder: Path, **plan: Any) -> str:
    out = io.StringIO()
    settings = load(None, [f"redis.url={job.url}", f"redis.prefix={job.prefix}"])
    Demo(settings, DemoPlan(600, 5, folder, **plan), Console(file=out, width=100)).run()
    return out.getvalue()


def test_a_history_goes_round_and_is_evaluated(job: Job, tmp_path: Path, redis_client: Any) -> None:
    for _ in range(3):  # of an earlier demo
        redis_client.xadd(f"{job.prefix}events", {"json": "{}"})
        redis_client.xadd(f"{job.prefix}decisions", {"json": json.dumps(alert_document(1))})
    said = run(job, tmp_path / "demo")
    assert f"events go into the stream {job.prefix}events, decisions come back in {job.prefix}decisions" in " ".join(said.split())
    assert "600: 600 approve" in " ".join(said.split()), "of this demo's events, and of no other's"
    assert "without a decision" not in said
    assert job.settings is not None
    wanted = job.settings.job
    assert (wanted.sources, wanted.labels, wanted.decisions) == (("redis:events",), ("redis:events",), "redis:decisions")
    assert (wanted.early_approval, wanted.bounded, job.settings.redis.start) == (True, False, "latest")
    assert job.drained, "open incidents are closed at the end"
    kept = [json.loads(line) for line in (tmp_path / "demo" / "decisions" / "0.jsonl").read_text().splitlines()]
    assert [document["event_id"] for document in kept] == job.decided


def test_the_endless_shop_is_published_once_the_job_is_up(job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "FEED_S", 0.0)
    whole = job.run

    def run_and_stop(*arguments: Any, **named: Any) -> None:
        whole(*arguments, **named)
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "run_job", run_and_stop)
    said = run(job, tmp_path / "demo", forever=True)
    assert "the history is read, in silence" in said
    assert not job.drained, "an endless shop's incidents stay open"
    assert len(job.decided) == len(set(job.decided)) > 320, "some after the 295 of the history"


class Sink:
    """A loop that takes lines in."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def send(self, lines: list[bytes]) -> None:
        self.lines += lines


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(loop.time, "monotonic", lambda: now[0])
    return now


def history(tmp_path: Path, lines: int) -> tuple[History, Sink]:
    file, sink = tmp_path / "events.jsonl", Sink()
    file.write_text("".join(f'{{"n":{number}}}\n' for number in range(lines)))
    return History(sink, file, lines, lines - 10), sink  # type: ignore[arg-type]


def test_a_history_keeps_its_rate_and_waits_for_the_job(tmp_path: Path, clock: list[float]) -> None:
    fed, sink = history(tmp_path, 4000)
    assert fed.rate == 100.0
    for _ in range(3):
        clock[0] += 5
        assert not fed.feed(WAITS)
    assert sink.lines == []
    fed.feed(UP)
    for _ in range(8):
        clock[0] += 0.25
        fed.feed(RunState(decisions={"approve": len(sink.lines)}))
    assert len(sink.lines) == 200
    clock[0] += 30
    fed.feed(RunState(decisions={"approve": 200}))
    assert len(sink.lines) == 300, "a pause is not made up for"
    clock[0] += 0.5
    fed.feed(replace(WAITS, waits_for="Redis at 127.0.0.1:1"))
    assert len(sink.lines) == 300, "not while the job waits"


def test_a_history_is_over_when_all_is_decided_or_nothing_more_is(tmp_path: Path, clock: list[float]) -> None:
    for decided, silence, over in ((30, 0.1, True), (29, 0.1, False), (29, loop.SILENT_S + 1, True)):
        fed, sink = history(tmp_path, 40)
        fed.feed(UP)
        for _ in range(5):
            clock[0] += 1
            fed.feed(RunState(decisions={"approve": decided}))
        assert len(sink.lines) == 40
        clock[0] += silence
        assert fed.feed(RunState(decisions={"approve": decided})) is over


def test_a_loop_saves_what_came_after_it_began(redis_client: Any, redis_url: str, stream_prefix: str, tmp_path: Path) -> None:
    redis_client.xadd(f"{stream_prefix}decisions", {"json": '{"n":1}'})
    made = Loop(redis_url, stream_prefix)
    made.save_decisions(tmp_path / "none.jsonl")
    assert not (tmp_path / "none.jsonl").exists()
    redis_client.xadd(f"{stream_prefix}decisions", {"json": '{"n":2}'})
    made.save_decisions(tmp_path / "some.jsonl")
    assert (tmp_path / "some.jsonl").read_text() == '{"n":2}\n'
    made(["größer"])
    assert [fields["json"] for _, fields in redis_client.xrange(f"{stream_prefix}events")] == ["größer"]
    assert on_redis(load(None, [])).job.bounded is False
