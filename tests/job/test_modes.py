"""The modes of the job: enriched events and flagged decisions, each once, as `ringwatch score` makes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.job.test_job import POLICY, POLICY_OPTIONS
from tests.support.job_process import JobProcess, wait_for, without_clock
from tests.support.kafka_broker import KafkaBroker
from tests.support.mode_documents import KEY, Compared, Expected, Folders, Place, Streams, Topics, history, muddled, offline

pytestmark = [pytest.mark.flink, pytest.mark.cluster, pytest.mark.timeout(400)]

EVENTS = 5000
ENVIRONMENT = {"RINGWATCH_PSEUDONYM_KEY": KEY}
Known = tuple[Path, Expected]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Known:
    folder = tmp_path_factory.mktemp("modes")
    events = history(folder, EVENTS)
    return events, offline(events, folder, POLICY)


def options(*settings: str) -> tuple[str, ...]:
    return (*POLICY_OPTIONS, *(word for setting in settings for word in ("--set", setting)))


def check_each_once(enriched: Place, flagged: Place, decisions: Place, expected: Expected) -> None:
    """With its result; what is flagged in one place, what is approved in the other."""
    compared = {
        "enriched": Compared.of(enriched.documents("enriched"), expected.enriched),
        "flagged": Compared.of(flagged.documents("flagged"), expected.flagged),
        "decisions": Compared.of(decisions.documents("decisions"), expected.approved),
    }
    assert {name: found for name, found in compared.items() if not found.is_whole} == {}
    assert compared["flagged"].documents > EVENTS // 100
    assert compared["flagged"].documents + compared["decisions"].documents == compared["enriched"].documents == EVENTS


@pytest.mark.parametrize("early", [True, pytest.param(False, marks=pytest.mark.long)])
def test_killed_and_resumed_each_is_there_once(
    early: bool, known: Known, redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path
) -> None:
    folders, streams = Folders(tmp_path / "job"), Streams(redis_client, stream_prefix)
    extra = options(
        *(f"job.enriched={folders.url('enriched')}", "job.enriched_features=true"),
        *(f"job.flagged={streams.url('flagged')}", "job.flagged_apart=true"),
        *(f"job.early_approval={str(early).lower()}", "job.checkpoint_interval_s=0.5"),
    )
    job = JobProcess(tmp_path / "job", known[0], redis_url, stream_prefix, extra, ENVIRONMENT)
    running = job.start("--bounded")
    wait_for(lambda: len(streams.documents("flagged")) > 10 and len(folders.documents("enriched")) > 0, "documents of both")
    job.kill(running)
    assert len(folders.documents("enriched")) < EVENTS, "it was killed in the middle"
    job.run("--resume")
    check_each_once(folders, streams, folders, known[1])


RAW_EVENTS, RAW_THROUGH_KILLS = 3000, 15_000
RAW_JOBS = [*(pytest.param(*one, marks=pytest.mark.long) for one in ((True, 1, False), (False, 1, True))), (True, 2, True)]


@pytest.mark.parametrize(("early", "parallelism", "is_killed"), RAW_JOBS)
def test_each_has_its_raw_line(
    early: bool, parallelism: int, is_killed: bool, redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path
) -> None:
    """Whatever lines come between: late, repeated and broken ones, and labels; all idle at once."""
    count = RAW_THROUGH_KILLS if is_killed else RAW_EVENTS
    events, folders, streams = muddled(tmp_path, count), Folders(tmp_path / "job"), Streams(redis_client, stream_prefix)
    expected = offline(events, tmp_path, POLICY, with_raw=True).enriched
    extra = options(
        *("job.enriched=redis:enriched", "job.enriched_features=true", "job.enriched_raw=true"),
        *(f"job.early_approval={str(early).lower()}", "job.checkpoint_interval_s=0.5", f"job.parallelism={parallelism}"),
        "job.flink.table.exec.source.idle-timeout=1 s",
    )
    job = JobProcess(tmp_path / "job", events, redis_url, stream_prefix, extra, ENVIRONMENT)
    if is_killed:
        running = job.start("--bounded")
        wait_for(lambda: len(streams.documents("enriched")) > count // 10, "enriched documents")
        wait_for(lambda: any(job.checkpoints.rglob("_metadata")), "a checkpoint")
        job.kill(running)
        assert len(streams.documents("enriched")) < count, "it was killed in the middle"
    job.run(*["--resume"] * is_killed)
    found = streams.documents("enriched")
    if parallelism == 1:
        assert Compared.of(found, expected).is_whole
    assert {one["event_id"]: one["raw"] for one in found} == {name: one["raw"] for name, one in expected.items()}
    assert len(found) == len(expected) == count
    assert all(one["raw"].get("event_id", name) == name for name, one in expected.items()), "an envelope has its own fields"
    assert all("raw" not in one for one in folders.documents("decisions"))


@pytest.mark.long
def test_a_place_is_left_out_at_a_restart(known: Known, redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path) -> None:
    """What its position in the checkpoint was for is over; all other places go on."""
    folders, extra = Folders(tmp_path / "job"), options("job.checkpoint_interval_s=0.5")
    rich = options(f"job.enriched={folders.url('enriched')}", "job.flagged=redis:flagged")
    job = JobProcess(tmp_path / "job", known[0], redis_url, stream_prefix, (*extra, *rich), ENVIRONMENT)
    running = job.start("--bounded")
    wait_for(lambda: len(folders.documents("enriched")) > 0, "enriched documents")
    job.kill(running)
    job.extra = extra
    with pytest.raises(
        AssertionError, match=r"job failed: the checkpoint holds the position of a place that is named no more.* add --set job\.flink"
    ):
        job.run("--resume")
    job.run("--resume", "--set", "job.flink.execution.state-recovery.ignore-unclaimed-state=true")
    assert Compared.of(folders.documents("decisions"), known[1].decisions).is_whole


@pytest.mark.long
def test_kafka_has_each_once_too(kafka_broker: KafkaBroker, known: Known, redis_url: str, stream_prefix: str, tmp_path: Path) -> None:
    topics = Topics(kafka_broker)
    enriched, flagged, decisions = map(topics.url, ("enriched", "flagged", "decisions"))
    extra = options(
        *(f"job.enriched={enriched}", "job.enriched_features=true", f"job.flagged={flagged}", "job.flagged_apart=true"),
        "job.checkpoint_interval_s=0.5",
    )
    job = JobProcess(tmp_path / "job", known[0], redis_url, stream_prefix, extra, ENVIRONMENT, decisions_url=decisions)
    running = job.start("--bounded")
    wait_for(lambda: len(topics.documents("enriched")) > 0, "enriched documents")
    job.kill(running)
    job.run("--resume")
    check_each_once(topics, topics, topics, known[1])


@pytest.mark.long
def test_kafka_has_raw_lines_too(kafka_broker: KafkaBroker, redis_url: str, stream_prefix: str, tmp_path: Path) -> None:
    events, topics = muddled(tmp_path, RAW_THROUGH_KILLS), Topics(kafka_broker)
    expected = offline(events, tmp_path, POLICY, with_raw=True).enriched
    extra = options(
        *(f"job.enriched={topics.url('raw')}", "job.enriched_features=true", "job.enriched_raw=true"),
        "job.checkpoint_interval_s=0.5",
    )
    job = JobProcess(tmp_path / "job", events, redis_url, stream_prefix, extra, ENVIRONMENT)
    running = job.start("--bounded")
    wait_for(lambda: len(topics.documents("raw")) > 0, "enriched documents")
    job.kill(running)
    assert len(topics.documents("raw")) < RAW_THROUGH_KILLS, "it was killed in the middle"
    job.run("--resume")
    found = topics.documents("raw")
    assert without_clock(found) == expected
    assert len(found) == RAW_THROUGH_KILLS


def test_with_control_records_and_several_subtasks(
    known: Known, redis_url: str, redis_client: Any, stream_prefix: str, tmp_path: Path
) -> None:
    """By default flagged decisions are in both places."""
    control, streams = tmp_path / "control", Streams(redis_client, stream_prefix)
    control.mkdir()
    (control / "switch.jsonl").write_text(json.dumps({"control": "switch", "name": "auto_block", "version": 1, "on": True}) + "\n")
    extra = options("job.enriched=redis:enriched", "job.flagged=redis:flagged", f"job.control=file:{control}", "job.early_approval=true")
    job = JobProcess(tmp_path / "job", known[0], redis_url, stream_prefix, (*extra, "--parallelism", "2"), ENVIRONMENT)
    job.run()
    enriched, decided = streams.documents("enriched"), Expected(without_clock(job.decided()))
    assert len(enriched) == len(decided.enriched) == EVENTS
    assert Expected(without_clock(enriched)).decisions == decided.enriched
    assert Compared.of(streams.documents("flagged"), decided.flagged).is_whole
    assert all(document["event"]["pseudonyms"]["account"] == document["entities"]["account"] for document in enriched)
