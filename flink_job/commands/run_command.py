"""`ringwatch run`"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.errors import SettingError
from domain.times import rfc3339
from domain.wording import counted
from flink_job.cluster.interrupt import TerminatedError

if TYPE_CHECKING:
    from flink_job.cluster.run_state import RunState
    from flink_job.settings.settings import Settings

EMPTY_GRAPH = "the graph is empty, and flags more honest events until it knows some weeks: read history first, --silent-until"
ANY_LABELS = "every file may carry labels, so who can write events there can clear a fraud: name the sources that may in job.labels"
NO_CHECKPOINT = "this run has no checkpoint yet, so the next one begins anew"
EXAMPLE = "ringwatch run --source file:events.jsonl --decisions file:decisions --bounded"


def add_arguments(parser: argparse.ArgumentParser, hidden: bool = False) -> None:
    """Add the job's options; `hidden`: they are taken, and the help does not list them."""

    def add(*names: str, text: str, **how: Any) -> None:
        parser.add_argument(*names, help=argparse.SUPPRESS if hidden else text, **how)

    add("--source", action="append", metavar="URL", text="event stream, file:PATH, redis:NAME or kafka://BROKER/TOPIC; may be repeated")
    add("--decisions", metavar="URL", text="where decisions go: file:FOLDER, kafka://BROKER/TOPIC, redis:decisions or print:")
    add("--silent-until", metavar="TIME", text="history: publish no alert or incident of events before this time (RFC 3339)")
    add("--bounded", action="store_true", default=None, text="end at the end of the input (Kafka, Redis: the end at the start)")
    add("--parallelism", type=int, metavar="N", text="subtasks per operator")
    add("--model", metavar="DIR", text="folder of the model artifact")
    add(
        "--resume",
        action="store_true",
        default=None,
        text="go on from the newest checkpoint in job.checkpoint_dir, or from the savepoint of a stop after it",
    )
    add("--from", dest="restore_from", metavar="PATH", text="go on from this savepoint or checkpoint")


def job_settings(args: argparse.Namespace) -> Settings:
    """Return the settings from the arguments above, for a local job and for one on a cluster alike."""
    from flink_job.commands.options import settings_of

    return settings_of(
        args,
        job__sources=args.source,
        job__decisions=args.decisions,
        job__silent_until=args.silent_until,
        job__bounded=args.bounded,
        job__parallelism=args.parallelism,
        job__resume=args.resume,
        job__restore_from=args.restore_from,
        model=args.model,
    )


def words(args: argparse.Namespace) -> list[str]:
    """Return the arguments above and the common ones as words for another process in this folder."""
    named = [("--config", args.config), ("--decisions", args.decisions), ("--parallelism", args.parallelism)]
    named += [("--model", args.model), ("--silent-until", args.silent_until), ("--from", args.restore_from)]
    named += [("--set", one) for one in args.set]
    named += [("--source", one) for one in args.source or ()]
    switches = [name for name, given in (("--bounded", args.bounded), ("--resume", args.resume)) if given]
    return [*(word for name, value in named if value is not None for word in (name, str(value))), *switches]


