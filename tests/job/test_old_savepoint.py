"""A savepoint that an older version made is read by this one, with one subtask and with two."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import redis

from domain.errors import SettingError
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from domain.memory.place_record import PLACE_COUNTERS, counters_in
from domain.memory.record import DOUBTFUL, MEETINGS, RecordLayout
from flink_job.settings.flink_options import restore_path
from flink_job.settings.settings import load
from gnn.artifact.artifact import load_scorer
from gnn.history.replay import Replay
from gnn.scoring.decider import Decider
from tests import ROOT
from tests.support.frozen_savepoint import FIRST, KEY, LAST, unpacked
from tests.support.job_process import JobProcess, without_clock
from tests.support.mode_documents import Compared, Expected, Streams

pytestmark = [pytest.mark.flink, pytest.mark.cluster, pytest.mark.timeout(400)]

DATA = ROOT / "tests" / "job" / "data"
"""Made by version 292addd of November 2026, and a second one by 9ea38edf of the 30th.

The first half of `SimulatorSettings(events=600, seed=33, fraud_share=0.2, days=8)` came from a folder.
When all of it was decided, `POST /jobs/ID/stop` made a savepoint in the canonical format. Beside it are both
halves.
"""

OPEN_INCIDENTS = {
    "inc-81cbb02da73bd4d4": 3, "inc-90b1811c721ec031": 1, "inc-2d4fad5bd8322aa1": 3, "inc-a3d46486a2eeeeb4": 2,
    "inc-594343aae6861097": 1, "inc-288db08c6827c803": 1,
}  # fmt: skip
"""Last revision of each incident that was open in the savepoint."""
ALERTS_BEFORE = 53
"""Alerts of the first half, by that version's `score --incidents`."""

NEAR = 0.02
"""So far a score may be from that of a state that this version made: by the older one a cleared event counted
for more.
"""

ALIKE = "{GBP: 1, CHF: 1, SEK: 1, USD: 1}"
"""That version compared all amounts by their numbers."""

OPTIONS = {
    "policy.investigate_at": 0.2, "policy.block_at": 0.6, "incidents.first_summary_alerts": 1, "identity.pseudonyms": 1,
    "currency.rates": ALIKE,
}  # fmt: skip


@pytest.fixture(scope="module")
def savepoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked(tmp_path_factory.mktemp("old"), FIRST)


@pytest.fixture(scope="module")
def last_savepoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked(tmp_path_factory.mktemp("last"), LAST)


@pytest.fixture(scope="module")
def decided_then() -> dict[str, dict]:
    return decided_by_one_that_knew(without_meetings)


def decided_by_one_that_knew(known: Callable[[bytes, GraphSettings, int], bytes]) -> dict[str, dict]:
    """What this version decides of the second half, if it knows of the first what an older one did."""
    settings = load(None, [f"{name}={value}" for name, value in OPTIONS.items()])
    names = Pseudonyms(KEY.encode(), settings.identity)
    decider = Decider(settings.graph, load_scorer(settings.model, settings.graph), settings.policy, names)
    replay = Replay(settings.graph, EventParser(settings.graph, names, currency=settings.currency))
    list(replay.run([DATA / "first.jsonl.gz"]))
    for position, state in enumerate(replay.states):
        state.update((key, known(record, settings.graph, position)) for key, record in state.items())
    trails = [trail for _, trail in replay.run([DATA / "second.jsonl.gz"])]
    return without_clock(json.loads(decision.to_json()) for decision in decider.decide(trails, lambda: 0))


def without_meetings(record: bytes, graph: GraphSettings, position: int) -> bytes:
    """Return a record that knows of no first meeting, as those of the first of these versions."""
    data = np.frombuffer(bytearray(record), np.uint8)
    if position < len(graph.entities):
        layout = RecordLayout(graph, position)
        data[: layout.fixed_bytes].view(layout.fixed_dtype)["counters"][..., MEETINGS : DOUBTFUL + 1] = 0.0
    else:
        counters_in(data)[:] = 0.0
    return data.tobytes()


def without_the_days(record: bytes, graph: GraphSettings, position: int) -> bytes:
    """Return a record as one of the second version: accounts met nobody, places counted by a month alone."""
    if 0 < position < len(graph.entities):
        return record
    if position == 0:
        return without_meetings(record, graph, position)
    data = np.frombuffer(bytearray(record), np.uint8)
    counters_in(data)[: len(PLACE_COUNTERS)] = 0.0
    return data.tobytes()


