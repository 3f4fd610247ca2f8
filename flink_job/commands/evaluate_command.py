"""`ringwatch evaluate`"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gnn.evaluation import Evaluation, ScoredTruth, ScoreEvaluation
    from gnn.evaluation.tables import TextTable
    from gnn.history.train_settings import Costs
    from ops.redis.settings import RedisSettings

EXAMPLE = "ringwatch evaluate --decisions new.jsonl --against old.jsonl --truth simulated/truth.parquet --report quality.html"
LEAST_RESAMPLES = 100  # with fewer the ends of a 95% interval are a matter of two or three draws


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--decisions", type=Path, metavar="PATH", help="decisions: a .jsonl file or a folder of them")
    parser.add_argument(
        "--truth",
        type=Path,
        metavar="PATH",
        help="Parquet or .csv with event_id and is_fraud, as simulate writes; or the .jsonl of the events with their labels "
        "(what has no label counts as legitimate)",
    )
    parser.add_argument("--scores", type=Path, metavar="S.parquet", help="what backtest wrote, in place of decisions and truth")
    parser.add_argument(
        "--incidents",
        metavar="PATH|redis:",
        help="incident revisions as .jsonl (score --incidents or tail --json), or the job's stream (redis: or redis://host:port/0)",
    )
    parser.add_argument(
        "--from", dest="begin", metavar="DATE", help="only events of this day on: leaves out the days in which an empty state filled"
    )
    parser.add_argument("--against", type=Path, metavar="PATH", help="decisions (or scores) of a second model on the same events")
    parser.add_argument("--k", type=int, nargs="+", default=[50, 100, 200], help="accounts that are looked at a day (default 50 100 200)")
    parser.add_argument("--resamples", type=int, default=500, help="of the bootstrap of --against (default %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap (default %(default)s)")
    parser.add_argument("--json", type=Path, metavar="OUT.json", help="write the figures here as well")
    parser.add_argument("--report", type=Path, metavar="OUT.html", help="write tables and plots as one page")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="write the plots as PNG files")


def run(args: argparse.Namespace) -> int:
    import json

    from rich.console import Console

    from flink_job.commands.evaluation_table import detail_table, evaluation_table
    from flink_job.commands.options import settings_of
    from gnn.evaluation import Evaluation, compare
    from gnn.evaluation.incident_tables import incident_tables
    from gnn.evaluation.incidents import evaluate_incidents
    from gnn.evaluation.tables import comparison_table
    from gnn.report.extra import check_extra

    _check(args)
    if args.report or args.plots:
        check_extra()
    settings = settings_of(args)
    costs = settings.train.costs
    models = _models(args)
    evaluation = _evaluated(models[0], costs, args.k)
    document, tables = evaluation.document(), _tables(evaluation)
    if len(models) > 1:
        comparison = compare(models[0], models[1], costs, args.k, args.resamples, args.seed)
        document["comparison"] = comparison.document()
        tables.insert(0, comparison_table(comparison))
    if args.incidents:
        held = evaluate_incidents(_incidents(args.incidents, settings.redis), args.decisions, args.truth)
        document["incidents"] = held.document()
        tables += incident_tables(held)
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(document, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    console = Console()
    if isinstance(evaluation, Evaluation):
        console.print(evaluation_table(evaluation))
    for table in tables:
        console.print(detail_table(table))
    if args.report or args.plots:
        _draw(args, models, evaluation, tables, costs)
    return 0


def _check(args: argparse.Namespace) -> None:
    from domain.errors import SettingError

    if args.scores and (args.decisions or args.truth):
        raise SettingError("--scores stands in place of --decisions and --truth: leave them out")
    if not args.scores and not (args.decisions and args.truth):
        raise SettingError("give --decisions and --truth, or --scores")
    if args.begin and (args.scores or args.incidents):
        raise SettingError("--from goes with --decisions and --truth only: a backtest has its test periods, incidents have no first day")
    if args.scores and args.incidents:
        raise SettingError("--incidents needs --decisions and --truth: which alert went into which incident?")
    if min(args.k) < 1:
        raise SettingError("--k must be at least 1")
    if args.resamples < LEAST_RESAMPLES:
        raise SettingError(f"--resamples must be at least {LEAST_RESAMPLES}")
    if args.seed < 0:
        raise SettingError("--seed must not be negative")


def _incidents(source: str, redis: RedisSettings) -> Iterable[dict[str, Any]]:
    """Documents of files, or of a stream where `source` is an address; `redis:` is the configured one."""
    from gnn.evaluation.incident_files import checked, read_incidents
    from ops.redis.stream_documents import stream_documents
    from ops.secrets import redis_url

    if not source.startswith(("redis:", "rediss:", "unix:")):
        return read_incidents(Path(source))
    url = redis_url(redis.url) if source == "redis:" else source
    return (checked(document, f"{redis.prefix}incidents") for document in stream_documents(url, redis.prefix, "incidents"))


def _models(args: argparse.Namespace) -> list[ScoredTruth]:
    """One model or two, with names that differ."""
    from dataclasses import replace

    from flink_job.commands.times import day_ms
    from gnn.evaluation import join_truth, read_scores

    paths = [path for path in (args.scores or args.decisions, args.against) if path]
    models = [read_scores(path) if args.scores else join_truth(path, args.truth) for path in paths]
    if (begin := day_ms(args.begin, "--from")) is not None:
        models = [scored.since(begin) for scored in models]
    if len(models) > 1:
        models[1] = models[1].like(models[0])
        if models[0].model == models[1].model:
            models = [replace(scored, model=f"{scored.model}, {path}") for scored, path in zip(models, paths, strict=True)]
    return models


def _evaluated(scored: ScoredTruth, costs: Costs, accounts_a_day: list[int]) -> Evaluation | ScoreEvaluation:
    from gnn.evaluation import evaluate_rows, evaluate_scores

    return evaluate_scores(scored) if "fold" in scored.rows else evaluate_rows(scored, costs, accounts_a_day)


def _tables(evaluation: Evaluation | ScoreEvaluation) -> list[TextTable]:
    from gnn.evaluation import Evaluation
    from gnn.evaluation.tables import detail_tables, fold_table

    return detail_tables(evaluation) if isinstance(evaluation, Evaluation) else [fold_table(evaluation)]


def _draw(
    args: argparse.Namespace, models: list[ScoredTruth], evaluation: Evaluation | ScoreEvaluation, tables: list[TextTable], costs: Costs
) -> None:
    from gnn.evaluation import Evaluation, EvaluationError
    from gnn.evaluation.tables import TextTable, summary_rows
    from gnn.report.page import Page, write_page, write_plots
    from gnn.report.plots import draw_plots

    if models[0].rows.fraud.all() or not models[0].rows.fraud.any():
        raise EvaluationError("the events are all of one class, so that there is nothing to plot: leave --report and --plots out")
    plots = draw_plots(models, costs)
    if isinstance(evaluation, Evaluation):
        tables = [TextTable("Summary", (), summary_rows(evaluation)), *tables]
    if args.report:
        names = " against ".join(scored.model for scored in models)
        write_page(Page("ringwatch evaluation", f"{names}, {len(models[0].rows):,} events", tables, plots), args.report)
    if args.plots:
        write_plots(plots, args.plots)
