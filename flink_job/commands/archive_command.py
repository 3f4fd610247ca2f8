"""`ringwatch archive`"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

from flink_job.commands.gentle_stop import GentleStop

if TYPE_CHECKING:
    from flink_job.commands.live_line import LiveLine
    from ops.lake.archiver import Archiver
    from ops.lake.meter import Meter

EXAMPLE = "ringwatch archive --set lake.url=run/lake"
_SHOWN_EVERY_S = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lake", metavar="URL", help="folder of the lake, or s3://BUCKET/PREFIX (default: lake.url)")
    parser.add_argument(
        "--metrics-port", type=int, metavar="PORT", help="serve metrics at http://127.0.0.1:PORT/metrics (default: lake.metrics_port)"
    )
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--maintain", action="store_true", help="maintain the tables once and end: old days leave, small files become large ones"
    )
    instead.add_argument("--erase", metavar="account:ID", help="erase an account from the lake and end; its id, or its pseudonym")
    parser.add_argument("--no-follow", dest="follow", action="store_false", help="end when all that is there now is archived")


def run(args: argparse.Namespace) -> int:
    from rich.console import Console

    from flink_job.commands.lake_upkeep import erased, maintained
    from flink_job.commands.lake_ways import archiver_of, lake_metrics, left_out
    from flink_job.commands.live_line import LiveLine
    from flink_job.commands.options import settings_of
    from ops.lake.meter import Meter
    from ops.secrets import require_pseudonym_key

    settings, meter = settings_of(args, lake__url=args.lake, lake__metrics_port=args.metrics_port), Meter()
    if not args.maintain:
        require_pseudonym_key()
    if args.maintain or args.erase:
        for said in maintained(settings) if args.maintain else erased(settings, args.erase):
            print(said, file=sys.stderr)
        return 0
    archiver = archiver_of(settings, meter)
    if names := left_out(settings):
        print(f"not archived, as no stream of Redis or Kafka has it: {', '.join(names)}", file=sys.stderr)
    with LiveLine(Console(stderr=True, highlight=False)) as line, lake_metrics(settings, meter):
        _archive(archiver, args.follow, _Progress(meter, line))
    rows = ", ".join(f"{count:,} of {table}" for table, count in sorted(meter.rows.items()) if count)
    print(f"archived {rows or 'nothing: no stream had anything new'}", file=sys.stderr)
    return 0


def _archive(archiver: Archiver, follow: bool, tell: _Progress) -> None:
    """Archive until all is done, or until a signal, which lets a commit end that has begun."""
    with GentleStop() as stop:

        def look() -> None:
            tell()
            if stop.by is not None:
                archiver.stop()

        if follow:
            archiver.run(look)
        else:
            archiver.run_once(look)


class _Progress:
    """The line at the foot of the terminal."""

    def __init__(self, meter: Meter, line: LiveLine) -> None:
        self._meter, self._line, self._shown = meter, line, 0.0

    def __call__(self) -> None:
        now = time.monotonic()
        if now - self._shown >= _SHOWN_EVERY_S:
            self._shown, meter = now, self._meter
            waits = f"; {', '.join(meter.waits_for)} wait: {next(iter(meter.waits_for.values()))}" if meter.waits_for else ""
            self._line.show(f"{sum(meter.rows.values()):,} rows in {sum(meter.commits.values()):,} commits{waits}", str(meter.waits_for))
