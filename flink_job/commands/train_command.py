"""`ringwatch train`"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from flink_job.commands.command_files import CommandFiles
from gnn.history.train_settings import LABELS, MODELS

if TYPE_CHECKING:
    from gnn.card.card import ModelCard

EXAMPLE = "ringwatch train --events history.jsonl --out models/first --split 70/15/15"
FILES = CommandFiles(inputs=("events",), replaced=("out",))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--events", type=Path, nargs="+", required=True, metavar="E.jsonl", help="history with labels, in time order")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the model artifact")
    parser.add_argument("--from", dest="begin", metavar="DATE", help="learn from events of this day on (earlier ones fill the state)")
    parser.add_argument("--to", dest="end", metavar="DATE", help="learn from events before this day, and labels known by then")
    parser.add_argument(
        "--split", metavar="70/15/15", help="shares of the events, in time order: training, validation, and a test part left for you"
    )
    parser.add_argument("--label-delay", metavar="7d", help="an event this old without a fraud label counts as legitimate")
    parser.add_argument("--labels", choices=LABELS, help="known: those that had come when training ends; final: all of the files")
    parser.add_argument("--model", choices=MODELS, metavar="KIND", help=f"{', '.join(MODELS)} (default: the configured one)")
    parser.add_argument("--seed", type=int, help="of all random numbers; the same seed and history give the same model")


def run(args: argparse.Namespace) -> int:
    import time
    from dataclasses import replace

    from flink_job.commands.history_options import shares, tell_unread_attributes
    from flink_job.commands.options import event_parser, existing, settings_of
    from flink_job.commands.phase_progress import PhaseProgress
    from flink_job.commands.times import day_ms, duration_s
    from gnn.training.training import train

    settings = settings_of(args, train__model=args.model, train__seed=args.seed, train__labels=args.labels)
    given = {
        "from_ms": day_ms(args.begin, "--from"),
        "to_ms": day_ms(args.end, "--to"),
        "label_delay_s": duration_s(args.label_delay, "--label-delay"),
        "split": shares(args.split, "--split"),
    }
    chosen = replace(settings.train, **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    files, parser = existing(args.events, "--events"), event_parser(settings)
    tell_unread_attributes(files, settings.graph)
    began = time.monotonic()
    with PhaseProgress() as progress:
        card = train(chosen, settings.graph, files, args.out, parser, progress)
    _summarise(card, args, has_test=chosen.split is not None and chosen.split[2] > 0, seconds=time.monotonic() - began)
    return 0


def _summarise(card: ModelCard, args: argparse.Namespace, has_test: bool, seconds: float) -> None:
    from domain.times import rough_duration
    from domain.wording import counted
    from flink_job.commands.end_summary import day, moment, print_summary
    from gnn.card.blocked_bound import blocked_bound

    data, metrics = card.data, card.metrics
    rejected = f"{counted(data.rejected, 'line')}; ringwatch features says why" if data.rejected else ""
    wait_s = (data.until_ms - data.mature_ms) / 1000
    young = f"events of the last {rough_duration(wait_s)} before {day(data.until_ms)}: see --label-delay, --labels" if wait_s > 0 else ""
    rows = [
        ("trained on", f"{data.train_events:,} events, {data.train_frauds:,} fraud, {day(data.from_ms)} to {day(data.validation_from_ms)}"),
        (
            "validated on",
            f"{data.validation_events:,} events, {data.validation_frauds:,} fraud, {day(data.validation_from_ms)} to {day(data.mature_ms)}",
        ),
        (
            "",
            f"average precision {metrics.average_precision:.3f}, AUC {metrics.auc:.4f}, calibration error {metrics.calibration_error:.4f}",
        ),
        ("", f"recall at 1% false positives {metrics.recall_at_1pct_fpr:.3f}"),
        ("thresholds", f"investigate from {card.thresholds.investigate:.3f}, block from {card.thresholds.block:.3f}"),
        ("few events", blocked_bound(card).warning or ""),
        ("too young", young),
        ("rejected", rejected),
        ("took", rough_duration(seconds)),
    ]
    print_summary(
        f"{card.model_id} in {args.out}, described in {args.out / 'card.md'}", rows, _following(args, moment(data.until_ms + 1), has_test)
    )


def _following(args: argparse.Namespace, test_from: str, has_test: bool) -> list[str]:
    """Return the commands that usually come after a training."""
    if not has_test:
        return [
            f"ringwatch score --model {args.out} --events NEW.jsonl --out decisions.jsonl",
            f"ringwatch run --set model={args.out} --source file:NEW.jsonl",
        ]
    events = " ".join(map(str, args.events))
    score = f"ringwatch score --model {args.out} --events {events} --out decisions.jsonl"
    if len(args.events) > 1:
        return [score, f"ringwatch evaluate --decisions decisions.jsonl --truth TRUTH --from {test_from}"]
    return [score, f"ringwatch evaluate --decisions decisions.jsonl --truth {events} --from {test_from}"]
