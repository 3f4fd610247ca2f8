"""A verdict of the desk's page reaches the real job: the next event of its ring is scored otherwise."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import redis

from domain.simulator import SimulatorSettings, simulate
from tests.job.test_service_scores import serving
from tests.job.test_verdicts import KEY, POLICY, Story, timeless
from tests.support.job_process import wait_for
from tests.support.loop_job import LoopJob

pytestmark = [pytest.mark.flink, pytest.mark.cluster, pytest.mark.timeout(400)]

PREFIX, EVENTS, FIRST = "page_verdict:", 2400, 1800
SECRETS = {"RINGWATCH_PSEUDONYM_KEY": KEY}
SOURCES = "job.sources=[redis:events, redis:labels]"
OFTEN = ("incidents.first_summary_alerts=1", "incidents.first_summary_s=1", "incidents.growth_alerts=1", "job.checkpoint_interval_s=1")
Document = Mapping[str, Any]


def test_the_next_event_of_the_ring_is_scored_otherwise(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGWATCH_PSEUDONYM_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    shop = SimulatorSettings(events=EVENTS, seed=7, fraud_share=0.2, events_per_account=20)
    lines = [json.dumps(one) for one in simulate(shop).documents() if one["event_type"] != "label"]
    story = Story(tmp_path, [lines[:FIRST], lines[FIRST:]])
    ids = [[json.loads(line)["event_id"] for line in part] for part in story.parts]
    without = story.offline([])
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        loop = LoopJob(
            tmp_path / "job", redis_url, client, PREFIX, SECRETS, *POLICY, SOURCES, *OFTEN, sources=("redis:events", "redis:labels")
        )
        with (
            loop.running(),
            serving(tmp_path, loop.job, {"service.cases.undo_s": "1", "job.sources": "[redis:events, redis:labels]"}) as url,
        ):
            loop.send(story.parts[0])
            story.streamed.append(loop.decided(ids[0]))
            flagged = [document for document in story.streamed[0] if document["decision"] != "approve"]
            loop.wait(lambda: len(loop.entries("alerts")) == len(flagged), "alerts")
            ring = found_again(loop, without[1])
            page = give(url, ring, "fraud")
            assert "Fraud: " in page, "the page after it says so"
            wait_for(lambda: client.xlen(f"{PREFIX}labels") >= ring["alerts"], "the labels of the verdict, after the time for its undo")
            loop.wait(lambda: loop.total("labels") == client.xlen(f"{PREFIX}labels"), "the job to learn them")
            labels = [fields["json"] for _, fields in client.xrange(f"{PREFIX}labels")]
            loop.send(story.parts[1])
            story.streamed.append(loop.decided(ids[1]))
    of_ring = events_of(ring, without[1])
    scores = {document["event_id"]: document["score"] for document in story.streamed[1]}
    assert scores[of_ring[0]["event_id"]] != of_ring[0]["score"], "the next event of the ring"
    assert {json.loads(label)["is_fraud"] for label in labels} == {True}
    assert timeless(story.streamed) == timeless(story.offline(labels)), "and all else as it is offline with these labels"


def found_again(loop: LoopJob, later: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the incident of which most events are still to come."""
    newest = {document["id"]: document for document in loop.entries("incidents")}
    return max(newest.values(), key=lambda document: (len(events_of(document, later)), document["id"]))


def events_of(incident: Document, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what was decided of accounts and devices of an incident."""
    its = {(kind, name) for kind in ("account", "device") for name in incident["participants"].get(kind, {}).get("pseudonyms", ())}
    return [document for document in documents if its & set(document["entities"].items())]


def give(url: str, incident: Document, word: str) -> str:
    """Send the form of the incident's page, once it has this revision or a later one; return the page."""
    path = f"{url}/incidents/{incident['id']}"
    wait_for(lambda: revision_of(text_of(path)) >= incident["revision"], "the incident")
    return text_of(f"{path}/verdict", urlencode({"verdict": word, "reason": "the courier confirms", "csrf": ""}).encode())


def revision_of(page: str) -> int:
    """Return the newest revision that an incident's page names, else 0: the job may write one more."""
    return max((int(number) for number in re.findall(r"Revision (?:\d+ of )?(\d+)", page)), default=0)


def text_of(url: str, form: bytes | None = None) -> str:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, form, {"Accept": "text/html"}), timeout=30) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return ""
        raise
