"""`ringwatch run`"""

from __future__ import annotations

import argparse
import sys

EXAMPLE = "ringwatch run --source file:events.jsonl --decisions file:decisions --bounded"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--source", action="append", metavar="URL", help="event stream, file:PATH or kafka://BROKER/TOPIC; may be repeated")
    parser.add_argument("--decisions", metavar="URL", help="where decisions go: file:FOLDER, kafka://BROKER/TOPIC or print:")
    parser.add_argument(
        "--bounded",
        action="store_true",
        default=None,
        help="end at the end of the input (Kafka: the end at the start)",
    )
    parser.add_argument("--parallelism", type=int, help="subtasks per operator")
    parser.add_argument("--model", metavar="DIR", help="model artifact")
    parser.add_argument("--resume", action="store_true", help="go on from the newest checkpoint in job.checkpoint_dir")


def run(args: argparse.Namespace) -> int:
    from flink_job.commands.options import Progress, settings_of

    settings = settings_of(
        args,
        job__sources=args.source,
        job__decisions=args.decisions,
        job__bounded=args.bounded,
        job__parallelism=args.parallelism,
        model=args.model,
    )
    from flink_job.local_run import run_job  # after the settings: PyFlink takes seconds to import

    progress = Progress("events")
    run_job(settings, args.resume, lambda found: progress(found.get("events", 0), extra=_others(found)))
    progress.end()
    print(f"done; decisions in {settings.job.decisions}", file=sys.stderr)
    return 0


def _others(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if name != "events"}
