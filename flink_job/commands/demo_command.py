"""`ringwatch demo`"""

from __future__ import annotations

import argparse
from pathlib import Path

from domain.errors import SettingError
from flink_job.commands.command_files import CommandFiles

EXAMPLE = "ringwatch demo --events 20000 --seed 5"
FILES = CommandFiles(outputs=("picture",), folders=("folder",))
EVENTS, EVENTS_A_MONTH = 40_000, 100_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    events = f"events to simulate (default {EVENTS:,}); with --forever, events of 30 days (default {EVENTS_A_MONTH:,})"
    parser.add_argument("--events", type=int, metavar="N", help=events)
    parser.add_argument("--seed", type=int, metavar="N", default=42, help="another seed is another shop (default %(default)s)")
    forever = "go on until Ctrl-C: first read some weeks of history, then about 20 events a second of the weeks up to today"
    parser.add_argument("--forever", action="store_true", help=forever)
    folder = "working folder: a new one, or an earlier demo's, whose files are removed first (default %(default)s)"
    parser.add_argument("--folder", type=Path, metavar="DIR", default=Path("run/demo"), help=folder)
    source = "where events go and decisions come from: streams of Redis (default), or files in the working folder"
    parser.add_argument("--source", choices=["redis:", "file:"], default="redis:", help=source)
    parser.add_argument("--picture", type=Path, metavar="FILE", help="at the end, draw the screen at work as an SVG file")


def run(args: argparse.Namespace) -> int:
    usual = EVENTS_A_MONTH if args.forever else EVENTS
    events = usual if args.events is None else args.events
    if events < 1:
        raise SettingError(f"--events is {events}; give 1 or more")

    from flink_job.commands.demo.demo import Demo, DemoPlan
    from flink_job.commands.options import settings_of
    from flink_job.commands.pipe_console import PipeConsole, ReaderGoneError

    plan = DemoPlan(events, args.seed, args.folder, args.forever, args.picture, args.source == "file:")
    try:
        Demo(settings_of(args), plan, PipeConsole()).run()
    except ReaderGoneError:
        return 0
    return 0
