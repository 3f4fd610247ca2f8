"""`ringwatch tail --status`: how far each group has read, and whose reader is gone."""

from __future__ import annotations

import io
import json
import time
from typing import Any

import pytest

from ops.redis import private_group
from ops.redis.embedded import EmbeddedRedis
from ops.terminal.tail import status
from tests.support.redis_fixtures import Add
from tests.support.stream_samples import ALERT


def test_status_says_how_far_each_group_is(add: Add, redis_url: str, redis_client: Any, stream_prefix: str) -> None:
    for i in range(5):
        add("alerts", ALERT, f"e{i}")
    redis_client.xgroup_create(f"{stream_prefix}alerts", "team", id="0")
    redis_client.xreadgroup("team", "one", {f"{stream_prefix}alerts": ">"}, count=2)
    out = io.StringIO()
    assert status(redis_url, stream_prefix, out=out) == 0
    assert out.getvalue().splitlines() == [
        "alerts: 5 entries",
        "  group team: 3 to read, 2 in hand, 1 member",
        "incidents: 0 entries",
        "rejected: 0 entries",
        "dead: 0 entries",
    ]
    assert not redis_client.exists(f"{stream_prefix}incidents"), "looking makes nothing"
    out = io.StringIO()
    assert status(redis_url, stream_prefix, ["alerts"], out=out, as_json=True) == 0
    group = {"name": "team", "members": 1, "pending": 2, "unread": 3, "abandoned": False, "unread_gone": 0, "pending_gone": 0}
    assert json.loads(out.getvalue()) == {"stream": "alerts", "entries": 5, "groups": [group]}


def test_status_names_a_private_group_whose_reader_is_gone(
    add: Add, redis_client: Any, redis_url: str, stream_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("alerts", ALERT)
    key = f"{stream_prefix}alerts"
    for group in ("team", "private:tail-gone"):
        redis_client.xgroup_create(key, group, id="0")
        redis_client.xreadgroup(group, "one", {key: ">"}, count=1)
    time.sleep(0.05)
    monkeypatch.setattr(private_group.is_abandoned, "__defaults__", (0.01,))
    out = io.StringIO()
    assert status(redis_url, stream_prefix, ["alerts"], out=out) == 0
    assert out.getvalue().splitlines() == [
        "alerts: 1 entry",
        "  group private:tail-gone: 0 to read, 1 in hand, 1 member; its reader is gone, it holds back nothing, the next tail removes it",
        "  group team: 0 to read, 1 in hand, 1 member",
    ]


def test_status_says_what_can_still_be_read_and_what_was_trimmed(add: Add, redis_client: Any, redis_url: str, stream_prefix: str) -> None:
    key = f"{stream_prefix}alerts"
    for i in range(30):
        add("alerts", ALERT, f"e{i}")
    for group, count in (("ahead", 25), ("behind", 5), ("new", 0)):
        redis_client.xgroup_create(key, group, id="0", entries_read=0)
        redis_client.xreadgroup(group, "one", {key: ">"}, count=count) if count else None
    redis_client.xtrim(key, maxlen=10, approximate=False)
    assert status_lines(redis_url, stream_prefix) == [
        "alerts: 10 entries",
        "  group ahead: 5 to read, 25 in hand, 1 member; trimmed were 20 of those in hand",
        "  group behind: 10 to read, 5 in hand, 1 member; trimmed were 15 before it read them and 5 of those in hand",
        "  group new: 10 to read, 0 in hand, 0 members; trimmed were 20 before it read them",
    ]
    redis_client.xtrim(key, maxlen=0, approximate=False)
    assert status_lines(redis_url, stream_prefix)[2] == (
        "  group behind: 0 to read, 5 in hand, 1 member; trimmed were 25 before it read them and 5 of those in hand"
    )


def test_status_of_a_user_who_may_not_ask_for_the_stream(
    add: Add, redis_client: Any, redis_server: EmbeddedRedis, stream_prefix: str
) -> None:
    add("alerts", ALERT)
    redis_client.xgroup_create(f"{stream_prefix}alerts", "team", id="0")
    redis_client.acl_setuser("blind", enabled=True, passwords="+pa55", commands=["+@all", "-xinfo|stream"], keys="*")
    try:
        lines = status_lines(redis_server.url.replace("redis://", "redis://blind:pa55@"), stream_prefix)
    finally:
        redis_client.acl_deluser("blind")
    assert lines[1] == "  group team: 1 to read, 0 in hand, 0 members"


def status_lines(url: str, prefix: str) -> list[str]:
    out = io.StringIO()
    assert status(url, prefix, ["alerts"], out=out) == 0
    return out.getvalue().splitlines()
