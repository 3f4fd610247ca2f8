"""A Redis user with the documented commands and no other: all works; with one command less, something does
not.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import redis.asyncio

from domain.summaries.template_writer import template_summary
from ops.llm.budget import LlmBudget
from ops.llm.settings import LlmSettings
from ops.llm.summary_cache import SummaryCache
from ops.redis.connection import RedisReadError
from ops.redis.consumer import StreamConsumer
from ops.redis.embedded import EmbeddedRedis
from ops.redis.foreign_writes import writable
from ops.redis.permissions import (
    CHECK,
    CLUSTER,
    DECISIONS,
    OF_THE_JOB,
    READ,
    READ_GROUPS,
    REPLICAS,
    SENTINEL,
    SOURCES,
    SUMMARIES,
    WISHED,
    WISHED_OF_GROUPS,
    WISHED_OF_READERS,
    WRITE,
    acl_rule,
    archive_rule,
    reader_rule,
    service_rule,
)
from ops.redis.server_check import server_version
from ops.redis.stream_documents import stream_documents
from ops.redis.watch import RedisWatch
from ops.redis.writer import TRIM_EVERY, RedisStreamWriter, StreamEntry
from ops.terminal.group_status import stream_status
from tests.support.incident_samples import alert, incident_of
from tests.support.redis_users import narrow_url
from tests.support.summary_samples import draft_of

PREFIX, PASSWORD = "shop:", "pa55"
USES = {"check": CHECK, "write": WRITE, "summaries": SUMMARIES, "read": (*READ, *READ_GROUPS)}
OPERATE = Path(__file__).parents[3] / "docs" / "operate.md"


@pytest.fixture
def server() -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis() as server:
        yield server


def user_url(server: EmbeddedRedis, *commands: str) -> str:
    """The address with a user who may run these commands on our keys, and nothing else."""
    with redis.Redis.from_url(server.url) as admin:
        admin.execute_command(*acl_rule("ringwatch", PREFIX, commands).replace("PASSWORD", PASSWORD).split(" "))
    return server.url.replace("//", f"//ringwatch:{PASSWORD}@")


def check(server: EmbeddedRedis, url: str) -> None:
    assert "version unknown" in server_version(url, PREFIX)
    assert RedisWatch(url, PREFIX).away() == ""


def write(server: EmbeddedRedis, url: str) -> None:
    """Each stream, with a group that has read and one that has not, so that trimming asks for all it may ask
    for.
    """
    writer = RedisStreamWriter(url, PREFIX, 10, 60, timeout_s=1.0)
    with redis.Redis.from_url(server.url) as admin:
        for stream in ("alerts", "incidents", "rejected"):
            assert writer.write(stream, StreamEntry("first", "order", "high", 1, "{}"))
            admin.xgroup_create(f"{PREFIX}{stream}", "g", id="0")
            admin.xreadgroup("g", "m", {f"{PREFIX}{stream}": ">"}, count=1)
            for number in range(2 * TRIM_EVERY):
                assert writer.write(stream, StreamEntry(f"e{number}", "order", "high", 1, "{}"))
            assert not writer.write(stream, StreamEntry("first", "order", "high", 1, "{}"))
    writer.close()


def read(server: EmbeddedRedis, url: str) -> None:
    """A member of a group reads, takes over what another left, buries what nobody can handle, and goes."""
    key = f"{PREFIX}alerts"
    with redis.Redis.from_url(server.url, decode_responses=True) as admin:
        admin.xadd(key, {"json": '{"a": 1}'})
        admin.xgroup_create(key, "team", id="0")
        admin.xreadgroup("team", "gone", {key: ">"})
        for _ in range(3):
            admin.xclaim(key, "team", "gone", 0, [admin.xrange(key)[0][0]])
        with_group = StreamConsumer(url, PREFIX, ["alerts"], "team", "me", "$", claim_idle_s=0.001, max_deliveries=2)
        time.sleep(0.01)
        assert with_group.poll() == []
        assert admin.xlen(f"{PREFIX}dead") == 1
        admin.xadd(key, {"json": '{"a": 2}'})
        (entry,) = with_group.poll()
        with_group.ack(entry)
        with_group.leave()
        assert [member["name"] for member in admin.xinfo_consumers(key, "team")] == ["gone"]
        assert stream_status(url, PREFIX, ["alerts"])
        assert [document["a"] for document in stream_documents(url, PREFIX, "alerts")] == [1, 2]
        with_group.destroy_groups()
        assert admin.xinfo_groups(key) == []
        with_group.close()


def summaries(server: EmbeddedRedis, url: str) -> None:
    asyncio.run(_summaries(url))


async def _summaries(url: str) -> None:
    async with redis.asyncio.Redis.from_url(url, decode_responses=True) as client:
        budget = LlmBudget(client, PREFIX, LlmSettings())
        booking = await budget.book(100, 50)
        used = await budget.settle(booking, 10, 5)
        assert (used.input_tokens, used.output_tokens) == (10, 5)
        cache, incident = SummaryCache(client, PREFIX, LlmSettings()), incident_of([alert(1)])
        draft = draft_of(template_summary(incident).text)
        await cache.put(incident, draft)
        kept = await cache.get(incident)
        assert kept and kept.pattern == draft.pattern


@pytest.mark.parametrize("use", USES)
def test_the_documented_commands_are_enough(server: EmbeddedRedis, use: str) -> None:
    globals()[use](server, user_url(server, *USES[use]))


@pytest.mark.parametrize(
    ("use", "command"),
    # XDEL takes an entry back whose marker was refused: nobody with the other commands needs it
    [(use, command) for use, commands in USES.items() for command in commands if command != "xdel"],
)
def test_each_documented_command_is_needed(server: EmbeddedRedis, use: str, command: str) -> None:
    left = [other for other in USES[use] if other != command]
    with pytest.raises(Exception):  # noqa: B017 - how it shows depends on the command
        globals()[use](server, user_url(server, *left))


def test_who_reads_by_the_documented_rule_writes_no_stream_of_the_job(server: EmbeddedRedis) -> None:
    url = narrow_url(server, reader_rule("reader", PREFIX))
    read(server, url)
    assert writable(url, PREFIX, ("alerts", "incidents", "control_applied", "dead")) == ["dead"]
    with redis.Redis.from_url(url) as client:
        for stream in ("events", "labels", "control"):
            with pytest.raises(redis.exceptions.NoPermissionError):
                client.xrange(f"{PREFIX}{stream}")


@pytest.mark.parametrize("rule", [reader_rule("narrow", PREFIX), service_rule("narrow", PREFIX), archive_rule("narrow", PREFIX)])
def test_who_makes_groups_puts_nothing_in_the_place_of_a_key_of_the_job(server: EmbeddedRedis, rule: str) -> None:
    with redis.Redis.from_url(narrow_url(server, rule), decode_responses=True) as narrow:
        for key in ("seen:alerts:a1:e1", "owner", "fence:decisions", "llm:budget"):
            with pytest.raises(redis.exceptions.NoPermissionError):
                narrow.xgroup_create(f"{PREFIX}{key}", "g", id="0", mkstream=True)
        for stream in OF_THE_JOB:
            assert narrow.xgroup_create(f"{PREFIX}{stream}", "g", id="0", mkstream=True)


def test_with_info_check_says_the_version_and_sees_to_eviction(server: EmbeddedRedis) -> None:
    url = user_url(server, *CHECK, *WISHED)
    assert server_version(url, PREFIX).startswith(("Valkey ", "Redis "))
    with redis.Redis.from_url(server.url) as admin:
        admin.config_set("maxmemory-policy", "allkeys-lru")
    with pytest.raises(RedisReadError, match=r"may evict keys \(allkeys-lru\)"):
        server_version(url, PREFIX)


def test_a_user_who_may_not_even_ping_is_refused_with_the_mend(server: EmbeddedRedis) -> None:
    with pytest.raises(RedisReadError, match=r"give the user the permissions that docs/operate\.md lists"):
        server_version(user_url(server, "xlen"), PREFIX)


def test_the_documentation_shows_these_commands() -> None:
    text = " ".join(OPERATE.read_text(encoding="utf-8").replace("\\\n", " ").split())
    job = acl_rule("ringwatch", "ringwatch:", CHECK, WISHED, WISHED_OF_GROUPS, WRITE, SUMMARIES)
    for rule in (job, reader_rule("analyst", "ringwatch:", WISHED_OF_GROUPS, WISHED_OF_READERS)):
        assert rule in text
    beside = sorted(set(DECISIONS) - {command for need in (CHECK, WISHED, WISHED_OF_GROUPS, WRITE, SUMMARIES) for command in need})
    assert f"ACL SETUSER ringwatch {' '.join(f'+{command}' for command in beside)} " in text
    for command in (*CLUSTER, *SENTINEL, *REPLICAS, *SOURCES):
        assert f"`+{command}`" in text
