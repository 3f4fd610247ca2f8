"""Scoring over a real Redis with a job that is made up: it decides what it is told to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import redis.asyncio

from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from domain.json_text import as_json
from domain.times import now_ms
from ops.scoring.events_read import EventReader
from ops.scoring.publishing import LabelSettings, Publishing
from ops.scoring.redis_gate import RedisGate
from ops.scoring.redis_watch import FROM_START, RedisWatch
from ops.scoring.scoring import Scoring
from ops.scoring.settings import ScoreSettings
from ops.scoring.store_lookup import FindDecided, StoreLookup
from tests.support.redis_users import who_may_all

GRAPH = GraphSettings()
NAMES = Pseudonyms(b"key of the tests of scoring")
READER = EventReader(EventParser(GRAPH, NAMES))


def event(event_id: str = "e1", account: str = "anna", **changes: Any) -> dict[str, Any]:
    """An event of now."""
    return {"event_id": event_id, "event_type": "login", "event_time": now_ms(), "account_id": account, **changes}


def body(*args: Any, **changes: Any) -> bytes:
    return json.dumps(event(*args, **changes)).encode()


def decision(line: bytes, outcome: str = "approve", **changes: Any) -> dict[str, Any]:
    """The fields of the job's entry for an event."""
    read = READER.event(line)
    document = {
        "event_id": read.event.event_id, "event_time": read.event.time_ms, "event_type": read.event_type, "decision": outcome,
        "score": 0.25, "reasons": [], "ring": None, "entities": {"account": read.key[0]}, "decided_at": now_ms(), **changes,
    }  # fmt: skip
    return {"id": read.event.event_id, "account": read.key[0], "decision": outcome, "time": "1", "json": as_json(document)}


class MadeUpJob:
    """Reader of the events, which answers each by `decide` until it is told to rest.

    It is not the service, and has all rights.
    """

    def __init__(self, url: str, prefix: str) -> None:
        self.client: Any = redis.asyncio.Redis.from_url(who_may_all(url))
        self._prefix = prefix
        self.decide: Callable[[bytes], dict[str, Any] | None] = decision
        self.lines = list[bytes]()
        """All that it has read."""
        self.awake = asyncio.Event()
        self.awake.set()

    async def run(self) -> None:
        last = "0"
        while True:
            await self.awake.wait()
            for _, entries in await self.client.xread({f"{self._prefix}events": last}, block=20) or ():
                last = entries[-1][0]
                for _, fields in entries:
                    self.lines.append(fields[b"json"])
                    if (made := self.decide(fields[b"json"])) is not None:
                        await self.client.xadd(f"{self._prefix}decisions", made)


def scoring_on(
    url: str,
    prefix: str,
    find: FindDecided | None = None,
    most_unread: int = 1000,
    replicas: int = 0,
    reader: EventReader = READER,
    **settings: Any,
) -> Scoring:
    """One instance, not begun."""
    gate = RedisGate(url, prefix, 60, most_unread, replicas, timeout_s=0.5)
    publishing = Publishing(reader, gate, lambda _: f"{prefix}events", gate, LabelSettings(lambda _: f"{prefix}labels"))
    chosen = ScoreSettings(**{"deadline_ms": 2000, **settings})
    scoring = Scoring(chosen, GRAPH, reader, gate, lambda _: f"{prefix}events", publishing, StoreLookup(find) if find else None)

    def take(fields: Any) -> None:
        scoring.take_decision(fields[b"account"].decode(), fields[b"id"].decode(), fields[b"json"])

    streams = {f"{prefix}decisions": (FROM_START, take), f"{prefix}control": (FROM_START, scoring.auto_block.take_record)}
    scoring.runs([RedisWatch(url, prefix, streams, timeout_s=0.5)])
    return scoring


@asynccontextmanager
async def running(*instances: Scoring, job: MadeUpJob | None = None) -> AsyncIterator[None]:
    """Instances and a job that run, and end."""
    task = asyncio.create_task(job.run()) if job else None
    for one in instances:
        await one.start()
    try:
        yield
    finally:
        for one in instances:
            await one.stop(0.2)
        if task and job:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await job.client.aclose()
