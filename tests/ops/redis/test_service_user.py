"""A Redis user with the rights that docs/service.md gives the service: all works, and it cannot pass for the
job.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from ops.llm.examples_hand_over import HandOver
from ops.redis.embedded import EmbeddedRedis
from ops.redis.foreign_writes import writable
from ops.redis.newest_entries import newest_entries
from ops.redis.permissions import SERVICE, SERVICE_GROUPS, service_rule
from ops.redis.placed_reader import START, StreamReader
from ops.redis.publisher import Publisher
from ops.redis.stream_documents import stream_documents
from ops.scoring.redis_gate import RedisGate
from ops.scoring.redis_watch import RedisWatch
from ops.scoring.sending import SENT, Sending
from ops.terminal.group_status import stream_status
from tests import ROOT
from tests.support.redis_users import narrow_url

PREFIX = "shop:"
OF_THE_JOB = ("alerts", "incidents", "control_applied", "rejected", "decisions", "health")
SERVICE_PAGE = ROOT / "docs" / "service.md"


@pytest.fixture
def server() -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis() as server:
        yield server


async def _send_and_hear(url: str, within_s: float) -> None:
    """Send an event as `POST /v1/score` does, and read a stream of the job."""
    said, heard = asyncio.Event(), list[Any]()
    gate, watch = RedisGate(url, PREFIX, 60, 1000), RedisWatch(url, PREFIX, {f"{PREFIX}decisions": (START, heard.append)})

    def tell(outcome: str, _: str) -> None:
        assert outcome == SENT
        said.set()

    await gate.start()
    await watch.start()
    try:
        gate.send(Sending(f"{PREFIX}events", "c-1:e1", "digest", b"{}", tell))
        async with asyncio.timeout(within_s):
            await said.wait()
            while not heard:
                await asyncio.sleep(0.01)
    finally:
        await gate.stop(0)
        await watch.stop()


def all_of_it(server: EmbeddedRedis, url: str, within_s: float = 20.0) -> None:
    with redis.Redis.from_url(server.url) as admin:
        for stream in OF_THE_JOB:
            admin.xadd(PREFIX + stream, {"json": "{}"})
    asyncio.run(_send_and_hear(url, within_s))
    reader = StreamReader(url, PREFIX, 10, 0.01)
    for stream in OF_THE_JOB[:5]:
        assert reader.begin(stream, START) == START
        [entry] = reader.read({stream: START})[stream]
        reader.note(stream, entry.entry_id, 1)
        assert reader.first_after({stream: START})
    with redis.Redis.from_url(server.url, decode_responses=True) as admin:
        assert {group["lag"] for stream in OF_THE_JOB[:5] for group in admin.xinfo_groups(PREFIX + stream)} == {0}
    reader.close()
    publisher = Publisher(url, PREFIX, [f"{PREFIX}control"])
    publisher.send([b"{}"])
    publisher.close()
    assert newest_entries(url, PREFIX, ["health"], 9) and list(stream_documents(url, PREFIX, "control_applied"))
    assert stream_status(url, PREFIX, ["events"])[0].entries == 1
    with redis.Redis.from_url(url) as client:
        client.ping()
        assert HandOver(client, PREFIX, lambda: "examples").step()
        assert HandOver(client, PREFIX, lambda: None).step()


def test_the_documented_rights_are_enough_and_write_no_stream_of_the_job(server: EmbeddedRedis) -> None:
    url = narrow_url(server, service_rule("service", PREFIX))
    all_of_it(server, url)
    assert writable(url, PREFIX, (*OF_THE_JOB, "events", "labels", "control")) == ["events", "labels", "control"]
    with redis.Redis.from_url(url) as client, pytest.raises(redis.exceptions.NoPermissionError):
        client.xdel(f"{PREFIX}incidents", "1-0")


@pytest.mark.parametrize(
    "command",
    # what is left out is for rare ways: a script that is new to the server, a write that is refused, a lag
    [one for one in (*SERVICE, *SERVICE_GROUPS) if one not in ("eval", "expire", "hdel", "hgetall", "xdel")],
)
def test_each_documented_right_is_needed(server: EmbeddedRedis, command: str) -> None:
    url = narrow_url(server, service_rule("service", PREFIX).replace(f"+{command} ", "").replace(f" +{command})", ")"))
    with pytest.raises(Exception):  # noqa: B017 - how it shows depends on the command
        all_of_it(server, url, within_s=1.0)


def test_a_look_at_what_may_be_written_writes_nothing(server: EmbeddedRedis) -> None:
    assert writable(server.url, PREFIX, OF_THE_JOB) == list(OF_THE_JOB)
    with redis.Redis.from_url(server.url) as admin:
        assert admin.keys("*") == []
    assert writable("redis://127.0.0.1:1/0", PREFIX, OF_THE_JOB) == []


def test_the_documentation_shows_these_rights() -> None:
    text = " ".join(SERVICE_PAGE.read_text(encoding="utf-8").replace("\\\n", " ").split())
    assert service_rule("service", "ringwatch:") in text
