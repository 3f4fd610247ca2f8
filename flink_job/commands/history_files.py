"""The history that a command learns from: files of events, or what the lake has of them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from domain.errors import SettingError

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings
    from gnn.history.unseen import Acted


def add_history_options(parser: argparse.ArgumentParser, required: bool = True) -> None:
    """Add `--events` and, in its place, `--lake`."""
    one = parser.add_mutually_exclusive_group(required=required)
    one.add_argument("--events", type=Path, nargs="+", metavar="E.jsonl", help="files with labels, or their folder, in time order")
    one.add_argument("--lake", metavar="URL", help="the events and labels of a lake instead: a folder, or s3://BUCKET/PREFIX")


@contextmanager
def history_files(args: argparse.Namespace, settings: Settings) -> Iterator[Sequence[Path]]:
    """Yield the files of events; those of a lake last as long as the context.

    Raises SettingError, LakeError.
    """
    from flink_job.commands.options import existing

    if args.lake is None:
        yield existing(args.events, "--events")
        return
    if settings.graph.categorical_attributes:
        raise SettingError("--lake: the lake has hashes of graph.categorical_attributes, which cannot be read again: use --events")
    from flink_job.commands.phase_progress import PhaseProgress
    from ops.lake.history import write_history

    with TemporaryDirectory(prefix="ringwatch-lake-") as folder:
        path = Path(folder) / "events.jsonl"
        with PhaseProgress() as progress:
            write_history(args.lake, path, progress)
        yield [path]


def add_decisions_option(parser: argparse.ArgumentParser) -> None:
    """Add `--decisions`, which goes with `--events`."""
    parser.add_argument(
        "--decisions",
        metavar="PATH|redis:NAME",
        help="what was decided then: a .jsonl file, a folder of them, or a stream; what was blocked and has no label is left out "
        "(--lake: the lake's decisions)",
    )


def acted_events(args: argparse.Namespace, settings: Settings) -> Acted:
    """Return what acting on decisions did to events, as far as decisions are known."""
    from flink_job.commands.streams_as_files import streams_as_files
    from gnn.evaluation import read_decisions
    from gnn.history.unseen import NOT_ACTED, acted_on
    from ops.secrets import pseudonyms

    known, after = pseudonyms(settings.identity, warn=False), settings.train.unseen_after
    if args.decisions is not None:
        with streams_as_files(args, ("decisions",), settings.redis):
            return acted_on(read_decisions(Path(args.decisions)), known, after)
    if args.lake is not None:
        from ops.lake.history import read_decided

        return acted_on(read_decided(args.lake, after), known, after)
    return NOT_ACTED
