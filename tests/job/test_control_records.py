"""The real job under control records: rules, lists, switches, models and rates while it runs, over a kill,
and the same offline.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis

from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import read_card
from tests import ROOT
from tests.job.test_job_control import CANARIES, NEW, Theatre, _model, scraped
from tests.support.control_samples import BY, listed, rate, rule, switch

pytestmark = [pytest.mark.cluster, pytest.mark.flink, pytest.mark.timeout(500)]

OLD = read_card(PRETRAINED).model_id
RAW = "raw-device-canary"


@dataclass
class Story:
    """What was seen of a job whose control records changed, that was killed, and started again."""

    decided: list[list[dict[str, Any]]] = field(default_factory=list)
    applied: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    offline: list[dict[str, Any]] = field(default_factory=list)
    said: str = ""
    published: str = ""


def changes(stage: Theatre) -> float:
    return sum(scraped(stage.prometheus)["control_changes"].values())


def tell_all(stage: Theatre, *documents: dict[str, Any]) -> None:
    before = changes(stage)
    stage.tell("\n".join(map(json.dumps, documents)))
    stage.wait(lambda: changes(stage) == before + len(documents), "the changes")


@pytest.fixture(scope="module", params=[pytest.param("false", id="scored"), pytest.param("true", id="early approval")])
def story(redis_url: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Story]:
    folder, story = tmp_path_factory.mktemp("records"), Story()
    prefix = f"records-{request.param}:"
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        stage = Theatre(folder, redis_url, client, prefix, job__early_approval=request.param)
        with stage.running():
            _first_act(stage, story, folder, client, prefix)
        with stage.running("--resume"):
            story.decided.append(stage.decided(stage.feed()))
        story.applied = [entry["json"] for entry in stage.job.stream(client, "control_applied")]
        story.rejected = [entry["json"] for entry in stage.job.stream(client, "rejected")]
        client.acl_deluser("ringwatch")
    logs = [stage.job.folder / "output.txt", *(stage.job.folder / "logs").rglob("*")]
    story.published = "".join(path.read_text(errors="replace") for path in logs if path.is_file())
    _score(stage, story, folder)
    yield story


def _first_act(stage: Theatre, story: Story, folder: Path, client: redis.Redis, prefix: str) -> None:
    story.decided.append(stage.decided(stage.feed()))
    device = next(document["entities"]["device"] for document in reversed(story.decided[0]) if "device" in document["entities"])
    (folder / "mules.txt").write_text(f"{RAW}-1\n{RAW}-2\n")
    tell_all(
        stage,
        rule("R1", 5, when={"all": [{"field": "event_type", "is": "signup"}]}, text="a sign-up"),
        rule("R2", state="shadow", when={"all": [{"feature": "account.known", "at_least": 1}]}, decision="block"),
        listed("L1", entity=f"device:{device}"),
        listed("L2", list="mules", entity=None, file=str(folder / "mules.txt"), kind="device"),
        listed("L3", list="mules", entity=None, raw=f"device:{RAW}-3"),
    )
    stage.tell(
        "\n".join(map(json.dumps, [rule("R1", 3), rule("R1", 5, text="another"), switch("autoblock"), listed(raw=f"device:{RAW}-4")]))
    )
    stage.wait(lambda: client.xlen(f"{prefix}rejected") == 3, "the refusals")
    story.decided.append(stage.decided(stage.feed()))
    model = str(_model(folder / "new", NEW))
    rates = [rate(code, worth=worth) for code, worth in (("GBP", 2.0), ("CHF", 0.6), ("SEK", 0.17), ("USD", 0.5))]
    tell_all(stage, rule("R1", 6, state="paused"), switch("auto_block"), {"control": "model", "path": model}, *rates)
    story.decided.append(stage.decided(stage.feed()))
    before = stage.checkpoints()
    stage.wait(lambda: stage.checkpoints() > before + 1, "a checkpoint after the changes")


def _score(stage: Theatre, story: Story, folder: Path) -> None:
    """Decide the same events offline, by what the job has written into `control_applied`."""
    (folder / "applied.jsonl").write_text("".join(f"{json.dumps(document)}\n" for document in story.applied))
    files = sorted(stage.source.glob("[0-9]*.jsonl"))
    words = [sys.executable, "-m", "flink_job.cli", "score", "--events", *map(str, files), "--out", str(folder / "offline.jsonl")]
    words += ["--control", str(folder / "applied.jsonl"), "--set", "policy.investigate_at=0.1"]
    environment = {**os.environ, "RINGWATCH_PSEUDONYM_KEY": CANARIES["pseudonyms"]}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    story.said = done.stderr + done.stdout
    story.offline = [json.loads(line) for line in (folder / "offline.jsonl").read_text().splitlines()]


def timeless(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "decided_at": 0}


def test_streamed_and_offline_are_one(story: Story) -> None:
    streamed = {document["event_id"]: timeless(document) for part in story.decided for document in part}
    assert streamed == {document["event_id"]: timeless(document) for document in story.offline}
    assert "12 changes took effect" in story.said
    assert {document["currency"] for part in story.decided[2:] for document in part} > {"EUR", "GBP"}, "some go by the new rates"


def test_each_part_is_decided_by_what_was_in_force(story: Story) -> None:
    assert [{document.get("control", 0) for document in part} for part in story.decided] == [{0}, {5}, {12}, {12}]
    assert not any("rules" in document or "lists" in document for document in story.decided[0])
    fired = [{(one["id"], one["version"], one["mode"]) for document in part for one in document.get("rules", ())} for part in story.decided]
    shadow = ("R2", 1, "shadow")
    assert fired == [set(), {("R1", 5, "active"), shadow}, {shadow}, {shadow}]
    flagged = [document for document in story.decided[1] if any(one["id"] == "R1" for one in document.get("rules", ()))]
    assert flagged
    assert all(document["decision"] != "approve" for document in flagged)
    assert any(reason["code"] == "R1" for document in flagged for reason in document["reasons"])
    assert any(document["decision"] == "block" for document in story.decided[1] if "lists" in document)
    assert not any(document["decision"] == "block" for part in story.decided[2:] for document in part)
    assert all(document["switches"] == {"auto_block": False} for part in story.decided[2:] for document in part)
    assert [{document["model"] for document in part} for part in story.decided] == [{OLD}, {OLD}, {NEW}, {NEW}]


def test_what_was_applied_is_on_the_record_once(story: Story) -> None:
    assert [(entry["applied"], entry["control"], entry["id"], entry["version"]) for entry in story.applied] == [
        (1, "rule", "R1", 5), (2, "rule", "R2", 1), (3, "list", "L1", 1), (4, "list", "L2", 1), (5, "list", "L3", 1),
        (6, "rule", "R1", 6), (7, "switch", "auto_block", 1), (8, "model", "", None),
        (9, "rate", "GBP", 1), (10, "rate", "CHF", 1), (11, "rate", "SEK", 1), (12, "rate", "USD", 1),
    ]  # fmt: skip
    firsts = [part[0]["event_id"] for part in story.decided]
    assert [entry["first_event"]["event_id"] for entry in story.applied] == [firsts[1]] * 5 + [firsts[2]] * 7
    assert story.applied[0]["record"]["by"] == BY["by"]


def test_what_is_refused_names_field_and_mend(story: Story) -> None:
    assert [document["field"] for document in story.rejected] == ["version", "name", "entity"]


def test_no_raw_identifier_and_no_secret_is_kept(story: Story) -> None:
    assert [name for name, canary in CANARIES.items() if canary in story.published] == []
    for place in (story.published, json.dumps(story.applied), json.dumps(story.rejected), json.dumps(story.decided)):
        assert RAW not in place
