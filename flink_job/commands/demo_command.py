"""`ringwatch demo`"""

from __future__ import annotations

import argparse
from pathlib import Path

EXAMPLE = "ringwatch demo --events 20000 --seed 5"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--events", type=int, default=40_000, help="events to simulate (default %(default)s)")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--forever", action="store_true", help="go on with fresh traffic until interrupted")
    parser.add_argument("--folder", type=Path, default=Path("run/demo"), help="working folder, emptied first (default %(default)s)")


def run(args: argparse.Namespace) -> int:
    from rich.console import Console

    from flink_job.commands.demo import Demo
    from flink_job.commands.options import settings_of

    Demo(settings_of(args), args.events, args.seed, args.folder, args.forever, Console()).run()
    return 0
