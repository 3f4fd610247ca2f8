"""What `check` asks of the streams that the job reads: all rights of its readers; whether Redis forgets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from ops.redis.connection import RedisReadError
from ops.redis.embedded import EmbeddedRedis
from ops.redis.permissions import CHECK, SOURCES, acl_rule
from ops.redis.source_check import look_at_streams


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis() as server:
        yield server


@pytest.fixture
def admin(server: EmbeddedRedis) -> Iterator[Any]:
    with redis.Redis.from_url(server.url) as client:
        client.flushall()
        client.acl_deluser("ringwatch")
        yield client


def user_url(server: EmbeddedRedis, admin: Any, *commands: str) -> str:
    admin.execute_command(*acl_rule("ringwatch", "shop:", commands).replace("PASSWORD", "pa55").split(" "))
    return server.url.replace("//", "//ringwatch:pa55@")


def test_the_streams_and_what_they_hold(server: EmbeddedRedis, admin: Any) -> None:
    admin.xadd("shop:events", {"json": "{}"})
    found, notes = look_at_streams(server.url, "shop:", ["shop:events", "shop:control"])
    assert found == ["shop:events holds 1 entry", "shop:control does not exist yet"]
    assert ["keeps no append-only file" in note for note in notes] == [True]


def test_a_server_with_its_data_on_disk_needs_no_word(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as kept:
        assert look_at_streams(kept.url, "shop:", ["shop:events"]) == (["shop:events does not exist yet"], [])


def test_another_kind_of_key_is_refused_with_the_mend(server: EmbeddedRedis, admin: Any) -> None:
    admin.set("shop:events", "x")
    with pytest.raises(RedisReadError, match=r"WRONGTYPE.*choose another setting redis\.prefix"):
        look_at_streams(server.url, "shop:", ["shop:events"])


def test_the_documented_rights_are_enough(server: EmbeddedRedis, admin: Any) -> None:
    url = user_url(server, admin, *CHECK, *SOURCES)
    assert look_at_streams(url, "shop:", ["shop:events"]) == (["shop:events does not exist yet"], []), "it may not ask for the rest"


@pytest.mark.parametrize("command", [command for command in SOURCES if command != "hset"])
def test_a_right_that_is_missing_is_said(server: EmbeddedRedis, admin: Any, command: str) -> None:
    url = user_url(server, admin, *CHECK, *(other for other in SOURCES if other != command))
    with pytest.raises(RedisReadError, match=r"give the user the permissions that docs/operate\.md lists"):
        look_at_streams(url, "shop:", ["shop:events"])


def test_a_server_that_is_away_is_said() -> None:
    with pytest.raises(RedisReadError, match="does not answer"):
        look_at_streams("redis://127.0.0.1:1/0", "shop:", ["shop:events"])
