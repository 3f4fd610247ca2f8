"""A savepoint that an older version made is read by this one, with one subtask and with two."""

from __future__ import annotations

import gzip
import json
import tarfile
from collections import Counter
from pathlib import Path

import pytest
import redis

from domain.errors import SettingError
from domain.memory.ring_labels import ring_name
from flink_job.settings.flink_options import restore_path
from flink_job.settings.settings import load
from tests import ROOT
from tests.support.job_process import JobProcess, without_clock
from tests.support.mode_documents import Compared, Expected, Streams

pytestmark = [pytest.mark.flink, pytest.mark.cluster, pytest.mark.timeout(400)]

DATA = ROOT / "tests" / "job" / "data"
"""Made by version 292addd of November 2026.

The first half of `SimulatorSettings(events=600, seed=33, fraud_share=0.2, days=8)` came from a folder.
When all of it was decided, `POST /jobs/ID/stop` made a savepoint in the canonical format. Beside it are the
second half, and what `ringwatch score` of that version decided of it after the first.
"""

OPEN_INCIDENTS = {
    "inc-81cbb02da73bd4d4": 3, "inc-90b1811c721ec031": 1, "inc-2d4fad5bd8322aa1": 3, "inc-a3d46486a2eeeeb4": 2,
    "inc-594343aae6861097": 1, "inc-288db08c6827c803": 1,
}  # fmt: skip
"""Last revision of each incident that was open in the savepoint."""
ALERTS = {
    "inc-81cbb02da73bd4d4": 22, "inc-90b1811c721ec031": 3, "inc-594343aae6861097": 7, "inc-2d4fad5bd8322aa1": 19,
    "inc-a3d46486a2eeeeb4": 22, "inc-cd5cf3f3d8c2185a": 2, "inc-288db08c6827c803": 10,
}  # fmt: skip
"""Alerts of each incident over both halves, by that version's `score --incidents`. The one that begins in the
second half has another id by now: its ring has another name.
"""

NEAR = 0.02
"""So far a score may be from that version's, by which a cleared event counted for more: 67 of 294 differ, by
0.011 at most, and no decision does.
"""

ALIKE = "{GBP: 1, CHF: 1, SEK: 1, USD: 1}"
"""That version compared all amounts by their numbers."""

OPTIONS = {
    "policy.investigate_at": 0.2, "policy.block_at": 0.6, "incidents.first_summary_alerts": 1, "identity.pseudonyms": 1,
    "currency.rates": ALIKE,
}  # fmt: skip


@pytest.fixture(scope="module")
def savepoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("old")
    with tarfile.open(DATA / "savepoint_2026_11.tar.xz") as archive:
        if hasattr(tarfile, "data_filter"):  # not before Python 3.11.4
            archive.extraction_filter = tarfile.data_filter
        archive.extractall(folder)
    return folder / "savepoint"


@pytest.fixture(scope="module")
def decided_then() -> dict[str, dict]:
    with gzip.open(DATA / "second_decisions.jsonl.gz", "rt") as lines:
        found = map(json.loads, lines)
        return {one["event_id"]: {**one, "ring": one["ring"] and ring_name(one["ring"])} for one in found}


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
    job = JobProcess(folder / "job", second, redis_url, prefix, tuple(words), {"RINGWATCH_PSEUDONYM_KEY": "a key for the tests"}, urls)
    job.run("--from", str(savepoint), "--parallelism", str(parallelism))
    return job


def assert_as_then(documents: list[dict], then: dict[str, dict]) -> None:
    """Each event is decided once, and as that version did but for a little of the score."""
    assert sorted(document["event_id"] for document in documents) == sorted(then)
    now = {name: {**document, "score": pytest.approx(document["score"], abs=NEAR)} for name, document in without_clock(documents).items()}
    assert then == now


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
    assert closed == ALERTS, "with what was counted before"


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


def test_two_subtasks_decide_the_same_events(savepoint: Path, decided_then: dict[str, dict], redis_url: str, tmp_path: Path) -> None:
    """Two subtasks may see the events of one entity in another order: of 294 scores 8 differed for the
    version that made it.
    """
    job = goes_on(savepoint, tmp_path, redis_url, "old2:", 2)
    decided = job.decided()
    assert sorted(document["event_id"] for document in decided) == sorted(decided_then)
    differing = [document for document in decided if abs(document["score"] - decided_then[document["event_id"]]["score"]) > NEAR]
    assert len(differing) <= 15
