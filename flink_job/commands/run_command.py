"""`ringwatch run`"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings

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
    parser.add_argument("--resume", action="store_true", default=None, help="go on from the newest checkpoint in job.checkpoint_dir")
    parser.add_argument("--from", dest="restore_from", metavar="PATH", help="go on from this savepoint or checkpoint")


def job_settings(args: argparse.Namespace) -> Settings:
    """Settings from the arguments above: the same for a local job and for one that is submitted to a
    cluster.
    """
    from flink_job.commands.options import settings_of

    return settings_of(
        args,
        job__sources=args.source,
        job__decisions=args.decisions,
        job__bounded=args.bounded,
        job__parallelism=args.parallelism,
        job__resume=args.resume,
        job__restore_from=args.restore_from,
        model=args.model,
    )


def words(args: argparse.Namespace) -> list[str]:
    """The arguments above and the common ones, written down again for another process in this folder."""
    named = [("--config", args.config), ("--decisions", args.decisions), ("--parallelism", args.parallelism)]
    named += [("--model", args.model), ("--from", args.restore_from), *(("--set", one) for one in args.set)]
    named += [("--source", one) for one in args.source or ()]
    switches = [name for name, given in (("--bounded", args.bounded), ("--resume", args.resume)) if given]
    return [*(word for name, value in named if value is not None for word in (name, str(value))), *switches]


def run(args: argparse.Namespace) -> int:
    from flink_job.commands.options import Progress

    settings = job_settings(args)
    from flink_job.cluster.local_run import run_job  # after the settings: PyFlink takes seconds to import

    progress = Progress("events")
    run_job(settings, lambda found: progress(found.get("events", 0), extra=_others(found)))
    progress.end()
    print(f"done; decisions in {settings.job.decisions}", file=sys.stderr)
    return 0


def _others(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if name != "events"}
