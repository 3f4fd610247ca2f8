"""What the job and its readers do with the streams, for tests of servers that move."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ops.llm.budget import LlmBudget
from ops.llm.settings import LlmSettings
from ops.llm.summary_cache import SummaryCache
from ops.redis.connection import connect_async
from ops.redis.consumer import StreamConsumer
from ops.redis.permissions import acl_rule
from ops.redis.stream_documents import stream_documents
from ops.redis.watch import RedisWatch
from ops.redis.writer import RedisStreamWriter, StreamEntry
from ops.terminal.group_status import stream_status
from tests.support.incident_samples import alert, incident_of
from tests.support.summary_samples import read_draft

STREAMS = ("alerts", "incidents", "rejected")
PATIENCE_S = 40.0


def entry(name: str) -> StreamEntry:
    return StreamEntry(name, "order", "high", 1, json.dumps({"name": name}))


def write(url: str, prefix: str, names: list[str], stream: str = "alerts") -> RedisStreamWriter:
    writer = RedisStreamWriter(url, prefix, 100_000, 60)
    for name in names:
        writer.write(stream, entry(name))
    writer.close()
    return writer


def read(url: str, prefix: str) -> list[str]:
    """What a new member of a group reads of all streams, at once."""
    member = StreamConsumer(url, prefix, STREAMS, "team", "one", "0", batch=10_000)
    found = [one.fields["id"] for one in member.poll()]
    member.close()
    return found


async def remember(url: str, prefix: str) -> None:
    """Book a call to a model, and keep its summary."""
    async with connect_async(url, prefix, 2.0, 2) as client:
        booking = await LlmBudget(client, prefix, LlmSettings()).book(100, 50)
        await LlmBudget(client, prefix, LlmSettings()).settle(booking, 10, 5)
        cache, incident = SummaryCache(client, prefix, LlmSettings()), incident_of([alert(1)])
        draft = read_draft(incident)
        await cache.put(incident, draft)
        kept = await cache.get(incident)
        assert kept and kept.pattern == draft.pattern


def all_of_it_works(url: str, prefix: str) -> None:
    """The job's writes, once each, its summaries, and everything that reads."""
    assert write(url, prefix, ["a", "b", "a"]).repeated == 1
    write(url, prefix, ["c"], "incidents")
    assert sorted(read(url, prefix)) == ["a", "b", "c"]
    assert [stream.entries for stream in stream_status(url, prefix, STREAMS)] == [2, 1, 0]
    assert [document["name"] for document in stream_documents(url, prefix, "alerts")] == ["a", "b"]
    assert RedisWatch(url, prefix).away() == ""
    asyncio.run(remember(url, prefix))


def may(client: Any, *commands: str) -> None:
    client.execute_command(*acl_rule("job", "", commands).replace("PASSWORD", "pa55").split(" "))


def while_written(url: str, prefix: str, change: Callable[[], None], replicas: int = 0) -> tuple[RedisStreamWriter, list[str]]:
    """Write entries from before the change to well after it; return the writer and all names, in order."""
    names: list[str] = []
    ends = time.monotonic() + PATIENCE_S

    def on_wait() -> None:
        assert time.monotonic() < ends, "it never found the server again"

    writer = RedisStreamWriter(url, prefix, 1_000_000, 600, timeout_s=2.0, on_wait=on_wait, replicas=replicas)
    with ThreadPoolExecutor(1) as pool:
        changing = pool.submit(lambda: None)
        while len(names) < 200 or not changing.done() or len(names) % 200:
            names.append(f"e{len(names)}")
            writer.write("alerts", entry(names[-1]))
            if len(names) == 100:
                changing = pool.submit(change)
        changing.result()
    writer.close()
    return writer, names