def run(args: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.text import Text

    from flink_job.commands.live_line import LiveLine
    from flink_job.commands.run_progress import RunProgress, no_more_than, print_run_summary
    from flink_job.connectors.local_files import count_events
    from ops.secrets import require_pseudonym_key

    settings = job_settings(args)
    require_pseudonym_key()
    # Java prints the decisions itself, and would print over the line.
    console = Console(stderr=True, highlight=False, force_terminal=False if settings.job.decisions == "print:" else None)
    notes = list(notes_before(settings))

    def say_notes(of_kafka: list[str]) -> None:
        for note in (*notes, *of_kafka):
            console.print(Text(f"note: {note}"), soft_wrap=not console.is_terminal)

    from flink_job.cluster.local_run import JobFailedError, run_job  # after the settings: PyFlink takes seconds to import

    began, began_s = time.monotonic(), time.time()
    with LiveLine(console) as line:
        count = count_events(settings.job)
        progress = RunProgress(line, count.events if count else None, is_exact=count is None or count.is_exact)
        try:
            done = run_job(settings, progress, say_notes)
        except KeyboardInterrupt as stop:
            line.clear()
            saved = _checkpoint(settings, began_s)
            if progress.state.read:
                state, not_written = no_more_than(progress.state, count), _not_written(progress.state, settings, saved)
                print_run_summary(state, settings, time.monotonic() - began, _stopped(stop), not_written)
            raise type(stop)(f"{_stopped(stop)}; {_how_to_go_on(saved)}") from None
        except JobFailedError as error:
            raise JobFailedError(f"{error}; {_how_to_go_on(_checkpoint(settings, began_s))}") from error
    print_run_summary(no_more_than(done, count), settings, time.monotonic() - began)
    return _code(done, settings)


def _code(done: RunState, settings: Settings) -> int:
    """Return the exit code of a job that has ended; a restored one may have nothing left to read."""
    job = settings.job
    if done.decided or not job.bounded or job.resume or job.restore_from:
        return 0
    print(f"ringwatch run: no event was decided: there is none in {' and '.join(job.sources)}{_since(settings)}", file=sys.stderr)
    return 1


def _since(settings: Settings) -> str:
    """Return from where topics and streams were read, with the mend, if that is not their beginning."""
    from flink_job.settings.kafka_url import is_kafka
    from flink_job.settings.redis_url import is_redis

    sources, kafka, redis = settings.job.sources, settings.kafka.start, settings.redis.start
    if kafka != "earliest" and any(map(is_kafka, sources)):
        return f" from kafka.start={kafka} on; what the topic held before is read with --set kafka.start=earliest"
    if redis != "earliest" and any(map(is_redis, sources)):
        return f" from redis.start={redis} on; what the stream held before is read with --set redis.start=earliest"
    return ""


def notes_before(settings: Settings) -> Iterator[str]:
    """Yield what is to be known of a job before it starts."""
    from flink_job.connectors.order_notes import order_notes, raw_notes, unread_notes
    from flink_job.settings.flink_options import restore_path

    if settings.job.labels is None:
        yield ANY_LABELS
    if settings.job.silent_until:
        yield f"silent until {rfc3339(settings.job.silent_until_ms)}: of earlier events no alert or incident is published"
    elif not restore_path(settings):
        yield EMPTY_GRAPH
    yield from unread_notes(settings)
    yield from order_notes(settings)
    yield from raw_notes(settings.job)


def _stopped(stop: KeyboardInterrupt) -> str:
    return "terminated" if isinstance(stop, TerminatedError) else "interrupted"


def _checkpoint(settings: Settings, began_s: float) -> Path | None:
    """Return the newest checkpoint, if this run has one or began with one."""
    from flink_job.settings.last_state import last_state

    try:
        found = last_state(Path(settings.job.checkpoint_dir).resolve())
    except SettingError:
        return None
    return found if settings.job.resume or (found / "_metadata").stat().st_mtime >= began_s else None


def _how_to_go_on(saved: Path | None) -> str:
    return f"to go on from checkpoint {saved.name}, give the same command with --resume" if saved else NO_CHECKPOINT


def _not_written(state: RunState, settings: Settings, saved: Path | None) -> str:
    """Return how many decisions nobody can read, as they waited for a checkpoint; empty if none."""
    from flink_job.settings.kafka_settings import EXACTLY_ONCE
    from flink_job.settings.kafka_url import is_kafka
    from flink_job.settings.redis_url import is_redis

    decisions = settings.job.decisions
    at_once = decisions == "print:" or is_redis(decisions) or (is_kafka(decisions) and settings.kafka.guarantee != EXACTLY_ONCE)
    if at_once or state.unsaved <= 0:
        return ""
    how = "--resume makes them again" if saved else "the next run makes them again"
    return f"at most {counted(state.unsaved, 'decision')} since the last checkpoint: {how}"
