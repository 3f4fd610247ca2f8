"""`ringwatch publish`"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from domain.errors import SettingError
from flink_job.commands.command_files import CommandFiles
from flink_job.commands.gentle_stop import GentleStop, StoppedError

if TYPE_CHECKING:
    from flink_job.commands.live_line import LiveLine
    from flink_job.commands.publish_feed import Feed

EXAMPLE = "ringwatch publish events.jsonl --to redis:events --rate 300 --labels-to redis:labels"
FILES = CommandFiles(inputs=("inputs",))
_SHOWN_EVERY_S = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("inputs", type=Path, nargs="+", metavar="FILE", help="files of lines, packed or not, or their folder")
    add("--to", required=True, metavar="URL", help="redis:NAME[?partitions=N] (a stream of redis.url) or kafka://BROKER/TOPIC")
    add("--rate", type=float, metavar="R", help="lines a second (default: as fast as they are taken)")
    add("--labels-to", metavar="URL", help="send the labels among the lines there, as job.labels may ask for")
    add("--from-line", type=int, default=1, metavar="N", help="begin with this line, counted from 1 over all files")
    add("--sign", metavar="NAME", help="sign labels and control records with this key, see ringwatch sign")


def run(args: argparse.Namespace) -> int:
    from rich.console import Console

    from domain.paths import event_files
    from flink_job.commands.live_line import LiveLine

    _check(args)
    files = event_files(args.inputs, "FILE")
    with GentleStop() as stop:
        feed = _feed(args, stop)
        with LiveLine(Console(stderr=True, highlight=False)) as line:
            progress = _Progress(line, feed, args.from_line - 1)
            try:
                feed.run(files, args.from_line, progress, lambda: stop.by is not None)
            except (Exception, StoppedError) as error:
                if stop.by is None:
                    raise _with_line(error, progress.done) from error
            finally:
                feed.close()
    if stop.by is not None:
        raise stop.by(f"interrupted after line {progress.done:,}: go on with --from-line {progress.done + 1}")
    print(_said(args, progress), file=sys.stderr)
    return 0


def _said(args: argparse.Namespace, progress: _Progress) -> str:
    """Return how many lines went where, or why none did."""
    if not progress.sent:
        why = f"there are none from line {args.from_line:,} on" if args.from_line > 1 else "FILE has none"
        return f"no lines were sent: {why}"
    events, labels = progress.sent - progress.labels, f" and {progress.labels:,} in {args.labels_to}" if args.labels_to else ""
    return f"{events:,} lines are in {args.to}{labels}, {progress.rate:,.0f} a second"


def _check(args: argparse.Namespace) -> None:
    if args.rate is not None and not 0 < args.rate < float("inf"):
        raise SettingError(f"--rate is {args.rate:g}; give lines a second, more than 0, or leave it out for as fast as it goes")
    if args.from_line < 1:
        raise SettingError("--from-line counts from 1")
    if args.labels_to is not None and args.labels_to.partition("?")[0] == args.to.partition("?")[0]:
        raise SettingError("--labels-to names the stream of --to: leave it out, or name another")


def _feed(args: argparse.Namespace, stop: GentleStop) -> Feed:
    from flink_job.commands.options import settings_of
    from flink_job.commands.publish_feed import Feed
    from flink_job.commands.publish_targets import target_of
    from ops.secrets import control_keys

    settings = settings_of(args)
    hard = settings.redis.hard_max_length or 10 * settings.redis.max_length
    keys = control_keys([args.sign]) if args.sign else None
    labels_to = target_of(args.labels_to, "--labels-to", settings, stop.check) if args.labels_to else None
    return Feed(target_of(args.to, "--to", settings, stop.check), labels_to, args.rate, hard, keys, args.sign or "")


def _with_line(error: BaseException, done: int) -> BaseException:
    """Return the error with how to go on, where lines were sent before it."""
    if not done:
        return error
    return type(error)(f"{str(error).rstrip('.')}; lines up to {done:,} are there: go on with --from-line {done + 1}")


class _Progress:
    """The line at the foot of the terminal: how many lines, how fast, how far the job is behind."""

    def __init__(self, line: LiveLine, feed: Feed, done: int) -> None:
        self._line, self._feed = line, feed
        self._began, self._shown = time.monotonic(), 0.0
        self.done, self.sent, self.labels = done, 0, 0

    @property
    def rate(self) -> float:
        return self.sent / max(1e-3, time.monotonic() - self._began)

    def __call__(self, number: int, sent: int, labels: int) -> None:
        self.done, self.sent, self.labels, now = number, sent, labels, time.monotonic()
        if now - self._shown < _SHOWN_EVERY_S:
            return
        self._shown, lag = now, self._feed.to.lag()
        behind = "" if lag is None else f", the job has still to read up to {lag:,}"
        self._line.show(f"published {sent:,} lines, {self.rate:,.0f} a second{behind}", "published")
