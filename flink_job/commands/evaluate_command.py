"""`ringwatch evaluate`"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flink_job.commands.command_files import CommandFiles

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings
    from gnn.card.card import ModelCard
    from gnn.evaluation import Comparison, Evaluation, ScoredTruth, ScoreEvaluation
    from gnn.evaluation.incidents import IncidentEvaluation
    from gnn.evaluation.tables import TextTable
    from gnn.evaluation.verdict import Verdict
    from gnn.history.train_settings import Costs
    from gnn.report.plots import Plot
    from ops.redis.settings import RedisSettings

EXAMPLE = "ringwatch evaluate --decisions new.jsonl --against old.jsonl --truth simulated/truth.parquet --report quality.html"
FILES = CommandFiles(
    inputs=("decisions", "truth", "scores", "incidents", "against", "model", "acted"), outputs=("json", "report"), folders=("plots",)
)
LEAST_RESAMPLES = 100  # with fewer the ends of a 95% interval are a matter of two or three draws


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--decisions",
        type=Path,
        metavar="PATH|redis:NAME",
        help="decisions: a .jsonl file, a folder of them, or a stream (redis:decisions)",
    )
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
    parser.add_argument(
        "--to", dest="end", metavar="DATE", help="only events before this day: leaves out those whose labels are still to come"
    )
    parser.add_argument("--against", type=Path, metavar="PATH", help="decisions (or scores) of a second model on the same events")
    parser.add_argument(
        "--acted",
        type=Path,
        metavar="PATH|redis:NAME",
        help="the decisions that the shop acted on, often those of --decisions: what they blocked and has no label is unknown, not "
        "legitimate, and is left out (train.unseen_after)",
    )
    parser.add_argument("--k", type=int, nargs="+", default=[50, 100, 200], help="accounts that are looked at a day (default 50 100 200)")
    parser.add_argument("--resamples", type=int, default=500, help="of the bootstrap of --against (default %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap (default %(default)s)")
    parser.add_argument(
        "--model", type=Path, metavar="DIR", help="the model that decided, for its card in the report (default: the configured one)"
    )
    parser.add_argument("--json", type=Path, metavar="OUT.json", help="write the figures here as well")
    parser.add_argument("--report", type=Path, metavar="OUT.html", help="write verdict, figures and plots as one page")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="write the plots as PNG files")


def run(args: argparse.Namespace) -> int:
    from flink_job.commands.options import settings_of
    from flink_job.commands.streams_as_files import streams_as_files
    from gnn.report.extra import check_extra

    _check(args)
    if args.report or args.plots:
        check_extra()
    settings = settings_of(args)
    with streams_as_files(args, ("decisions", "against", "acted"), settings.redis):
        return _evaluate(args, settings)


def _evaluate(args: argparse.Namespace, settings: Settings) -> int:
    from dataclasses import asdict

    from flink_job.commands.evaluation_table import show_evaluation
    from gnn.evaluation import compare

    costs, models = settings.train.costs, _models(args, settings)
    card = None if args.scores else _card(args, settings.model, models[0].model)
    evaluation = _evaluated(models[0], costs, args.k)
    comparison = compare(models[0], models[1], costs, args.k, args.resamples, args.seed) if len(models) > 1 else None
    held = _held_incidents(args, settings)
    verdict = _verdict(models[0], evaluation, costs, card, comparison)
    if args.json:
        document = evaluation.document() | {"verdict": asdict(verdict)}
        document |= {"comparison": comparison.document()} if comparison else {}
        _write_json(args.json, document | ({"incidents": held.document()} if held else {}))
    tables = _tables(evaluation, comparison, held)
    show_evaluation(evaluation, verdict, tables)
    plots = _draw(args, models, costs) if args.report or args.plots else []
    if args.report:
        from gnn.report.page import write_page
        from gnn.report.report import report_page

        write_page(report_page(models, evaluation, verdict, tables, plots, costs, card), args.report)
    return 0


def _check(args: argparse.Namespace) -> None:
    from domain.errors import SettingError

    if args.scores and (args.decisions or args.truth):
        raise SettingError("--scores takes the place of --decisions and --truth: leave them out")
    if not args.scores and not (args.decisions and args.truth):
        raise SettingError("give --decisions and --truth, or --scores")
    if (args.begin or args.end) and (args.scores or args.incidents):
        option = "--from" if args.begin else "--to"
        raise SettingError(f"{option} goes with --decisions and --truth only: a backtest has its test periods, incidents have no first day")
    if args.scores and args.acted:
        raise SettingError("--acted goes with --decisions and --truth only")
    if args.scores and args.incidents:
        raise SettingError("--incidents needs --decisions and --truth: which alert is in which incident?")
    if args.scores and args.model:
        raise SettingError("--model goes with --decisions: a backtest trains its own models")
    if min(args.k) < 1:
        raise SettingError("--k must be at least 1")
    if args.resamples < LEAST_RESAMPLES:
        raise SettingError(f"--resamples must be at least {LEAST_RESAMPLES}")
    if args.seed < 0:
        raise SettingError("--seed must not be negative")


def _models(args: argparse.Namespace, settings: Settings) -> list[ScoredTruth]:
    """Read one model or two, with names that differ."""
    from dataclasses import replace

    from domain.events.identity import as_text
    from flink_job.commands.times import option_ms
    from gnn.evaluation import join_truth, read_scores
    from ops.secrets import pseudonyms

    def account_of(raw: str) -> str:
        return as_text(pseudonyms(settings.identity, warn=False).of("account", raw))

    paths = [path for path in (args.scores or args.decisions, args.against) if path]
    models = [read_scores(path) if args.scores else join_truth(path, args.truth, account_of) for path in paths]
    if (begin := option_ms(args.begin, "--from")) is not None:
        models = [scored.since(begin) for scored in models]
    if (end := option_ms(args.end, "--to")) is not None:
        models = [scored.until(end) for scored in models]
    if args.acted:
        models = [_seen(args, scored, settings) for scored in models]
    if len(models) > 1:
        models[1] = models[1].like(models[0])
        if models[0].model == models[1].model:
            models = [replace(scored, model=f"{scored.model}, {path}") for scored, path in zip(models, paths, strict=True)]
    return models


def _seen(args: argparse.Namespace, scored: ScoredTruth, settings: Settings) -> ScoredTruth:
    """Return the events whose outcome was seen; how many were not goes to stderr."""
    import sys

    from domain.wording import counted
    from gnn.evaluation.unseen_rows import without_unseen

    kept = without_unseen(scored, args.acted, settings.train.unseen_after)
    if unseen := len(scored.rows) - len(kept.rows):
        said = f"{counted(unseen, 'event')} left out, kept from happening and without a label"
        print(f"ringwatch evaluate: note: {scored.model}: {said}", file=sys.stderr)
    return kept


def _card(args: argparse.Namespace, configured: str, decided_by: str) -> ModelCard | None:
    """Return the card of the model that decided: of `--model`, or of the configured one if it did."""
    from domain.errors import SettingError
    from gnn.artifact.artifact import read_card
    from gnn.card.card import ArtifactError

    model_id = decided_by.split(", ")[0]  # two files of one model have names with their paths
    if args.model:
        card = read_card(args.model)
        if card.model_id != model_id:
            raise SettingError(f"--model: {args.model} holds {card.model_id}, the decisions are of {model_id}: give the model that decided")
        return card
    try:
        card = read_card(Path(configured))
    except ArtifactError:
        return None
    return card if card.model_id == model_id else None


def _evaluated(scored: ScoredTruth, costs: Costs, accounts_a_day: list[int]) -> Evaluation | ScoreEvaluation:
    from gnn.evaluation import evaluate_rows, evaluate_scores

    return evaluate_scores(scored) if "fold" in scored.rows else evaluate_rows(scored, costs, accounts_a_day)


def _held_incidents(args: argparse.Namespace, settings: Settings) -> IncidentEvaluation | None:
    """Return the figures of the incidents, if any are given.

    What cannot be said or was left out goes to stderr.
    """
    import sys

    from gnn.evaluation.incidents import evaluate_incidents

    if not args.incidents:
        return None
    held = evaluate_incidents(_incidents(args.incidents, settings.redis), args.decisions, args.truth)
    for note in held.notes:
        print(f"ringwatch evaluate: warning: {note}", file=sys.stderr)
    return held


def _incidents(source: str, redis: RedisSettings) -> Iterable[dict[str, Any]]:
    """Return documents of files, or of a stream where `source` is an address.

    `redis:` is the configured one.
    """
    from gnn.evaluation.incident_files import checked, read_incidents
    from ops.redis.address import is_address
    from ops.redis.stream_documents import stream_documents
    from ops.secrets import redis_url

    if not is_address(source):
        return read_incidents(Path(source))
    url = redis_url(redis.url) if source == "redis:" else source
    return (checked(document, f"{redis.prefix}incidents") for document in stream_documents(url, redis.prefix, "incidents"))


def _verdict(
    scored: ScoredTruth, evaluation: Evaluation | ScoreEvaluation, costs: Costs, card: ModelCard | None, against: Comparison | None
) -> Verdict:
    from gnn.evaluation import ScoreEvaluation
    from gnn.evaluation.verdict import score_verdict, verdict

    if isinstance(evaluation, ScoreEvaluation):
        return score_verdict(evaluation, against)
    return verdict(scored, evaluation, costs, card.data.until_ms if card else None, against)


def _tables(evaluation: Evaluation | ScoreEvaluation, comparison: Comparison | None, held: IncidentEvaluation | None) -> list[TextTable]:
    from gnn.evaluation import Evaluation
    from gnn.evaluation.incident_tables import incident_tables
    from gnn.evaluation.tables import comparison_table, detail_tables, fold_table

    details = detail_tables(evaluation) if isinstance(evaluation, Evaluation) else [fold_table(evaluation)]
    return [*([comparison_table(comparison)] if comparison else []), *details, *(incident_tables(held) if held else [])]


def _write_json(path: Path, document: dict[str, object]) -> None:
    import json

    from domain.whole_files import whole_file

    with whole_file(path) as file:
        file.write(json.dumps(document, indent=2, allow_nan=False) + "\n")


def _draw(args: argparse.Namespace, models: list[ScoredTruth], costs: Costs) -> list[Plot]:
    from gnn.evaluation import EvaluationError
    from gnn.report.page import write_plots
    from gnn.report.plots import draw_plots

    if models[0].rows.fraud.all() or not models[0].rows.fraud.any():
        raise EvaluationError("the events are all of one class, so that there is nothing to plot: leave --report and --plots out")
    plots = draw_plots(models, costs)
    if args.plots:
        write_plots(plots, args.plots)
    return plots
