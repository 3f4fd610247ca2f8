"""`ringwatch score`"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gnn.scoring.drift import DriftWatch

EXAMPLE = "ringwatch score --model gnn/pretrained/default --events events.jsonl --out decisions.jsonl"
DRIFTS_SHOWN = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", metavar="DIR", help="model artifact (default: the configured one)")
    parser.add_argument("--events", type=Path, nargs="+", required=True, metavar="E.jsonl", help="event files, in time order")
    parser.add_argument("--drift", type=Path, metavar="OUT.json", help="write how far scores and inputs have moved since training")
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
    from gnn.artifact.artifact import load_scorer
    from gnn.history.replay import Replay
    from gnn.scoring.decider import Decider
    from gnn.scoring.drift import DriftWatch
    from gnn.scoring.incident_replay import IncidentReplay
    from gnn.scoring.offline_score import score_files
    from ops.secrets import pseudonyms

    settings = settings_of(args, model=args.model)
    files = existing(args.events, "--events")
    scorer = load_scorer(Path(settings.model), settings.graph)
    watch = DriftWatch(scorer.reference, settings.graph) if args.drift else None
    decider = Decider(settings.graph, scorer, settings.policy, pseudonyms(), watch)
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
    if watch is not None:
        _tell_drift(watch, scorer.card.model_id, args.drift)
    return 0


def _tell_drift(watch: DriftWatch, model: str, out: Path) -> None:
    """The whole into a file, the worst on the terminal."""
    import json
    import sys

    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(watch.document(model), indent=1) + "\n", encoding="utf-8")
    print(f"drift since training (population stability index; above 0.25 is much), all in {out}:", file=sys.stderr)
    for drift in [watch.score(), *watch.features()[:DRIFTS_SHOWN]]:
        print(f"  {drift.psi:7.3f}  {drift.name}", file=sys.stderr)
