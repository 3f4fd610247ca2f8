"""`ringwatch run`"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.errors import SettingError
from flink_job.cluster.interrupt import TerminatedError

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings

EXAMPLE = "ringwatch run --source file:events.jsonl --decisions file:decisions --bounded"


def add_arguments(parser: argparse.ArgumentParser, hidden: bool = False) -> None:
    """Add the job's options; `hidden`: they are taken, and the help does not list them."""

    def add(*names: str, text: str, **how: Any) -> None:
        parser.add_argument(*names, help=argparse.SUPPRESS if hidden else text, **how)

    add("--source", action="append", metavar="URL", text="event stream, file:PATH or kafka://BROKER/TOPIC; may be repeated")
    add("--decisions", metavar="URL", text="where decisions go: file:FOLDER, kafka://BROKER/TOPIC or print:")
    add("--bounded", action="store_true", default=None, text="end at the end of the input (Kafka: the end at the start)")
    add("--parallelism", type=int, metavar="N", text="subtasks per operator")
    add("--model", metavar="DIR", text="folder of the model artifact")
    add("--resume", action="store_true", default=None, text="go on from the newest checkpoint in job.checkpoint_dir")
    add("--from", dest="restore_from", metavar="PATH", text="go on from this savepoint or checkpoint")


def job_settings(args: argparse.Namespace) -> Settings:
    """Return the settings from the arguments above, for a local job and for one on a cluster alike."""
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
    """Return the arguments above and the common ones as words for another process in this folder."""
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
    try:
        run_job(settings, lambda found: progress(found.get("events", 0), extra=_others(found)))
    except KeyboardInterrupt as stop:
        raise type(stop)(f"{_stopped(stop)}; {_how_to_go_on(settings)}") from None
    finally:
        progress.end()
    print(f"done; decisions in {settings.job.decisions}", file=sys.stderr)
    return 0


def _stopped(stop: KeyboardInterrupt) -> str:
    return "terminated" if isinstance(stop, TerminatedError) else "interrupted"


def _how_to_go_on(settings: Settings) -> str:
    """Return the hint at the newest checkpoint, if there is one."""
    from flink_job.settings.flink_options import latest_checkpoint

    try:
        found = latest_checkpoint(Path(settings.job.checkpoint_dir).resolve())
    except SettingError:
        return "there is no checkpoint yet, so the next run begins anew"
    return f"to go on from checkpoint {found.name}, give the same command with --resume"


def _others(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if name != "events"}
