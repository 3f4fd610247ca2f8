"""`ringwatch features`"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from flink_job.commands.command_files import CommandFiles

if TYPE_CHECKING:
    from gnn.history.feature_table import FeatureTable

EXAMPLE = "ringwatch features --events history.jsonl --out features.parquet"
FILES = CommandFiles(inputs=("events",), outputs=("out",))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--events", type=Path, nargs="+", required=True, metavar="E.jsonl", help="event files, or their folder, in time order"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="F.parquet", help="one row per event: features by name, label beside")
    parser.add_argument("--from", dest="begin", metavar="DATE", help="rows of events of this day on (earlier ones fill the state)")
    parser.add_argument("--to", dest="end", metavar="DATE", help="rows of events before this day (labels count to the end of the files)")


def run(args: argparse.Namespace) -> int:
    import sys
    import time

    from domain.errors import SettingError
    from flink_job.commands.history_options import tell_disorder, tell_unread_attributes
    from flink_job.commands.options import event_parser, existing, settings_of
    from flink_job.commands.phase_progress import GETTING_READY, PhaseProgress
    from flink_job.commands.times import option_ms
    from gnn.history.feature_table import FeatureTable, Period, check_target, write_features

    check_target(args.out)
    settings, files = settings_of(args), existing(args.events, "--events")
    period = Period(option_ms(args.begin, "--from"), option_ms(args.end, "--to"))
    if period.from_ms is not None and period.to_ms is not None and period.from_ms >= period.to_ms:
        raise SettingError("--from must lie before --to")
    tell_unread_attributes(files, settings.graph)
    tell_disorder(files, settings)
    began = time.monotonic()
    with PhaseProgress() as progress:
        progress(GETTING_READY, 0, 0)
        table = FeatureTable(settings.graph, event_parser(settings), files, period, progress)
        write_features(table, args.out)
    _summarise(table, args.out, time.monotonic() - began)
    if not table.rows:
        print(f"ringwatch features: no event to write: {args.out} has no rows", file=sys.stderr)
    return 0 if table.rows else 1


def _summarise(table: FeatureTable, out: Path, seconds: float) -> None:
    from domain.times import rough_duration
    from flink_job.commands.end_summary import day, left_out, print_summary

    features = sum(field.metadata is not None for field in table.schema)
    unknown = table.rows - table.frauds - table.legitimate
    rows = [
        ("events", f"{day(table.first_ms)} to {day(table.last_ms)}" if table.rows else ""),
        ("labels", f"{table.frauds:,} fraud, {table.legitimate:,} legitimate, {unknown:,} events without one"),
        ("left out", left_out(table.counts, table.rejections)),
        ("took", f"{rough_duration(seconds)}, {table.counts.lines / seconds:,.0f} lines/s"),
    ]
    following = [f"python -c \"import pandas; print(pandas.read_parquet('{out}').describe())\""] if table.rows else []
    print_summary(f"{table.rows:,} rows of {features} features in {out}", rows, following)
