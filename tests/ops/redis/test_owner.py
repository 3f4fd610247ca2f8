"""One job has a prefix: it takes it, keeps it, takes it again after a restart, and gives it up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.errors import SettingError
from ops.redis.embedded import EmbeddedRedis
from ops.redis.owner import EXPIRY_S, OWNER, TAKE, give_up, refuse_owned
from tests.support.redis_users import url_of

NOW_MS = 1_790_000_000_000


@pytest.fixture(scope="module")
def redis_url(redis_server: EmbeddedRedis) -> str:
    """The address of the server, of a user with the rights that docs give the job."""
    return url_of(redis_server, "job")


def take(client: Any, prefix: str, job: str, now_ms: int = NOW_MS) -> str:
    document = {"job": job, "host": "shop-1", "pid": 7, "checkpoints": "/data/checkpoints", "seen": now_ms}
    return str(client.eval(TAKE, 1, f"{prefix}{OWNER}", job, json.dumps(document, separators=(",", ":")), now_ms))


def owner(client: Any, prefix: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(client.get(f"{prefix}{OWNER}"))
    return document


def test_the_first_job_has_the_prefix_and_keeps_it(redis_client: Any, stream_prefix: str) -> None:
    assert take(redis_client, stream_prefix, "one") == ""
    assert take(redis_client, stream_prefix, "two", NOW_MS + 3000) == "a job on shop-1 (checkpoints /data/checkpoints) seen 3 s ago"
    assert take(redis_client, stream_prefix, "one", NOW_MS + 5000) == ""
    assert owner(redis_client, stream_prefix)["seen"] == NOW_MS + 5000
    assert 0 < redis_client.pttl(f"{stream_prefix}{OWNER}") <= EXPIRY_S * 1000


def test_another_job_is_refused_before_it_starts(redis_client: Any, redis_url: str, stream_prefix: str) -> None:
    refuse_owned(redis_url, stream_prefix, "two", NOW_MS)
    take(redis_client, stream_prefix, "one")
    refuse_owned(redis_url, stream_prefix, "one", NOW_MS)
    with pytest.raises(SettingError, match=rf"redis.prefix {stream_prefix} belongs to a job on shop-1 .* seen 3 s ago: stop it, or"):
        refuse_owned(redis_url, stream_prefix, "two", NOW_MS + 3000)


def test_only_its_own_job_gives_a_prefix_up(redis_client: Any, redis_url: str, stream_prefix: str) -> None:
    take(redis_client, stream_prefix, "one")
    give_up(redis_url, stream_prefix, "two")
    assert owner(redis_client, stream_prefix)["job"] == "one"
    give_up(redis_url, stream_prefix, "one")
    assert take(redis_client, stream_prefix, "two") == ""


@pytest.mark.parametrize("held", ["", "rubbish", "[1]", "{}"])
def test_what_is_no_owner_holds_no_prefix(redis_client: Any, redis_url: str, stream_prefix: str, held: str) -> None:
    redis_client.set(f"{stream_prefix}{OWNER}", held)
    refuse_owned(redis_url, stream_prefix, "one", NOW_MS)
    assert take(redis_client, stream_prefix, "one") == ""
    assert owner(redis_client, stream_prefix)["job"] == "one"


def test_a_server_that_is_away_refuses_nobody() -> None:
    refuse_owned("redis://127.0.0.1:1/0", "p:", "one", NOW_MS)
