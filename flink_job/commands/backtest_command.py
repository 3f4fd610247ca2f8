"""`ringwatch backtest`"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flink_job.commands.command_files import CommandFiles
from gnn.history.train_settings import LABELS, MODELS

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings
    from gnn.training.backtest import BacktestReport, Candidate, Fold

EXAMPLE = "ringwatch backtest --events history.jsonl --fold 2026-03-01 2026-03-08 --model gbt gnn --out scores.parquet"
FILES = CommandFiles(inputs=("events", "decisions"), outputs=("out",))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from flink_job.commands.history_files import add_decisions_option, add_history_options

    add_history_options(parser)
    add_decisions_option(parser)
    parser.add_argument("--fold", nargs="+", required=True, metavar="DATE", help="first days of the training periods, one fold each")
    parser.add_argument("--train", default="7d", metavar="7d", help="length of a training period (default 7d)")
    parser.add_argument("--delay", default="7d", metavar="7d", help="from its end to the test: labels that come meanwhile count")
    parser.add_argument("--test", default="7d", metavar="7d", help="length of a test period (default 7d)")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="SCORES.parquet",
        help="fold, event_id, event_time, score, label; of several models one table each, SCORES.gbt.parquet",
    )
    parser.add_argument(
        "--model",
        nargs="+",
        choices=MODELS,
        metavar="KIND",
        help=f"kinds of model, all from one replay of the history: {', '.join(MODELS)} (default: the configured one)",
    )
    parser.add_argument("--labels", choices=LABELS, help="known: those that had come when the test begins; final: all of the files")
    parser.add_argument("--without", nargs="+", default=[], metavar="GROUP", help="hide groups of inputs, to see what they are worth")
    parser.add_argument("--seed", type=int, help="of all random numbers")


def run(args: argparse.Namespace) -> int:
    import time

    from domain.paths import check_outputs
    from flink_job.commands.history_files import acted_events, history_files
    from flink_job.commands.history_options import tell_disorder, tell_unread_attributes
    from flink_job.commands.options import event_parser, settings_of
    from flink_job.commands.phase_progress import PhaseProgress
    from gnn.training.backtest import backtest

    settings = settings_of(args, train__seed=args.seed, train__labels=args.labels)
    candidates, folds = _candidates(args, settings), _folds(args)
    check_outputs({"--events": args.events or []}, {"--out": [one.out for one in candidates]})
    began, parser = time.monotonic(), event_parser(settings)
    with history_files(args, settings) as files:
        tell_unread_attributes(files, settings.graph)
        tell_disorder(files, settings)
        acted = acted_events(args, settings)
        with PhaseProgress() as progress:
            report = backtest(candidates, settings.graph, files, folds, parser, progress, acted)
    _summarise(report, candidates, time.monotonic() - began)
    return 0


def _candidates(args: argparse.Namespace, settings: Settings) -> list[Candidate]:
    """Return one candidate per model, each with a table of its own."""
    from dataclasses import replace

    from domain.errors import SettingError
    from domain.features.extractor import FeatureExtractor
    from gnn.training.backtest import Candidate

    models: list[str] = args.model or [settings.train.model]
    if len(set(models)) < len(models):
        raise SettingError("--model names a kind twice")
    groups = {feature.group for feature in FeatureExtractor(settings.graph).flat_features}
    if unknown := sorted(set(args.without) - groups):
        raise SettingError(f"--without {unknown[0]}: no such group; use some of {', '.join(sorted(groups))}")
    out: Path = args.out
    outs = [out if len(models) == 1 else out.with_suffix(f".{model}{out.suffix}") for model in models]
    return [Candidate(replace(settings.train, model=model), path, tuple(args.without)) for model, path in zip(models, outs, strict=True)]


def _folds(args: argparse.Namespace) -> list[Fold]:
    from domain.errors import SettingError
    from flink_job.commands.times import option_ms, option_s
    from gnn.training.backtest import Fold

    if len(set(args.fold)) < len(args.fold):
        raise SettingError("--fold names a day twice")
    spans = [option_s(getattr(args, name), f"--{name}") or 0.0 for name in ("train", "delay", "test")]
    return [Fold.of(day, option_ms(day, "--fold") or 0, *spans) for day in args.fold]


def _summarise(report: BacktestReport, candidates: Sequence[Candidate], seconds: float) -> None:
    from domain.times import rough_duration
    from domain.wording import counted
    from flink_job.commands.end_summary import left_out, print_summary

    rows = [row for one in candidates for row in ((one.settings.model, _quality(one.out)), ("", str(one.out)))]
    rows += [
        ("events", ", ".join(f"fold {fold} {count:,}" for fold, count in report.scored.items())),
        ("left out", left_out(report.counts)),
        *([("unknown", f"{counted(report.unknown, 'event')} kept from happening, without a label")] if report.unknown else []),
        ("took", rough_duration(seconds)),
    ]
    first, *others = (one.out for one in candidates)
    following = [f"ringwatch evaluate --scores {first} --against {other}" for other in others]
    title = f"{counted(sum(report.scored.values()), 'event')} scored in {counted(len(report.scored), 'fold')}"
    print_summary(title, rows, following or [f"ringwatch evaluate --scores {first}"])


def _quality(scores: Path) -> str:
    """Return the quality of a table in words."""
    from gnn.evaluation import EvaluationError, evaluate_scores, read_scores

    try:
        mean = evaluate_scores(read_scores(scores)).mean.ranking
    except EvaluationError as why:  # a fold with one class only
        return f"not evaluated: {why}"
    return f"average precision {mean.average_precision:.3f}, AUC {mean.auc:.4f}, the mean over the folds"
