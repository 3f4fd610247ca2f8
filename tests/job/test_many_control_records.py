"""The real job with two subtasks and 10,000 control records in random order, twice, while events flow."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

import pytest
import redis

from domain.control.records import SWITCH
from domain.events.event import Event
from tests.domain.control.test_ledger import Judge, records
from tests.job.test_job_control import Theatre, scraped
from tests.support.control_samples import START, rule

pytestmark = [pytest.mark.flink, pytest.mark.timeout(500)]

PREFIX = "many:"
WITHIN_S = 10.0
"""Time until a rule has reached both subtasks; on an idle machine it takes less than 2 s."""


def total(stage: Theatre, metric: str) -> int:
    return int(sum(scraped(stage.prometheus)[metric].values()))


def fired(document: dict[str, Any]) -> set[tuple[str, int, str]]:
    return {(one["id"], one["version"], one["mode"]) for one in document.get("rules", ())}


def test_the_same_rules_are_in_force_as_in_order_once(redis_url: str, tmp_path: Path) -> None:
    made = [found for found in records(10_000, 21) if found.kind != SWITCH]
    in_order = Judge()
    for found in made:
        in_order.take(found)
    signup = in_order.in_force.judge(Event("e", 0, START, (1, 0, 0), 1, places=(0,)), ())
    expected = {(one.id, one.version, one.mode) for one in signup.fired}
    assert {mode for _, _, mode in expected} == {"active", "shadow"}
    lines = [json.dumps(found.document) for found in (*made, *made)]
    random.Random(7).shuffle(lines)
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        stage = Theatre(tmp_path, redis_url, client, PREFIX, job__parallelism=2)
        with stage.running():
            stage.decided(stage.feed())
            began = time.monotonic()
            stage.tell(json.dumps(rule("FIRST")))
            stage.wait(lambda: total(stage, "control_changes") == 2, "the rule at both subtasks")
            assert time.monotonic() - began < WITHIN_S
            events = stage.feed()
            stage.tell("\n".join(lines))
            during = stage.decided(events)
            stage.wait(lambda: total(stage, "outcome_control_records") == len(lines) + 1, "all records")
            outcomes = {labels: value for labels, value in scraped(stage.prometheus)["outcome_control_records"].items() if value}
            accepted = int(sum(value for labels, value in outcomes.items() if "accepted" in labels))
            stage.wait(lambda: total(stage, "control_changes") == 2 * accepted, "all changes at both subtasks")
            after = stage.decided(stage.feed())
        assert client.xlen(f"{PREFIX}rejected") == 0
        client.acl_deluser("ringwatch")
    assert len(during) > 200
    assert {document["control"] for document in after} == {accepted}
    for document in after:
        known = fired(document) - {("FIRST", 1, "active")}
        assert known == (expected if document["event_type"] == "signup" else set()), document
    assert any(fired(document) for document in after)
