"""`ringwatch score`"""

from __future__ import annotations

import argparse
from pathlib import Path

EXAMPLE = "ringwatch score --model gnn/pretrained/default --events events.jsonl --out decisions.jsonl"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", metavar="DIR", help="model artifact (default: the configured one)")
    parser.add_argument("--events", type=Path, nargs="+", required=True, metavar="E.jsonl", help="event files, in time order")
    parser.add_argument("--out", type=Path, required=True, metavar="DECISIONS.jsonl", help="the documents that the job would write")
    parser.add_argument(
        "--incidents",
        type=Path,
        metavar="INCIDENTS.jsonl",
        help="the incident revisions, too, with the template's summaries",
    )


def run(args: argparse.Namespace) -> int:
    import sys
    import time

    from flink_job.commands.options import Progress, event_parser, existing, settings_of
    from gnn.artifact import load
    from gnn.decider import Decider
    from gnn.incident_replay import IncidentReplay
    from gnn.offline_score import score_files
    from gnn.replay import Replay
    from udfs.secrets import pseudonyms

    settings = settings_of(args, model=args.model)
    files = existing(args.events, "--events")
    decider = Decider(settings.graph, load(Path(settings.model), settings.graph), settings.policy, pseudonyms())
    replay = Replay(settings.graph, event_parser(settings))
    progress, began = Progress("events"), time.monotonic()
    incidents = (IncidentReplay(settings.incidents, settings.job.out_of_order_s), args.incidents) if args.incidents else None
    written = score_files(replay, decider, files, args.out, progress, incidents)
    progress.end()
    counts, rate = replay.counts, written / (time.monotonic() - began)
    print(
        f"{written:,} decisions in {args.out} ({counts.labels:,} labels, {counts.duplicates:,} duplicates, "
        f"{counts.rejected:,} rejected lines), {rate:,.0f} events/s",
        file=sys.stderr,
    )
    return 0
