"""An account of an open ring is forgotten while the real job runs: nothing that comes later names it, in any
stream, in the store or in the lake, and the incident goes on without it, as offline.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from domain.events.identity import Pseudonyms, as_text
from domain.memory.ring_labels import ring_name
from domain.simulator import SimulatorSettings, simulate
from domain.times import DAY_MS
from flink_job.cli import main
from ops.case_feed.feed import BATCH, Feed
from ops.case_feed.takers import Takers
from ops.cases.settings import CaseSettings
from ops.cases.store import Store
from ops.redis.placed_reader import StreamReader
from tests.support.loop_job import LoopJob
from tests.support.store_contents import contents

pytestmark = [pytest.mark.flink, pytest.mark.cluster, pytest.mark.timeout(400)]

KEY = "a key for the tests"
EVENTS, FIRST = 500, 350
RULES = ("policy.investigate_at=0.05", "policy.block_at=0.6", "incidents.first_summary_alerts=1", "incidents.waves.enabled=false")
STREAMS = ("alerts", "incidents")


def offline(folder: Path, lines: list[str]) -> list[dict[str, Any]]:
    """All revisions, as `ringwatch score` publishes them."""
    (folder / "lines.jsonl").write_text("".join(f"{line}\n" for line in lines))
    places = ["--events", str(folder / "lines.jsonl"), "--out", str(folder / "out.jsonl"), "--incidents", str(folder / "inc.jsonl")]
    assert main(["score", *places, *(word for rule in RULES for word in ("--set", rule))]) == 0
    return [json.loads(line) for line in (folder / "inc.jsonl").read_text().splitlines()]


def closed(revisions: list[dict[str, Any]]) -> dict[str, Any]:
    facts = ("alerts", "money_at_risk", "money_paid", "participants", "ring", "rings", "event_ids", "severity", "revision")
    return {one["id"]: {name: one[name] for name in facts} for one in revisions if one["status"] == "closed"}


def ids(revisions: Iterable[dict[str, Any]]) -> set[str]:
    """The incidents; how many revisions each has depends on how far the job's clock has come at each."""
    return {one["id"] for one in revisions}


def a_member(folder: Path, found: list[dict[str, Any]]) -> tuple[str, str]:
    """Id and pseudonym of an account of the largest ring, if possible of the one that it is named by."""
    of = Pseudonyms(KEY.encode()).of
    names = {as_text(of("account", one["account_id"])): one["account_id"] for one in found}
    then = found[FIRST - 1]["event_time"]
    rings = [one for one in offline(folder, list(map(json.dumps, found))) if one["first_time"] < then < one["last_time"]]
    largest = max(rings, key=lambda one: one["participants"]["account"]["count"])
    members = largest["participants"]["account"]["pseudonyms"]
    named = [one for one in members if ring_name(one) == largest["ring"]]
    many = Counter(one["account_id"] for one in found[:FIRST])
    its = max(named or members, key=lambda one: many[names[one]])
    return names[its], its


def test_nothing_that_comes_later_names_it(
    redis_url: str, redis_client: Any, stream_prefix: str, sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGWATCH_PSEUDONYM_KEY", KEY)
    for name in ("RINGWATCH_REDIS_URL", "RINGWATCH_STORE_URL"):
        monkeypatch.delenv(name, raising=False)
    simulation = simulate(SimulatorSettings(events=EVENTS, seed=7, fraud_share=0.2, days=6))
    found = [one for one in simulation.documents() if one["event_type"] != "label"]
    raw, its = a_member(tmp_path, found)
    rest = [one for one in found[FIRST:] if one["account_id"] != raw]
    late = [{**rest[-1], "event_id": f"late{day}", "event_time": rest[-1]["event_time"] + day * DAY_MS} for day in (60, 61)]
    first, then = list(map(json.dumps, found[:FIRST])), list(map(json.dumps, [*rest, *late]))
    options = (*RULES, "job.labels=[redis:labels]", "job.parallelism=1", "job.checkpoint_interval_s=1")
    sources = ("redis:events", "redis:labels")
    loop = LoopJob(tmp_path / "job", redis_url, redis_client, stream_prefix, {"RINGWATCH_PSEUDONYM_KEY": KEY}, *options, sources=sources)
    sets = [f"redis.url={redis_url}", f"redis.prefix={stream_prefix}", "job.sources=[redis:events, redis:labels]", "lake.url=lake"]
    words = [word for one in (*sets, f"service.store.url={sqlite_store.settings.url}") for word in ("--set", one)]
    reader = StreamReader(redis_url, stream_prefix, BATCH, 0.01)
    feed = Feed(sqlite_store, reader, STREAMS, Takers(CaseSettings()), itertools.count(1).__next__)

    def kept() -> str:
        """All that is in store and lake, once they have what is in the streams."""
        while feed.step():
            pass
        assert main(["archive", "--no-follow", *words]) == 0
        tables = [DeltaTable(str(place)).to_pyarrow_table().to_pylist() for place in (tmp_path / "lake").iterdir()]
        return json.dumps([contents(sqlite_store), tables], default=str)

    with loop.running():
        loop.send(first)
        loop.decided([one["event_id"] for one in found[:FIRST]])
        before = ids(one for one in offline(tmp_path, first) if one["told_at"] <= found[FIRST - 1]["event_time"] - 10_000)
        loop.wait(lambda: ids(loop.entries("incidents")) >= before, "the incidents of the first part")
        assert its in kept()
        assert main(["forget", f"account:{raw}", *words, "--unread"]) == 0
        told = [fields["json"] for _, fields in redis_client.xrange(f"{stream_prefix}labels")]
        loop.wait(lambda: loop.total("labels") == len(told), "the lines that tell the job")
        loop.send(then)
        wanted = offline(tmp_path, [*first, *told, *then])
        ends = closed(wanted)
        loop.wait(lambda: set(closed(loop.entries("incidents"))) >= ends.keys(), "the end of all incidents")
    published = closed(loop.entries("incidents"))
    reader_left = {name: redis_client.xrange(f"{stream_prefix}{name}") for name in ("alerts", "incidents", "events", "rejected", "health")}
    assert its not in json.dumps(reader_left) and f'"{raw}"' not in json.dumps(reader_left).replace("\\", "")
    assert its not in kept(), "nor store and lake"
    assert {name: published[name] for name in ends} == ends
    assert closed(offline(tmp_path, [*first, *then])) != ends, "it had a part in an incident"
    reader.close()
