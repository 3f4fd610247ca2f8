"""`ringwatch simulate`"""

from __future__ import annotations

import argparse
from pathlib import Path

from flink_job.commands.command_files import CommandFiles

EXAMPLE = "ringwatch simulate --events 100000 --seed 7 --out simulated"
BEGIN = "2026-03-02"
FILES = CommandFiles(folders=("out",))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--events", type=whole_number, default=100_000, help="events without labels (default %(default)s); labels come on top"
    )
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same bytes (default %(default)s)")
    parser.add_argument("--days", type=float, help="span of the traffic (default: follows from the number of events)")
    parser.add_argument(
        "--from",
        dest="begin",
        metavar="DATE",
        default=BEGIN,
        help="first day of the traffic (default %(default)s: after the days that the model of this release was trained on)",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for events.jsonl and truth.parquet")


def whole_number(text: str) -> int:
    """Return `20000`, `20_000` or `2e4` as a number."""
    try:
        return int(text)
    except ValueError:
        number = float(text)
    if not number.is_integer():
        raise ValueError
    return int(number)


whole_number.__name__ = "whole number"  # argparse names it where a text is none


def run(args: argparse.Namespace) -> int:
    from flink_job.commands.times import option_ms
    from gnn.history.simulated_files import write_simulation

    events, labels = write_simulation(args.events, args.seed, args.out, days=args.days, start_ms=option_ms(args.begin, "--from"))
    print(f"{events:,} events and {labels:,} labels in {args.out / 'events.jsonl'}, truth in {args.out / 'truth.parquet'}")
    return 0