def goes_on(savepoint: Path, folder: Path, redis_url: str, prefix: str, parallelism: int, *more: str) -> JobProcess:
    """The job over the second half, from the savepoint. A bounded source that was restored reads nothing
    new, so there is a second one.
    """
    read, second = folder / "read", folder / "second.jsonl"
    read.mkdir()
    second.write_bytes(gzip.decompress((DATA / "second.jsonl.gz").read_bytes()))
    settings = [*(f"{name}={value}" for name, value in OPTIONS.items()), *more]
    words = [word for setting in settings for word in ("--set", setting)]
    urls = (f"file:{read}", f"file:{second}")
    job = JobProcess(folder / "job", second, redis_url, prefix, tuple(words), {"RINGWATCH_PSEUDONYM_KEY": KEY}, urls)
    job.run("--from", str(savepoint), "--parallelism", str(parallelism))
    return job


def assert_as_then(documents: list[dict], then: dict[str, dict]) -> None:
    """Each event is decided once, and as that version did but for a little of the score."""
    assert sorted(document["event_id"] for document in documents) == sorted(then)
    now = {name: {**document, "score": pytest.approx(document["score"], abs=NEAR)} for name, document in without_clock(documents).items()}
    assert without_reasons(then) == without_reasons(now)


def without_reasons(documents: dict[str, dict]) -> dict[str, dict]:
    return {name: {**document, "reasons": bool(document["reasons"])} for name, document in documents.items()}


def test_one_subtask_goes_on_as_if_nothing_had_changed(
    savepoint: Path, decided_then: dict[str, dict], redis_url: str, tmp_path: Path
) -> None:
    job = goes_on(savepoint, tmp_path, redis_url, "old1:", 1)
    assert_as_then(job.decided(), decided_then)
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        entries = job.stream(client, "incidents")
    revisions = [(entry["id"], int(entry["revision"])) for entry in entries]
    assert max(Counter(revisions).values()) == 1
    first = {name: min(number for other, number in revisions if other == name) for name, _ in revisions}
    assert {name: first[name] - 1 for name in OPEN_INCIDENTS} == OPEN_INCIDENTS, "each incident that was open goes on"
    closed = {entry["id"]: entry["json"]["alerts"] for entry in entries if entry["json"]["status"] == "closed"}
    flagged = [one for one in decided_then.values() if one["decision"] != "approve"]
    assert sum(closed.values()) == ALERTS_BEFORE + len(flagged), "with what was counted before"


def test_places_that_the_savepoint_does_not_know_begin_there(
    savepoint: Path, decided_then: dict[str, dict], redis_url: str, redis_client: redis.Redis, tmp_path: Path
) -> None:
    """Those of enriched events and of flagged decisions."""
    more = ("job.enriched=redis:enriched", "job.flagged=redis:flagged", "job.early_approval=true")
    job, streams = goes_on(savepoint, tmp_path, redis_url, "old3:", 1, *more), Streams(redis_client, "old3:")
    assert_as_then(job.decided(), decided_then)
    then = Expected(without_clock(job.decided()))
    assert Compared.of(streams.documents("flagged"), then.flagged).is_whole
    assert Expected(without_clock(streams.documents("enriched"))).decisions == then.decisions


def test_it_is_refused_under_pseudonyms_of_another_version(savepoint: Path) -> None:
    """Neither `run` nor `cluster submit` begins: the state would be there, and nobody would find it."""
    with pytest.raises(SettingError, match=r"version 1: go on with --set identity\.pseudonyms=1, or begin anew"):
        restore_path(load(None, [f"job.restore_from={savepoint}"]))
    assert restore_path(load(None, [f"job.restore_from={savepoint}", "identity.pseudonyms=1"])) == savepoint.as_uri()


def test_two_subtasks_go_on_from_the_version_before(last_savepoint: Path, redis_url: str, tmp_path: Path) -> None:
    decided = goes_on(last_savepoint, tmp_path, redis_url, "old2:", 2).decided()
    then = decided_by_one_that_knew(without_the_days)
    assert {document["event_id"]: document["score"] for document in decided} == {name: one["score"] for name, one in then.items()}
