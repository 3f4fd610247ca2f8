"""`ringwatch train`"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flink_job.commands.command_files import CommandFiles
from gnn.history.train_settings import LABELS, MODELS

if TYPE_CHECKING:
    from domain.events.parser import EventParser
    from gnn.card.card import ModelCard

EXAMPLE = "ringwatch train --events history.jsonl --out models/first --split 70/15/15"
FILES = CommandFiles(inputs=("events", "decisions"), replaced=("out",))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from flink_job.commands.history_files import add_decisions_option, add_history_options

    add_history_options(parser)
    add_decisions_option(parser)
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

    from flink_job.commands.history_files import acted_events, history_files
    from flink_job.commands.history_options import shares, tell_disorder, tell_unread_attributes
    from flink_job.commands.options import event_parser, settings_of
    from flink_job.commands.phase_progress import PhaseProgress
    from flink_job.commands.times import option_ms, option_s
    from gnn.training.training import train

    settings = settings_of(args, train__model=args.model, train__seed=args.seed, train__labels=args.labels)
    given = {
        "from_ms": option_ms(args.begin, "--from"),
        "to_ms": option_ms(args.end, "--to"),
        "label_delay_s": option_s(args.label_delay, "--label-delay"),
        "split": shares(args.split, "--split"),
    }
    chosen = replace(settings.train, **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    began, parser = time.monotonic(), event_parser(settings)
    with history_files(args, settings) as files:
        tell_unread_attributes(files, settings.graph)
        tell_disorder(files, settings)
        acted = acted_events(args, settings)
        with PhaseProgress() as progress:
            card = train(chosen, settings.graph, files, args.out, parser, progress, acted)
        has_test = chosen.split is not None and chosen.split[2] > 0
        test = TestPart.of(card, files, parser) if has_test else None
    _summarise(card, args, test, time.monotonic() - began)
    return 0


@dataclass(frozen=True)
class TestPart:
    """The events that training did not see, from `from_ms` on.

    Of those from `known_ms` on most labels are still to come; None where all have come.
    """

    from_ms: int
    known_ms: int | None

    @classmethod
    def of(cls, card: ModelCard, files: Sequence[Path], parser: EventParser) -> TestPart:
        """Return the test part of a model that was trained on a split of these files."""
        from gnn.history.replay import latest_ms

        data = card.data
        if (data.labels_until_ms or 0) > data.until_ms:  # labels: final
            return cls(data.until_ms + 1, None)
        return cls(data.until_ms + 1, latest_ms(files, parser) - round(data.label_delay_s * 1000))

    @property
    def usable(self) -> bool:
        """Return whether the labels of any of its events have had the time to come."""
        return self.known_ms is None or self.known_ms > self.from_ms

    def note(self) -> str:
        """Return a word on labels that are still to come; empty where none are."""
        from flink_job.commands.end_summary import day

        if self.known_ms is None:
            return ""
        if self.known_ms > self.from_ms:
            return f"labels of events from {day(self.known_ms)} on are still to come: evaluate leaves these out (--to)"
        return (
            "its labels are still to come, and a good model looks useless by them: evaluate against a table of the whole truth, "
            "train on a longer history, or with --labels final if all labels are in the files"
        )


def _summarise(card: ModelCard, args: argparse.Namespace, test: TestPart | None, seconds: float) -> None:
    from domain.times import rough_duration
    from domain.wording import counted
    from flink_job.commands.end_summary import day, print_summary
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
        ("unknown", f"{counted(data.unknown_events, 'event')} kept from happening, without a label" if data.unknown_events else ""),
        ("too young", young),
        ("test part", test.note() if test else ""),
        ("rejected", rejected),
        ("took", rough_duration(seconds)),
    ]
    print_summary(f"{card.model_id} in {args.out}, described in {args.out / 'card.md'}", rows, _following(args, card, test))


def _following(args: argparse.Namespace, card: ModelCard, test: TestPart | None) -> list[str]:
    """Return the commands that usually come after a training."""
    from flink_job.commands.end_summary import moment

    decisions = f"decisions-{card.model_id}.jsonl"  # of its own: those of another model stay
    if test is None:
        return [
            f"ringwatch score --model {args.out} --events NEW.jsonl --out {decisions}",
            f"ringwatch run --set model={args.out} --source file:NEW.jsonl",
        ]
    files = args.events or ["EVENTS.jsonl"]  # score reads no lake
    events = " ".join(map(str, files))
    score = f"ringwatch score --model {args.out} --events {events} --out {decisions}"
    truth = events if args.events and len(files) == 1 and test.usable else "TRUTH"
    until = f" --to {moment(test.known_ms)}" if test.known_ms is not None and truth != "TRUTH" else ""
    evaluate = f"ringwatch evaluate --decisions {decisions} --truth {truth} --model {args.out} --from {moment(test.from_ms)}{until}"
    return [score, evaluate]
