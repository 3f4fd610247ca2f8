"""Verdicts, labels and control records on Redis alone, by the real job: what is signed counts, from the next
event on and as offline; what is not signed, or came by a wrong way, is rejected.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis

from domain.control.signature import ControlKeys
from domain.simulator import SimulatorSettings, simulate
from flink_job.cli import main
from ops.redis.entry import Entry
from ops.redis.signed_entries import SignedEntries
from tests.support.control_samples import rule
from tests.support.loop_job import LoopJob

pytestmark = [pytest.mark.flink, pytest.mark.cluster, pytest.mark.timeout(400)]

PREFIX, KEY, OPS = "verdicts:", "a key for the tests", "the key of the operators"
POLICY = ("policy.investigate_at=0.2", "policy.block_at=0.6")
TRUST = ("job.sources=[redis:events, redis:labels]", "job.labels=[redis:labels]", "job.control_keys=[ops]")
SECRETS = {"RINGWATCH_PSEUDONYM_KEY": KEY, "RINGWATCH_CONTROL_KEY_OPS": OPS}
EVENTS, FIRST, SECOND = 3000, 1800, 2400
INCIDENTS = 6


@dataclass
class Story:
    """What was seen of one job whose events came in three parts, with labels and records between them."""

    folder: Path
    parts: list[list[str]]
    labels: list[list[str]] = field(default_factory=list)
    """Signed ones, after each part."""
    incidents: list[str] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)
    streamed: list[list[dict[str, Any]]] = field(default_factory=list)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    applied: list[dict[str, Any]] = field(default_factory=list)
    written: list[Entry] = field(default_factory=list)
    """What the job has written to Redis, but for decisions."""

    def offline(self, *labels: Sequence[str]) -> list[list[dict[str, Any]]]:
        """Score the parts with these labels after each, and with what was applied in the job."""
        lines = [line for part, after in zip(self.parts, (*labels, ()), strict=True) for line in (*part, *after)]
        out, control = _file(self.folder / "offline.jsonl", []), _file(self.folder / "applied.jsonl", map(json.dumps, self.applied))
        words = ["--events", str(_file(self.folder / "events.jsonl", lines)), "--out", str(out), "--control", str(control)]
        assert main(["score", *words, *_settings(*POLICY)]) == 0
        found = {document["event_id"]: document for document in map(json.loads, out.read_text().splitlines())}
        return [[found[event_id] for event_id in _ids(part)] for part in self.parts]


@pytest.fixture(scope="module")
def story(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("verdicts")
    lines, of_others = _simulated()
    story = Story(folder, [lines[:FIRST], lines[FIRST:SECOND], lines[SECOND:]])
    often = ("incidents.first_summary_alerts=1", "incidents.first_summary_s=1", "incidents.growth_alerts=1")
    with redis.Redis.from_url(redis_url, decode_responses=True) as client, pytest.MonkeyPatch.context() as patch:
        for name, value in SECRETS.items():
            patch.setenv(name, value)
        patch.chdir(folder)
        options = (*POLICY, *TRUST, *often, "job.checkpoint_interval_s=1")
        loop = LoopJob(folder / "job", redis_url, client, PREFIX, SECRETS, *options, sources=("redis:events", "redis:labels"))
        with loop.running():
            _first_act(loop, story, of_others)
            _second_act(loop, story)
        story.rejected, story.applied = loop.entries("rejected"), loop.entries("control_applied")
        for stream in ("alerts", "incidents", "rejected", "control_applied"):
            story.written += [Entry(stream, place, fields) for place, fields in client.xrange(PREFIX + stream)]
        yield story


def _simulated() -> tuple[list[str], list[dict[str, Any]]]:
    """Return the events, and labels, found by the end of the first part, of frauds in it whose devices or
    accounts come again.
    """
    documents = list(simulate(SimulatorSettings(events=EVENTS, seed=7, fraud_share=0.2, events_per_account=20)).documents())
    events = [document for document in documents if document["event_type"] != "label"]
    known, now = {document["event_id"] for document in events[:FIRST]}, events[FIRST - 1]["event_time"]
    again = {document.get(name) for document in events[FIRST:] for name in ("account_id", "device_fingerprint")} - {None}
    frauds = (one for one in documents if one["event_type"] == "label" and one["is_fraud"] and one["subject_event_id"] in known)
    found = [label for label in frauds if {label["account_id"], label.get("device_fingerprint")} & again]
    return list(map(json.dumps, events)), [{**label, "event_time": now} for label in found]


def _first_act(loop: LoopJob, story: Story, of_others: list[dict[str, Any]]) -> None:
    """Send what is forged; then labels of a bank, verdicts, and a rule, all signed."""
    _decide(loop, story, 0)
    flagged = [document for document in story.streamed[0] if document["decision"] != "approve"]
    loop.wait(lambda: len(loop.entries("alerts")) == len(flagged), "alerts")
    story.forged = _forged(of_others[1:40:2])
    loop.send(story.forged, "labels")
    loop.send(_signed(story, of_others[41]), "events")
    loop.send(_forged([rule(f"R{number}") for number in range(4)]), "control")
    loop.wait(lambda: len(loop.entries("rejected")) == len(story.forged) + 1 + 4, "what is rejected")
    loop.send(_signed(story, *of_others[:40:2]), "labels")
    loop.send(_signed(story, rule("R1", 7)), "control")
    story.incidents = _largest(loop)
    for incident in story.incidents:
        _say(loop, incident, "fraud")
    _learn(loop, story)
    loop.wait(lambda: loop.total("control_changes") == 1, "the rule")
    _decide(loop, story, 1)


def _second_act(loop: LoopJob, story: Story) -> None:
    """Withdraw all verdicts but one."""
    for incident in story.incidents[1:]:
        _say(loop, incident, "inconclusive")
    _learn(loop, story)
    _decide(loop, story, 2)


def _decide(loop: LoopJob, story: Story, part: int) -> None:
    loop.send(story.parts[part])
    story.streamed.append(loop.decided(_ids(story.parts[part])))


def _learn(loop: LoopJob, story: Story) -> None:
    """Wait until the job has learnt the labels that came since the last time."""
    known = len(story.forged) + sum(map(len, story.labels))
    story.labels.append([fields["json"] for _, fields in loop.client.xrange(f"{PREFIX}labels")][known:])
    loop.wait(lambda: loop.total("labels") == sum(map(len, story.labels)), "the labels")


def _largest(loop: LoopJob) -> list[str]:
    """Return the incidents of most alerts."""
    newest = {document["id"]: document for document in loop.entries("incidents")}
    return sorted(newest, key=lambda incident: (-newest[incident]["alerts"], incident))[:INCIDENTS]


def _say(loop: LoopJob, incident: str, word: str) -> None:
    words = ["verdict", incident, word, "--by", "anna", "--reason", "called the courier", "--sign", "ops"]
    assert main([*words, *_settings(*TRUST, f"redis.url={loop.job.redis_url}", f"redis.prefix={PREFIX}")]) == 0


def _signed(story: Story, *documents: dict[str, Any]) -> list[str]:
    """Sign as an operator does."""
    out = story.folder / "signed.jsonl"
    assert main(["sign", str(_file(story.folder / "plain.jsonl", map(json.dumps, documents))), "--key", "ops", "--out", str(out)]) == 0
    return out.read_text().splitlines()


def _forged(documents: list[dict[str, Any]]) -> list[str]:
    """Return them not signed, signed by another key, by a key of another name, and changed since, in turn."""
    ours, theirs = ControlKeys({"ops": OPS.encode()}), ControlKeys({"ops": b"a key of somebody else", "dev": b"a key of somebody else"})
    ways = (
        dict,
        lambda one: theirs.signed(one, "ops"),
        lambda one: theirs.signed(one, "dev"),
        lambda one: _changed(ours.signed(one, "ops")),
    )
    return [json.dumps(ways[number % len(ways)](document)) for number, document in enumerate(documents)]


def _changed(signed: dict[str, Any]) -> dict[str, Any]:
    return {**signed, "source": "somebody"} if signed.get("event_type") == "label" else {**signed, "decision": "block"}


def _settings(*options: str) -> list[str]:
    return [word for option in options for word in ("--set", option)]


def _file(path: Path, lines: Iterable[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def _ids(lines: list[str]) -> list[str]:
    return [json.loads(line)["event_id"] for line in lines]


def timeless(parts: list[list[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
    return [[{**document, "decided_at": 0} for document in part] for part in parts]


def differing(parts: list[list[dict[str, Any]]], others: list[list[dict[str, Any]]]) -> list[int]:
    """Return how many scores differ, by part."""
    return [sum(one["score"] != other["score"] for one, other in zip(*both, strict=True)) for both in zip(parts, others, strict=True)]


def test_the_job_decides_as_score_does_on_the_same_events_and_labels(story: Story) -> None:
    assert timeless(story.streamed) == timeless(story.offline(*story.labels))


def test_a_verdict_changes_what_comes_after_it(story: Story) -> None:
    by_bank = [label for label in story.labels[0] if json.loads(label)["source"] != "verdict"]
    before, after, later = differing(story.streamed, story.offline(by_bank, []))
    assert (before, after > 20, later > 10) == (0, True, True)


def test_a_verdict_that_is_withdrawn_counts_no_more(story: Story) -> None:
    *same, later = differing(story.streamed, story.offline(story.labels[0], []))
    assert (same, later > 10) == ([0, 0], True)


def test_a_verdict_names_pseudonyms_and_who_gave_it(story: Story) -> None:
    verdicts = [label for label in map(json.loads, [*story.labels[0], *story.labels[1]]) if label["source"] == "verdict"]
    assert len(verdicts) > 50
    assert {label["is_fraud"] for label in verdicts} == {True, None}
    assert not any("account_id" in label for label in verdicts)
    of = {document["event_id"]: document["entities"] for document in story.streamed[0]}
    assert all(label["pseudonyms"] == of[label["subject_event_id"]] for label in verdicts)
    assert {label["attributes"]["by"] for label in verdicts} == {"anna"}


def test_what_is_forged_is_rejected_and_would_have_counted(story: Story) -> None:
    said = Counter(document["field"] for document in story.rejected)
    assert said == {"signature": len(story.forged) + 4, "event_type": 1}
    reasons = " ".join(document["reason"] for document in story.rejected)
    for why in ("it is missing; sign the record", "does not fit the record", "key dev is not among", "are taken from redis:labels only"):
        assert why in reasons
    assert differing(story.streamed, story.offline([*story.labels[0], *story.forged], story.labels[1]))[1] > 5


def test_a_signed_label_and_a_signed_rule_count(story: Story) -> None:
    verdicts = [label for label in story.labels[0] if json.loads(label)["source"] == "verdict"]
    assert len(story.labels[0]) - len(verdicts) == 20
    assert differing(story.streamed, story.offline(verdicts, story.labels[1]))[1] > 5
    assert [(entry["id"], entry["version"]) for entry in story.applied] == [("R1", 7)]
    fired = [{one["id"] for document in part for one in document.get("rules", ())} for part in story.streamed]
    assert fired == [set(), {"R1"}, {"R1"}]


def test_what_the_job_writes_to_redis_is_signed(story: Story) -> None:
    assert len({entry.stream for entry in story.written}) == 4
    assert SignedEntries(ControlKeys({"ops": OPS.encode()}), PREFIX).of(story.written) == story.written
    assert SignedEntries(ControlKeys({"ops": b"the key of somebody else"}), PREFIX).of(story.written) == []
