"""`ringwatch shadow-report`"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flink_job.commands.command_files import CommandFiles

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings
    from gnn.evaluation.shadow_counts import Shadow, ShadowCounts, Verdict
    from gnn.evaluation.shadow_report import ShadowReport

EXAMPLE = "ringwatch shadow-report --decisions redis:decisions --labels redis:labels"
_NAMED = 5  # shadows that a message names
FILES = CommandFiles(inputs=("decisions", "truth", "labels"), outputs=("out",))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--decisions", required=True, metavar="PATH|redis:NAME", help="decisions: a .jsonl file, a folder of them, or a stream of redis.url"
    )
    parser.add_argument(
        "--labels", metavar="PATH|redis:NAME", help="labels as events of the contract: a .jsonl file, a folder of them, or a stream"
    )
    parser.add_argument("--truth", type=Path, metavar="PATH", help="in their place Parquet or .csv with event_id and is_fraud")
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--rule", metavar="ID", help="only this rule (all its versions)")
    chosen.add_argument("--model", metavar="ID", help="only this model")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the report as JSON here as well")


def run(args: argparse.Namespace) -> int:
    import json
    import sys

    from flink_job.commands.options import settings_of
    from gnn.evaluation.errors import EvaluationError
    from gnn.evaluation.shadow_counts import counts_of
    from gnn.evaluation.shadow_report import shadow_reports

    settings = settings_of(args)
    verdict = _verdict(args, settings)
    try:
        counts = counts_of(_decisions(args.decisions, settings), verdict)
    except ValueError as error:
        raise EvaluationError(f"{args.decisions}: {error}") from None
    reports = shadow_reports(counts, _chosen(args))
    document = {"decisions": counts.documents, "shadows": [report.document() for report in reports]}
    if args.out:
        from domain.whole_files import whole_file

        with whole_file(args.out) as file:
            file.write(json.dumps(document, indent=2, allow_nan=False) + "\n")
    if args.json:
        print(json.dumps(document, allow_nan=False))
    else:
        _show(reports)
    if not reports:
        print(f"ringwatch shadow-report: {_nothing(args, counts)}", file=sys.stderr)
    return 0 if reports else 1


def _decisions(source: str, settings: Settings) -> Iterable[Mapping[str, Any]]:
    from flink_job.settings.redis_url import is_redis
    from gnn.evaluation import read_decisions

    return _stream(source, "--decisions", settings) if is_redis(source) else read_decisions(Path(source))


def _stream(source: str, option: str, settings: Settings) -> Iterator[Mapping[str, Any]]:
    """Yield the documents of a stream's partitions, one after the other."""
    from flink_job.settings.redis_url import redis_stream
    from ops.redis.stream_documents import stream_documents
    from ops.secrets import redis_url

    prefix = settings.redis.prefix
    for key in redis_stream(source, option).keys(prefix):
        yield from stream_documents(redis_url(settings.redis.url), prefix, key.removeprefix(prefix))


def _verdict(args: argparse.Namespace, settings: Settings) -> Verdict:
    """Return what says whether a decided event was fraud."""
    from domain.errors import SettingError

    if args.labels and args.truth:
        raise SettingError("--truth takes the place of --labels: leave one of them out")
    if args.truth and not _is_of_lines(args.truth):
        return _of_table(args.truth)
    source = args.labels or args.truth
    return _of_labels(str(source), settings) if source else lambda document: None


def _is_of_lines(path: Path) -> bool:
    return path.suffix == ".jsonl" or (path.is_dir() and any(path.glob("*.jsonl")))


def _of_table(path: Path) -> Verdict:
    from gnn.evaluation.truth import read_truth

    table = read_truth(path)
    known = dict(zip(table["event_id"].to_pylist(), table["is_fraud"].to_pylist(), strict=True))
    return lambda document: known.get(document["event_id"])


def _of_labels(source: str, settings: Settings) -> Verdict:
    import json
    import sys

    from domain.unpacked import open_unpacked
    from domain.wording import counted
    from flink_job.commands.options import event_parser, existing
    from flink_job.settings.redis_url import is_redis
    from gnn.evaluation.label_book import LabelBook
    from ops.secrets import pseudonyms

    book = LabelBook(event_parser(settings), pseudonyms(settings.identity))
    if is_redis(source):
        for document in _stream(source, "--labels", settings):
            book.take(json.dumps(document).encode())
    else:
        for file in existing([Path(source)], "--labels"):
            with open_unpacked(file) as lines:
                for line in lines:
                    book.take(bytes(line))
    if book.rejected:
        print(f"ringwatch shadow-report: warning: {counted(book.rejected, 'line')} of {source} are no events", file=sys.stderr)
    return book.verdict


def _chosen(args: argparse.Namespace) -> Any:
    from gnn.evaluation.shadow_counts import MODEL, RULE

    def chosen(shadow: Shadow) -> bool:
        if args.model:
            return (shadow.kind, shadow.name) == (MODEL, args.model)
        return not args.rule or (shadow.kind == RULE and shadow.name.rsplit(" version ", 1)[0] == args.rule)

    return chosen


def _show(reports: list[ShadowReport]) -> None:
    from rich.console import Console
    from rich.text import Text

    from flink_job.commands.evaluation_table import detail_tables_of
    from gnn.evaluation.shadow_tables import heading, shadow_tables, span
    from gnn.evaluation.tables import printable

    console = Console()
    for report in reports:
        console.print(Text(printable(heading(report)), "bold"))
        console.print(Text(f"{span(report)} {report.sentence}"))
        for table in shadow_tables(report):
            for part in detail_tables_of(table, console.width):
                console.print()
                console.print(part)
        console.print()


def _nothing(args: argparse.Namespace, counts: ShadowCounts) -> str:
    """Say why there is nothing to report."""
    from domain.wording import counted

    found = [f"{shadow.kind} {shadow.name}" for shadow, _ in counts.shadows()]
    asked = f"rule {args.rule}" if args.rule else f"model {args.model}" if args.model else ""
    if found:
        more = f" and {counted(len(found) - _NAMED, 'other')}" if len(found) > _NAMED else ""
        never = ": it has never fired, or was not in shadow" if args.rule else ""
        return f"no decision names {asked} in shadow{never}; there are {', '.join(found[:_NAMED])}{more}"
    return f"no shadow in {counted(counts.documents, 'decision')}: send a control record shadow_model, or a rule with state shadow"
