"""`ringwatch simulate`"""

from __future__ import annotations

import argparse
from pathlib import Path

from flink_job.commands.command_files import CommandFiles

EXAMPLE = "ringwatch simulate --events 100000 --seed 7 --out simulated"
FILES = CommandFiles(folders=("out",))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--events", type=int, default=100_000, help="events without labels (default %(default)s); labels come on top")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same bytes (default %(default)s)")
    parser.add_argument("--days", type=float, help="span of the traffic (default: follows from the number of events)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for events.jsonl and truth.parquet")


def run(args: argparse.Namespace) -> int:
    from gnn.history.simulated_files import write_simulation

    events, labels = write_simulation(args.events, args.seed, args.out, days=args.days)
    print(f"{events:,} events and {labels:,} labels in {args.out / 'events.jsonl'}, truth in {args.out / 'truth.parquet'}")
    return 0
