"""`ringwatch backtest`"""

from __future__ import annotations

import argparse
from pathlib import Path

from gnn.history.train_settings import MODELS

EXAMPLE = "ringwatch backtest --events history.jsonl --fold 2026-03-01 2026-03-08 --train 7d --delay 7d --test 7d --out scores.parquet"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--events", type=Path, nargs="+", required=True, metavar="E.jsonl", help="history with labels, in time order")
    parser.add_argument("--fold", nargs="+", required=True, metavar="DATE", help="first days of the training periods, one fold each")
    parser.add_argument("--train", default="7d", metavar="7d", help="length of a training period (default 7d)")
    parser.add_argument("--delay", default="7d", metavar="7d", help="from its end to the test: labels that come meanwhile count")
    parser.add_argument("--test", default="7d", metavar="7d", help="length of a test period (default 7d)")
    parser.add_argument("--out", type=Path, required=True, metavar="SCORES.parquet", help="fold, event_id, event_time, score, label")
    parser.add_argument("--model", choices=MODELS, help="kind of model (default: configured)")
    parser.add_argument("--without", nargs="+", default=[], metavar="GROUP", help="hide groups of inputs, to see what they are worth")
    parser.add_argument("--seed", type=int)


def run(args: argparse.Namespace) -> int:
    import sys

    from domain.errors import SettingError
    from domain.features.extractor import FeatureExtractor
    from flink_job.commands.options import PhaseProgress, event_parser, existing, settings_of
    from flink_job.commands.times import day_ms, duration_s
    from gnn.training.backtest import Candidate, Fold, backtest

    settings = settings_of(args, train__model=args.model, train__seed=args.seed)
    spans = [duration_s(getattr(args, name), f"--{name}") or 0.0 for name in ("train", "delay", "test")]
    if len(set(args.fold)) < len(args.fold):
        raise SettingError("--fold names a day twice")
    groups = {feature.group for feature in FeatureExtractor(settings.graph).flat_features}
    if unknown := sorted(set(args.without) - groups):
        raise SettingError(f"--without {unknown[0]}: no such group; use some of {', '.join(sorted(groups))}")
    folds = [Fold.of(day, day_ms(day, "--fold") or 0, *spans) for day in args.fold]
    with PhaseProgress() as progress:
        candidates = [Candidate(settings.train, args.out, tuple(args.without))]
        report = backtest(candidates, settings.graph, existing(args.events, "--events"), folds, event_parser(settings), progress)
    counts = ", ".join(f"{fold} {count:,}" for fold, count in report.scored.items())
    rejected = f"; {report.counts.rejected:,} lines rejected" if report.counts.rejected else ""
    print(f"scored events by fold: {counts}, in {args.out}{rejected}", file=sys.stderr)
    return 0
