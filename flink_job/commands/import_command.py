"""`ringwatch import`"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from flink_job.commands.command_files import CommandFiles

if TYPE_CHECKING:
    from gnn.table_import import ImportReport

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
    from flink_job.commands.import_look import check, guess

    if args.guess:
        if args.tables:
            raise SettingError("TABLE: --guess looks at one table and needs no mapping; give that table alone")
        return guess(args.mapping, args.out)
    if not args.tables:
        raise SettingError("TABLE: is missing; name at least one CSV or Parquet file, or use --guess to get a mapping for one")
    if args.check:
        return check(args.mapping, args.tables)
    if args.out is None:
        raise SettingError("--out: is missing; name the file of events to write, or use --check to look at the first rows")
    return _import(args)


def _import(args: argparse.Namespace) -> int:
    import time

    from domain.times import duration_words
    from flink_job.commands.end_summary import print_summary
    from flink_job.commands.phase_progress import PhaseProgress
    from gnn.table_import import import_tables, load_mapping

    began = time.monotonic()
    with PhaseProgress() as progress:
        report = import_tables(load_mapping(args.mapping), args.tables, args.out, partial(progress, "rows"))
    warnings = [("look at", warning) for warning in report.warnings]
    rows = [*_written(report, args.out), *_left_out(report), *warnings, ("took", duration_words(time.monotonic() - began))]
    print_summary(
        f"Imported {report.events:,} events from {report.rows:,} rows", rows, [f"ringwatch train --events {args.out} --out model"]
    )
    return 0


def _written(report: ImportReport, out: Path) -> list[tuple[str, str]]:
    from domain.times import rfc3339, rough_duration
    from domain.wording import counted

    first, last = report.span_ms
    types = ", ".join(f"{count:,} {name}" for name, count in report.types.items())
    said = f"{report.frauds:,} fraud, {report.labels - report.frauds:,} legitimate"
    repeated = f"{counted(report.repeated, 'event id')} more than once: the job drops repeats" if report.repeated else ""
    return [
        ("events", f"{report.events:,}: {types}"),
        ("span", f"{rfc3339(first)} to {rfc3339(last)}, {rough_duration((last - first) / 1000)}"),
        ("labels", f"{report.labels:,}: {said}" if report.labels else "none: the mapping has no label, or no row says anything"),
        ("no label", report.neither),
        ("file", str(out)),
        *(("recognised", note) for note in report.notes),
        ("repeated", repeated),
        ("renamed", f"{counted(report.renamed, 'text')} that no event can carry, written as a hash" if report.renamed else ""),
    ]


def _left_out(report: ImportReport) -> list[tuple[str, str]]:
    """Return a row for each reason, and one that says what leaving out cost."""
    rows = [(f"left out {count:,}", f"{reason}{_cost(report, reason)}") for reason, count in report.skipped.items()]
    lost = report.lost
    if not lost.frauds and not lost.money:
        return rows
    labelled, money = lost.frauds + report.kept.frauds, lost.money + report.kept.money
    frauds = f"{lost.frauds:,} of {labelled:,} labelled frauds ({lost.frauds / labelled:.0%})" if lost.frauds else "no labelled fraud"
    paid = f" ({lost.money / money:.0%} of the money)" if money else ""
    return [*rows, ("this costs", f"{frauds} and amounts of about {lost.money:,.0f}{paid}: mend the rows, or the mapping, if that is much")]


def _cost(report: ImportReport, reason: str) -> str:
    from domain.wording import counted

    loss = report.losses.get(reason)
    if loss is None or not (loss.frauds or loss.money):
        return ""
    parts = [counted(loss.frauds, "labelled fraud")] if loss.frauds else []
    parts += [f"amounts of about {loss.money:,.0f}"] if loss.money else []
    return f" (among them {', '.join(parts)})"
