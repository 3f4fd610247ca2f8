"""`ringwatch import`"""

from __future__ import annotations

import argparse
from pathlib import Path

EXAMPLE = "ringwatch import deploy/mappings/handbook.yaml transactions.parquet --out events.jsonl"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("mapping", type=Path, metavar="MAPPING.yaml", help="which column means what; see deploy/mappings")
    parser.add_argument("tables", type=Path, nargs="+", metavar="TABLE", help="CSV or Parquet files")
    parser.add_argument("--out", type=Path, required=True, metavar="EVENTS.jsonl", help="events and labels in time order")


def run(args: argparse.Namespace) -> int:
    from flink_job.commands.options import Progress
    from gnn.table_import import import_tables, load_mapping

    progress = Progress("rows")
    report = import_tables(load_mapping(args.mapping), args.tables, args.out, progress)
    progress.end()
    left_out = "".join(f", {count:,} left out: {reason}" for reason, count in report.skipped.items())
    print(f"{report.rows:,} rows: {report.events:,} events and {report.labels:,} labels ({report.frauds:,} fraud) in {args.out}{left_out}")
    return 0
