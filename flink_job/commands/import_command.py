"""`ringwatch import`"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from flink_job.commands.command_files import CommandFiles

EXAMPLE = "ringwatch import deploy/mappings/handbook.yaml transactions.parquet --out events.jsonl"
FILES = CommandFiles(inputs=("mapping", "tables"), outputs=("out",))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "mapping",
        type=Path,
        metavar="MAPPING.yaml",
        help="which column means what; docs/mapping.md has every key, deploy/mappings examples; with --guess a table",
    )
    parser.add_argument("tables", type=Path, nargs="*", metavar="TABLE", help="CSV or Parquet files, packed or not")
    parser.add_argument("--out", type=Path, metavar="EVENTS.jsonl", help="events and labels in time order; with --guess the mapping")
    look = parser.add_mutually_exclusive_group()
    look.add_argument("--guess", action="store_true", help="write a mapping for TABLE, from its first rows, with a comment a line")
    look.add_argument("--check", action="store_true", help="show the first rows as events, and what is wrong with the first 1,000")


def run(args: argparse.Namespace) -> int:
    from domain.errors import SettingError
    from flink_job.commands.table_import.look import check, guess

    if args.guess:
        if args.tables:
            raise SettingError("TABLE: --guess looks at one table and needs no mapping; give that table alone")
        return guess(args.mapping, args.out)
    if not args.tables:
        raise SettingError("TABLE: is missing; name at least one CSV or Parquet file, or use --guess to get a mapping for one")
    if args.check:
        if args.out is not None:
            raise SettingError("--out: is not written by --check; leave out one of them")
        return check(args.mapping, args.tables)
    if args.out is None:
        raise SettingError("--out: is missing; name the file of events to write, or use --check to look at the first rows")
    return _import(args)


def _import(args: argparse.Namespace) -> int:
    import time

    from domain.times import duration_words
    from flink_job.commands.end_summary import print_summary
    from flink_job.commands.phase_progress import PhaseProgress
    from flink_job.commands.table_import.report import report_rows
    from gnn.table_import import import_tables, load_mapping

    began, is_new = time.monotonic(), not args.out.exists()
    with PhaseProgress() as progress:
        report = import_tables(load_mapping(args.mapping), args.tables, args.out, partial(progress, "rows"))
    file = str(args.out) if is_new else f"{args.out}, in place of the file that was there"
    rows = [*report_rows(report), ("file", file), ("took", duration_words(time.monotonic() - began))]
    print_summary(
        f"Imported {report.events:,} events from {report.rows:,} rows", rows, [f"ringwatch train --events {args.out} --out model"]
    )
    return 0
