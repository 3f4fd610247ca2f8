"""`ringwatch bridge`"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING

from domain.errors import SettingError
from domain.wording import counted
from flink_job.commands.gentle_stop import GentleStop, StoppedError

if TYPE_CHECKING:
    from flink_job.commands.live_line import LiveLine
    from ops.feeds.meter import Meter

EXAMPLE = "ringwatch bridge kinesis://eu-west-1/orders --to redis:events --from latest"
_SHOWN_EVERY_S = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("source", metavar="FROM", help="kinesis://REGION/STREAM, or redis:NAME for a stream that the job writes, such as redis:decisions")
    add(
        "--to",
        required=True,
        metavar="URL",
        help="where to: redis:NAME[?partitions=N] or kafka://BROKER/TOPIC from Kinesis, kinesis://REGION/STREAM from redis:NAME",
    )
    add(
        "--from",
        dest="start",
        default="latest",
        metavar="WHEN",
        help="where a bridge that has no checkpoints begins: latest (default), earliest, or of kinesis:// a time such as"
        " 2026-01-31T12:00Z; one that has them goes on after them",
    )
    add(
        "--name",
        default="",
        metavar="NAME",
        help="checkpoints of its own: instances of one name share the shards, another name reads all anew (default: one for each"
        " FROM and --to)",
    )
    add("--no-follow", dest="follow", action="store_false", help="end when all that is there was sent")
    add("--poll-ms", type=int, default=250, metavar="MS", help="between two calls to a shard that had nothing more (default: 250)")
    add(
        "--lease-s",
        type=float,
        default=10.0,
        metavar="S",
        help="seconds without a sign of life after which another instance takes over (default: 10)",
    )
    add("--metrics-port", type=int, metavar="PORT", help="serve metrics for Prometheus at http://127.0.0.1:PORT/metrics")


def run(args: argparse.Namespace) -> int:
    from rich.console import Console

    from flink_job.commands.bridge_ways import way_of
    from flink_job.commands.live_line import LiveLine
    from flink_job.commands.options import settings_of
    from ops.feeds.meter import Meter

    _check(args)
    settings, meter = settings_of(args), Meter()
    with GentleStop() as stop, LiveLine(Console(stderr=True, highlight=False)) as line, _metrics(args.metrics_port, meter):
        way = way_of(args, settings, meter, stop)
        with suppress(StoppedError):
            way(_Progress(args.source, meter, line))
    if stop.by is not None and not args.follow:
        raise stop.by("interrupted: started again it goes on after its checkpoints")
    print(f"{meter.records:,} records with {meter.events:,} events were sent to {args.to}", file=sys.stderr)
    return 0


def _check(args: argparse.Namespace) -> None:
    if not 50 <= args.poll_ms <= 60_000:
        raise SettingError(f"--poll-ms is {args.poll_ms}; give 50 to 60000 ms: a shard answers five calls a second, of all that read it")
    if not 0.5 <= args.lease_s <= 600:
        raise SettingError(f"--lease-s is {args.lease_s:g}; give 0.5 to 600 seconds")


def _metrics(port: int | None, meter: Meter) -> AbstractContextManager[None]:
    """Return the context in which metrics are served, where a port is given."""
    if port is None:
        return nullcontext()
    try:
        from flink_job.commands.metrics_port import served
        from ops.feeds.bridge_metrics import BridgeMetrics
    except ImportError:
        raise SettingError("--metrics-port needs prometheus-client: pip install '.[aws]' in the folder of ringwatch") from None
    return served(BridgeMetrics(meter), port)


class _Progress:
    """The line at the foot of the terminal."""

    def __init__(self, source: str, meter: Meter, line: LiveLine) -> None:
        self._source, self._meter, self._line, self._shown = source, meter, line, 0.0

    def __call__(self) -> None:
        now = time.monotonic()
        if now - self._shown >= _SHOWN_EVERY_S:
            self._shown = now
            self._line.show(f"{self._source}: {_said(self._meter)}", f"{self._meter.waits_for} {self._meter.shards} {self._meter.others}")


def _said(meter: Meter) -> str:
    """Return in words how a bridge does."""
    if not meter.shards and meter.others:
        return f"waits, others read {counted(meter.others, 'shard')}"
    parts = [f"{meter.records:,} records, {meter.rate:,.0f} a second"]
    parts += [f"{meter.lag_ms:,} ms behind"] if meter.behind_ms else []
    parts += [f"{counted(meter.shards, 'shard')} here, {meter.others:,} elsewhere"] if meter.shards + meter.others > 1 else []
    parts += [f"refused {counted(meter.throttled, 'time')} by a limit"] if meter.throttled else []
    parts += [f"waits for {meter.waits_for}"] if meter.waits_for else []
    return ", ".join(parts)
