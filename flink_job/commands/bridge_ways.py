"""The two ways of `ringwatch bridge`: from Kinesis into a stream of the job, and from one of its streams to
Kinesis.
"""

from __future__ import annotations

import argparse
import os
import socket
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from domain.errors import SettingError
from domain.times import moment_ms
from flink_job.commands.gentle_stop import GentleStop
from flink_job.commands.publish_targets import target_of
from flink_job.settings.kafka_url import is_kafka, kafka_topic
from flink_job.settings.redis_url import is_redis, redis_stream
from ops.feeds.bridge_state import BridgeState
from ops.feeds.group_reader import GroupReader
from ops.feeds.intake import MOST_CALLS, Intake
from ops.feeds.kinesis import Kinesis
from ops.feeds.kinesis_url import is_kinesis, kinesis_stream
from ops.feeds.outlet import Outlet
from ops.feeds.plan import EARLIEST, Plan
from ops.feeds.put_requests import MOST_RECORDS
from ops.feeds.shard_share import ShardShare
from ops.redis.connection import connect
from ops.secrets import redis_url

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings
    from ops.feeds.meter import Meter

LATEST = "latest"
_TIMEOUT_S = 10.0
Way = Callable[[Callable[[], None]], None]
"""Runs a bridge; it takes what shows progress."""


def way_of(args: argparse.Namespace, settings: Settings, meter: Meter, stop: GentleStop) -> Way:
    """Return the bridge that the arguments name; raise `SettingError` for one that there is not."""
    if is_kinesis(args.source) and not is_kinesis(args.to):
        return _inward(args, settings, meter, stop)
    if is_redis(args.source) and is_kinesis(args.to):
        return _outward(args, settings, meter, stop)
    raise SettingError(
        f"a bridge from {args.source!r} to {args.to!r} is not there: it leads from kinesis://REGION/STREAM to redis:NAME or "
        "kafka://BROKER/TOPIC, or from redis:NAME to kinesis://REGION/STREAM"
    )


def _inward(args: argparse.Namespace, settings: Settings, meter: Meter, stop: GentleStop) -> Way:
    stream, start = kinesis_stream(args.source, "FROM"), _moment(args.start)
    kinesis = Kinesis(stream, "FROM", MOST_CALLS)
    target = target_of(args.to, "--to", settings, stop.check)
    state = _state(args, settings, f"{stream}>{_short(args.to)}", stop)
    hard = settings.redis.hard_max_length or 10 * settings.redis.max_length
    plan = Plan(start, args.follow, args.poll_ms / 1000, hard)
    intake = Intake(kinesis, state, ShardShare(kinesis, state, args.lease_s), target, plan, meter)

    def run(tell: Callable[[], None]) -> None:
        try:
            intake.run(lambda: stop.by is not None, tell)
        finally:
            target.close()

    return run


def _outward(args: argparse.Namespace, settings: Settings, meter: Meter, stop: GentleStop) -> Way:
    source, stream = redis_stream(args.source, "FROM"), kinesis_stream(args.to, "--to")
    if source.partitions > 1:
        raise SettingError("FROM: a stream that the job writes has no partitions: write redis:NAME")
    starts: dict[str, Literal["$", "0"]] = {EARLIEST: "0", LATEST: "$"}
    if args.start not in starts:
        raise SettingError(f"--from {args.start}: a stream of Redis is read from earliest or from latest")
    name = f"redis:{source.name}>{stream}"
    url, group = redis_url(settings.redis.url), f"bridge:{name}{args.name and ':'}{args.name}"
    reader = partial(GroupReader, url, settings.redis.prefix, source.name, group, starts[args.start], MOST_RECORDS, stop.check)
    outlet = Outlet(reader, Kinesis(stream, "--to"), _state(args, settings, name, stop), meter, args.lease_s)
    return lambda tell: outlet.run(lambda: stop.by is not None, stop.check, tell, args.follow)


def _state(args: argparse.Namespace, settings: Settings, name: str, stop: GentleStop) -> BridgeState:
    instance = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}".replace(" ", "_")
    client = connect(redis_url(settings.redis.url), settings.redis.prefix, _TIMEOUT_S)
    return BridgeState(client, settings.redis.prefix, f"{name}{args.name and ':'}{args.name}", instance, args.lease_s, stop.check)


def _short(url: str) -> str:
    """Return a target without what may change while its lines stay where they are: brokers and partitions."""
    return f"kafka:{kafka_topic(url, '--to').name}" if is_kafka(url) else url.partition("?")[0]


def _moment(text: str) -> str:
    """Return where to begin, as a plan has it."""
    if text in (EARLIEST, LATEST):
        return EARLIEST if text == EARLIEST else ""
    try:
        return str(moment_ms(text))
    except ValueError:
        raise SettingError(f"--from {text!r} is no time; write earliest, latest, or a time such as 2026-01-31T12:00Z") from None
