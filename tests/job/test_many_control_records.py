"""The real job with two subtasks, on Redis alone: how soon a rule is everywhere while events flow, and 10,000
control records in random order, twice, with a kill in the middle.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import redis

from domain.control.records import SWITCH, ControlRecord
from domain.decisions.effects import Effects
from domain.events.event import Event
from domain.simulator import SimulatorSettings, simulate
from tests.domain.control.test_ledger import Judge, in_force_lists, records
from tests.support.control_samples import START, rule
from tests.support.loop_job import LoopJob

pytestmark = [pytest.mark.flink, pytest.mark.cluster, pytest.mark.timeout(500)]

PREFIX = "many:"
SUBTASKS = 2
WITHIN_S = 2.0
"""Longest time from when a rule was sent to when all events are judged by it."""
VERSIONS, EVERY_S, EVENTS_PER_S = 6, 1.0, 50
FIRST_SHARE = 0.45
"""Of the records, which are in the checkpoint from which the job goes on."""
EVER = {"any": [{"field": "event_type", "is": "signup"}, {"not": {"field": "event_type", "is": "signup"}}]}


@dataclass
class Story:
    """What was seen of a job that got rules one by one, then all records, and was killed in between."""

    told: list[float] = field(default_factory=list)
    """When each version of the rule was sent."""
    sent: dict[str, float] = field(default_factory=dict)
    """When an event was sent."""
    flowing: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    """Subtask and decision of each of these events."""
    records: int = 0
    counted: list[int] = field(default_factory=list)
    """Records that the job has taken before the kill and after it."""
    expected: dict[str, Effects] = field(default_factory=dict)
    """What the records, in order and once, say of each of the last events."""
    after: list[dict[str, Any]] = field(default_factory=list)
    changes: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture(scope="module")
def story(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder, story = tmp_path_factory.mktemp("many"), Story()
    documents = simulate(SimulatorSettings(events=1500, seed=21)).documents()
    lines = [json.dumps(document) for document in documents if document["event_type"] != "label"]
    made = [found for found in records(10_000, 21) if found.kind != SWITCH]
    shuffled = [json.dumps(found.document) for found in (*made, *made)]
    random.Random(7).shuffle(shuffled)
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        options = (f"job.parallelism={SUBTASKS}", "job.checkpoint_interval_s=4")
        loop = LoopJob(folder / "job", redis_url, client, PREFIX, {"RINGWATCH_PSEUDONYM_KEY": "a key for the tests"}, *options)
        with loop.running():
            loop.send(lines[:300])
            loop.decided(_ids(lines[:300]))
            _rules_one_by_one(loop, story, lines[300:])
            _until_it_is_killed(loop, story, shuffled)
        with loop.running("--resume"):
            _after_the_kill(loop, story, made)
        story.rejected = loop.entries("rejected")
    yield story


def _rules_one_by_one(loop: LoopJob, story: Story, lines: list[str]) -> None:
    """Send versions of a rule that always fires while events flow, and for `WITHIN_S` after the last one."""
    flowing, began = iter(lines), time.time()
    while time.time() < began + VERSIONS * EVERY_S + WITHIN_S + 1:
        if len(story.told) < VERSIONS and time.time() >= began + len(story.told) * EVERY_S + 1:
            loop.tell(rule("EVER", len(story.told) + 1, when=EVER, state="shadow"))
            story.told.append(time.time())
        line = next(flowing)
        story.sent[json.loads(line)["event_id"]] = time.time()
        loop.send([line])
        time.sleep(1 / EVENTS_PER_S)
    loop.decided(list(story.sent))
    story.flowing = {event_id: found for event_id, found in loop.printed().items() if event_id in story.sent}


def _until_it_is_killed(loop: LoopJob, story: Story, shuffled: list[str]) -> None:
    """Send nearly half of the records, and all others right after a checkpoint; end amid these."""
    first = int(FIRST_SHARE * len(shuffled))
    loop.send(shuffled[:first], "control")
    loop.wait(lambda: loop.total("outcome_control_records") == VERSIONS + first, "the first records")
    before = loop.checkpoint()
    loop.wait(lambda: loop.checkpoint() > before + 1, "a checkpoint that holds them")
    loop.send(shuffled[first:], "control")
    loop.wait(lambda: loop.total("outcome_control_records") > VERSIONS + first + 100, "some more")
    story.records, story.counted = len(shuffled), [loop.total("outcome_control_records") - VERSIONS]


def _after_the_kill(loop: LoopJob, story: Story, made: list[ControlRecord]) -> None:
    """Wait for the rest, the last of which is refused; then send events of devices that are on a list."""
    loop.send([json.dumps({"control": "end"})], "control")
    loop.wait(lambda: bool(loop.entries("rejected")), "all records")
    accepted = loop.total("outcome_control_records", "accepted")
    loop.wait(lambda: loop.total("control_changes") == SUBTASKS * accepted, "all changes at both subtasks")
    story.counted.append(loop.total("outcome_control_records") - 1)
    in_order = Judge()
    for found in made:
        in_order.take(found)
    lines = []
    for number, change in enumerate(in_force_lists(in_order)):
        device = change.record["entity"].partition(":")[2]
        for code, event_type in enumerate(("signup", "login")):
            account, event_id = f"{number * 2 + code + 1:016x}", f"listed-{number}-{event_type}"
            pseudonyms = {"account": account, "device": device}
            event = {"event_id": event_id, "event_type": event_type, "event_time": START, "pseudonyms": pseudonyms}
            story.expected[event_id] = in_order.in_force.judge(Event(event_id, code, START, (1, int(device, 16), 0), 1, places=(0,)), ())
            lines.append(json.dumps(event))
    loop.send(lines)
    story.after = loop.decided(list(story.expected))


def _ids(lines: list[str]) -> list[str]:
    return [json.loads(line)["event_id"] for line in lines]


def reached_after_s(story: Story, subtask: int) -> list[float]:
    """Return by version how long after it the last event was sent that a subtask judged without it.

    Below 0 is a version that has overtaken events.
    """
    judged = [(story.sent[event_id], document) for event_id, (by, document) in story.flowing.items() if by == subtask]
    versions = [(at, max((one["version"] for one in document.get("rules", ())), default=0)) for at, document in judged]
    return [max((at - told for at, known in versions if known < version), default=0.0) for version, told in enumerate(story.told, 1)]


def test_a_rule_is_everywhere_within_two_seconds(story: Story) -> None:
    subtasks = {by for by, _ in story.flowing.values()}
    assert subtasks == set(range(1, SUBTASKS + 1)), "each has decided some"
    assert len(story.told) == VERSIONS
    for subtask in subtasks:
        reached = reached_after_s(story, subtask)
        assert max(reached) <= WITHIN_S, reached


def test_it_was_killed_amid_the_records(story: Story) -> None:
    before, after = story.counted
    assert FIRST_SHARE * story.records < before < story.records
    assert before + after > story.records, "some were read again"


def test_the_same_is_in_force_as_in_order_once(story: Story) -> None:
    assert [document["field"] for document in story.rejected] == ["control"], "but for the last one, which says that it is the end"
    assert len({document["control"] for document in story.after}) == 1, "both subtasks know all changes"
    seen = set()
    for document in story.after:
        expected = story.expected[document["event_id"]]
        fired = {(one["id"], one["version"], one["mode"]) for one in document.get("rules", ())} - {("EVER", VERSIONS, "shadow")}
        assert fired == {(one.id, one.version, one.mode) for one in expected.fired}, document
        on = {(one["id"], one["version"], one["mode"], one["list"]) for one in document.get("lists", ())}
        assert on == {(one.id, one.version, one.mode, one.list) for one in expected.lists}, document
        seen |= {one[2] for one in fired} | {one[3] for one in on}
    assert seen == {"active", "shadow", "block", "mules"}
