"""`ringwatch score`"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from flink_job.commands.command_files import CommandFiles

if TYPE_CHECKING:
    from domain.events.identity import Pseudonyms
    from flink_job.settings.settings import Settings
    from gnn.history.event_order import EventOrder
    from gnn.history.rejections import Rejections
    from gnn.history.replay import ReplayCounts
    from gnn.scoring.decider import Decider
    from gnn.scoring.decider_switch import DeciderSwitch
    from gnn.scoring.drift import DriftWatch
    from gnn.scoring.offline_control import OfflineControl

EXAMPLE = "ringwatch score --model gnn/pretrained/default --events events.jsonl --out decisions.jsonl"
FILES = CommandFiles(inputs=("events", "model", "control"), outputs=("out", "incidents", "drift", "enriched"))
DRIFTS_SHOWN = 5
MISSING_SHOWN = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", metavar="DIR", help="model artifact (default: the configured one)")
    parser.add_argument(
        "--events", type=Path, nargs="+", required=True, metavar="E.jsonl", help="event files, or their folder, in time order"
    )
    parser.add_argument("--drift", type=Path, metavar="OUT.json", help="write how far scores and inputs have moved since training")
    parser.add_argument(
        "--control", type=Path, metavar="CONTROL.jsonl", help="control records, or the entries of control_applied that the job has written"
    )
    parser.add_argument("--silent-until", metavar="TIME", help="with --incidents: publish none before this time, as the job does")
    parser.add_argument("--out", type=Path, required=True, metavar="DECISIONS.jsonl", help="the documents that the job would write")
    parser.add_argument(
        "--enriched", type=Path, metavar="ENRICHED.jsonl", help="the documents of job.enriched, too: each event with its decision"
    )
    parser.add_argument(
        "--incidents", type=Path, metavar="INCIDENTS.jsonl", help="the incident revisions, too, with the template's summaries"
    )


def run(args: argparse.Namespace) -> int:
    import sys
    import time

    from domain.decisions.enriched import Enricher
    from flink_job.commands.options import event_parser, existing, settings_of
    from flink_job.commands.phase_progress import GETTING_READY, PhaseProgress
    from gnn.artifact.artifact import load_scorer
    from gnn.history.event_order import EventOrder
    from gnn.history.rejections import Rejections
    from gnn.history.replay import Replay, count_lines
    from gnn.scoring.decider import Decider
    from gnn.scoring.drift import DriftWatch
    from gnn.scoring.incident_replay import IncidentReplay
    from gnn.scoring.offline_score import EnrichedFile, score_files
    from ops.secrets import pseudonyms

    place = f"file:{args.enriched}" if args.enriched else None
    settings = settings_of(args, model=args.model, job__silent_until=args.silent_until, job__enriched=place)
    files = existing(args.events, "--events")
    scorer, parser = load_scorer(Path(settings.model), settings.graph), event_parser(settings)
    watch = DriftWatch(scorer, settings.graph) if args.drift else None
    known = pseudonyms(settings.identity)
    decider = Decider(settings.graph, scorer, settings.policy, known, watch)
    control = control_in(args.control, settings, known) if args.control else None
    decides = switch_of(decider, settings, known) if control else decider
    rejections, order, lines = Rejections(), EventOrder(settings.job.out_of_order_s), count_lines(files)
    compare, ahead_min = control.compare if control else None, settings.job.ahead_min
    replay = Replay(
        settings.graph, parser, on_rejected=rejections.take, on_event=order.take, on_parsed=compare, ahead_min=ahead_min,
        lag_s=settings.job.lag_s,
    )  # fmt: skip
    gathered = IncidentReplay(settings.incidents, settings.job.out_of_order_s, settings.job.silent_until_ms)
    incidents = (gathered, args.incidents) if args.incidents else None
    enricher = Enricher(settings.graph, settings.job.enriched_features)
    enriched = EnrichedFile(enricher, args.enriched, settings.job.enriched_raw) if args.enriched else None
    began = time.monotonic()
    with PhaseProgress() as progress:
        progress(GETTING_READY, 0, 0)
        shown = lambda _: progress("scoring", replay.counts.lines, lines)  # noqa: E731
        decided = score_files(replay, decides, files, args.out, shown, incidents, control, enriched)
    _summarise(args, decided, replay.counts, rejections, order, time.monotonic() - began, control)
    if watch is not None:
        _tell_drift(watch, scorer.card.model_id, args.drift)
    if not decided:
        print(f"ringwatch score: no event was decided: {args.out} is empty", file=sys.stderr)
    return 0 if decided else 1


def control_in(path: Path, settings: Settings, known: Pseudonyms) -> OfflineControl:
    """Read the control records; relative paths in them begin in the working directory."""
    from gnn.artifact.artifact import load_scorer
    from gnn.artifact.model_name import ModelName
    from gnn.scoring.offline_control import OfflineControl

    def named(folder: Path) -> str:
        return str(ModelName(load_scorer(folder, settings.graph).card.model_id, str(folder)))

    codes = tuple(rule.code for rule in settings.policy.rules)
    return OfflineControl(path, settings.graph, known, codes, named, settings.currency)


def switch_of(configured: Decider, settings: Settings, known: Pseudonyms) -> DeciderSwitch:
    """Return the decider of events that may name another model."""
    from domain.memory.trail import TrailCodec
    from gnn.artifact.model_name import ModelName
    from gnn.scoring.decider import Decider
    from gnn.scoring.decider_switch import DeciderSwitch

    def made(name: str) -> Decider:
        return Decider(settings.graph, ModelName.of(name).load(settings.graph), settings.policy, known)

    return DeciderSwitch(configured, TrailCodec(settings.graph), made)


def _under_control(control: OfflineControl | None) -> str:
    from domain.wording import counted

    if control is None:
        return ""
    said = f"{counted(control.applied, 'change')} took effect"
    if not control.unused:
        return said
    missing = control.missing
    events = f", first events that never came: {', '.join(missing[:MISSING_SHOWN])}" if missing else ""
    more = f" and {len(missing) - MISSING_SHOWN} more" if len(missing) > MISSING_SHOWN else ""
    return f"{said}, {control.unused:,} did not{events}{more}"


def _summarise(
    args: argparse.Namespace,
    decided: Counter[str],
    counts: ReplayCounts,
    rejections: Rejections,
    order: EventOrder,
    seconds: float,
    control: OfflineControl | None,
) -> None:
    from domain.decisions.decision import DECISIONS
    from domain.times import rough_duration
    from domain.wording import counted
    from flink_job.commands.end_summary import left_out, print_summary

    total = decided.total()
    by_decision = ", ".join(f"{decided[name]:,} {name} ({decided[name] / total:.1%})" for name in DECISIONS) if total else ""
    rows = [
        ("decided", by_decision),
        ("incidents", str(args.incidents or "")),
        ("enriched", str(args.enriched or "")),
        ("control", _under_control(control)),
        ("learnt from", counted(counts.labels, "label") if counts.labels else ""),
        ("left out", left_out(counts, rejections)),
        ("out of order", order.warning()),
        ("took", f"{rough_duration(seconds)}, {total / seconds:,.0f} events/s"),
    ]
    following = [f"ringwatch evaluate --decisions {args.out} --truth TRUTH --report quality.html"] if total else []
    print_summary(f"{counted(total, 'decision')} in {args.out}", rows, following)


def _tell_drift(watch: DriftWatch, model: str, out: Path) -> None:
    """Write all drifts into a file and print the largest."""
    import json
    import sys

    from domain.whole_files import whole_file

    with whole_file(out) as file:
        file.write(json.dumps(watch.document(model), indent=1) + "\n")
    print(f"drift since training (population stability index of {watch.events:,} events), all in {out}:", file=sys.stderr)
    for drift in [watch.score(), *watch.features()[:DRIFTS_SHOWN]]:
        print(f"  {drift.psi:7.3f}  {drift.verdict:4}  {drift.name}", file=sys.stderr)
