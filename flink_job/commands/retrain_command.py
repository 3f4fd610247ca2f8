"""`ringwatch retrain`"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from flink_job.commands.command_files import CommandFiles
from gnn.retraining.settings import PROMOTE, SHADOW, THEN

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings
    from gnn.retraining.ledger import Ledger
    from gnn.retraining.trial import Trial
    from gnn.scoring.offline_score import Decides
    from gnn.scoring.scorer import Scorer

EXAMPLE = "ringwatch retrain --lake run/lake --then shadow"
FILES = CommandFiles(inputs=("events", "decisions", "active"))
ACTIONS = ("try", "shadow", "promote", "rollback", "list")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from flink_job.commands.history_files import add_decisions_option, add_history_options

    add = parser.add_argument
    add(
        "action",
        nargs="?",
        default="try",
        choices=ACTIONS,
        help="try: train a candidate and compare it (the default); shadow, promote: put the newest candidate in shadow, or in force; "
        "rollback: put the model before in force again; list: what was done",
    )
    add_history_options(parser, required=False)
    add_decisions_option(parser)
    add("--active", type=Path, metavar="DIR", help="the model in force (default: the one promoted last, or the configured one)")
    add("--test-from", metavar="DATE", help="compare from this day on, whatever the active model was trained on")
    add("--seed", type=int, help="of all random numbers of the training")
    add("--then", choices=THEN, help="report, or at once shadow or promote what is not worse (default: retrain.then)")
    add("--reason", default="retrained", metavar="TEXT", help="why the model changes, for the audit (default: %(default)s)")
    add("--sign", metavar="NAME", help="sign the control record with this key, where no service sends it")
    add("--yes", action="store_true", help="ask nothing")


def run(args: argparse.Namespace) -> int:
    from flink_job.cluster.run_lock import locked_folder
    from flink_job.commands.model_switch import change_model, confirmed
    from flink_job.commands.options import settings_of
    from gnn.retraining.ledger import Ledger

    settings = settings_of(args, train__seed=args.seed, retrain__then=args.then)
    folder = Path(settings.retrain.folder)
    if args.action == "list":
        return _list(Ledger.read(folder))
    with locked_folder(folder, "retrain.folder"):
        ledger = Ledger.read(folder)
        if args.action == "try":
            return _try(args, settings, ledger)
        step = ledger.to_roll_back if args.action == "rollback" else ledger.candidate
        return change_model(args, settings, ledger, args.action) if confirmed(args, step) else 1


def _list(ledger: Ledger) -> int:
    from domain.times import rfc3339
    from gnn.retraining.ledger import ROLLED_BACK

    for entry in ledger.entries:
        said = f": {entry.judgement}" if entry.judgement else ""
        act = "back to" if entry.act == ROLLED_BACK else entry.act
        print(f"{rfc3339(entry.at_ms)}  {act:8}  {entry.model}  {entry.path}{said}")
    return 0


def _try(args: argparse.Namespace, settings: Settings, ledger: Ledger) -> int:
    from domain.errors import SettingError
    from domain.times import now_ms
    from flink_job.commands.retrain_reports import write_reports
    from flink_job.commands.serve_process import ended_with_parent
    from gnn.artifact.artifact import card_digest
    from gnn.retraining.ledger import TRIED, Entry

    if args.events is None and args.lake is None:
        raise SettingError("retrain learns from a history: give --events or --lake")
    folder = Path(settings.retrain.folder)
    active = args.active or Path(ledger.active or settings.model)
    with ended_with_parent():
        trial = _trial(args, settings, active, folder)
        place = _placed(folder, trial)
        report = write_reports(trial, place, settings.train.costs)
        word = f"{trial.judgement.word}: {trial.judgement.why}"
        entry = Entry(now_ms(), TRIED, trial.candidate.model_id, str(place), str(active.resolve()), word, card=card_digest(place))
        ledger = ledger.with_entry(entry)
        ledger.write(folder)
    _tell(trial, place, report)
    return _follow(args, settings, ledger, trial)


def _follow(args: argparse.Namespace, settings: Settings, ledger: Ledger, trial: Trial) -> int:
    """Do what `retrain.then` says of a candidate that may replace the active model."""
    from flink_job.commands.model_switch import change_model

    then = settings.retrain.then
    if then not in (SHADOW, PROMOTE) or not trial.judgement.may_replace:
        return 0
    return change_model(args, settings, ledger, then)


def _trial(args: argparse.Namespace, settings: Settings, active: Path, folder: Path) -> Trial:
    from flink_job.commands.history_files import acted_events, history_files
    from flink_job.commands.options import event_parser
    from flink_job.commands.phase_progress import PhaseProgress
    from flink_job.commands.times import option_ms
    from gnn.artifact.artifact import read_card
    from gnn.history.replay import latest_ms
    from gnn.retraining.trial import History, try_candidate
    from gnn.retraining.weeks import newest_weeks

    parser, card = event_parser(settings), read_card(active)
    with history_files(args, settings) as files, PhaseProgress() as progress:
        history = History(settings.graph, parser, files, acted_events(args, settings))
        begin = option_ms(args.test_from, "--test-from")
        weeks = newest_weeks(latest_ms(files, parser), settings.train.label_delay_s, settings.retrain.test_days, card.data, begin)
        both = settings.train, settings.retrain
        return try_candidate(history, active, folder / "new", weeks, both, lambda scorer: _decider(settings, scorer), progress)


def _decider(settings: Settings, scorer: Scorer) -> Decides:
    """Return what decides by the policy of the job, without reviews in place of blocks: they are chance."""
    from domain.decisions.exploration import ExploreSettings
    from gnn.scoring.decider import Decider
    from ops.secrets import pseudonyms

    policy = replace(settings.policy, explore=ExploreSettings())
    return Decider(settings.graph, scorer, policy, pseudonyms(settings.identity, warn=False))


def _placed(folder: Path, trial: Trial) -> Path:
    """Give the candidate's folder its name, and return it."""
    import shutil

    place = (folder / trial.candidate.model_id).resolve()
    if place.exists():
        shutil.rmtree(folder / "new")  # the same weights: the same history was tried before
    else:
        (folder / "new").rename(place)
    return place


def _tell(trial: Trial, place: Path, report: Path) -> None:
    from flink_job.commands.end_summary import day, print_summary

    judgement, weeks, rows = trial.judgement, trial.weeks, trial.models[0].rows
    found = [
        ("beside", trial.active.model_id),
        ("compared on", f"{len(rows):,} events, {int(rows.fraud.sum()):,} fraud, {day(weeks.from_ms)} to {day(weeks.until_ms)}"),
        *(
            (row.figure, f"{row.first:,.3f}, active {row.second:,.3f}, difference {row.low:+,.3f} to {row.high:+,.3f}")
            for row in trial.comparison.differences
        ),
        ("judgement", f"{judgement.word}: {judgement.why}"),
        ("report", str(report)),
    ]
    following = ["ringwatch retrain shadow", "ringwatch retrain promote"] if judgement.may_replace else []
    print_summary(f"{trial.candidate.model_id} in {place}", found, following)
