"""A Redis user with the rights that docs/forget.md gives to `ringwatch forget`."""

from __future__ import annotations

import json

import pytest
import redis

from flink_job.cli import main
from ops.redis.embedded import EmbeddedRedis
from ops.redis.permissions import FORGET, PUBLISH, acl_rule
from tests import ROOT
from tests.support.redis_users import narrow_url

PREFIX, ACCOUNT = "shop:", "00000000000000ab"


def forget(url: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("RINGWATCH_REDIS_URL", url)
    sets = (f"redis.prefix={PREFIX}", "service.store.url=sqlite:none.db")
    return main(["forget", f"account:{ACCOUNT}", *(word for one in sets for word in ("--set", one))])


def test_the_documented_rights_are_enough(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(str(tmp_path))
    with EmbeddedRedis() as server, redis.Redis.from_url(server.url, decode_responses=True) as admin:
        decided = {"event_id": "e1", "entities": {"account": ACCOUNT}}
        key = f"{PREFIX}decisions"
        for name in (ACCOUNT, "0" * 15 + "1"):
            admin.xadd(key, {"json": json.dumps({**decided, "entities": {"account": name}})})
        admin.xgroup_create(key, "private:gone", "0")
        admin.xreadgroup("private:gone", "one", {key: ">"})
        rule = acl_rule("eraser", PREFIX, PUBLISH, FORGET)
        assert forget(narrow_url(server, rule.replace("+xdel ", "")), monkeypatch) == 1
        assert forget(narrow_url(server, rule), monkeypatch) == 1, "somebody has still to handle them"
        admin.xgroup_destroy(key, "private:gone")
        assert forget(narrow_url(server, rule), monkeypatch) == 0
        assert admin.xlen(key) == 1


def test_the_documentation_shows_them() -> None:
    text = " ".join((ROOT / "docs" / "forget.md").read_text().replace("\\\n", " ").split())
    assert acl_rule("eraser", "ringwatch:", PUBLISH, FORGET) in text
