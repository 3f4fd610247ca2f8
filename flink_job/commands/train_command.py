"""`ringwatch train`"""

from __future__ import annotations

import argparse
from pathlib import Path

from gnn.history.train_settings import MODELS

EXAMPLE = "ringwatch train --events history.jsonl --out models/2026-06 --from 2026-01-01 --to 2026-06-01 --label-delay 7d"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--events", type=Path, nargs="+", required=True, metavar="E.jsonl", help="history with labels, in time order")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the model artifact")
    parser.add_argument("--from", dest="begin", metavar="DATE", help="learn from events of this day on (earlier ones fill the state)")
    parser.add_argument("--to", dest="end", metavar="DATE", help="learn from events before this day, and labels known by then")
    parser.add_argument("--label-delay", metavar="7d", help="an event this old without a fraud label counts as legitimate")
    parser.add_argument("--model", choices=MODELS, help="kind of model (default: configured)")
    parser.add_argument("--seed", type=int)


def run(args: argparse.Namespace) -> int:
    import sys
    from dataclasses import replace
    from typing import Any

    from flink_job.commands.options import PhaseProgress, event_parser, existing, settings_of
    from flink_job.commands.times import day_ms, duration_s
    from gnn.training.training import train

    settings = settings_of(args, train__model=args.model, train__seed=args.seed)
    given: dict[str, Any] = {
        "from_ms": day_ms(args.begin, "--from"),
        "to_ms": day_ms(args.end, "--to"),
        "label_delay_s": duration_s(args.label_delay, "--label-delay"),
    }
    chosen = replace(settings.train, **{name: value for name, value in given.items() if value is not None})
    with PhaseProgress() as progress:
        card = train(chosen, settings.graph, existing(args.events, "--events"), args.out, event_parser(settings), progress)
    metrics = card.metrics
    print(
        f"{card.model_id} in {args.out}: on the last days average precision {metrics.average_precision:.3f}, AUC {metrics.auc:.4f}, "
        f"recall at 1% false positives {metrics.recall_at_1pct_fpr:.3f}, calibration error {metrics.calibration_error:.4f}; "
        f"investigate at {card.thresholds.investigate:.3f}, block at {card.thresholds.block:.3f}",
        file=sys.stderr,
    )
    return 0
