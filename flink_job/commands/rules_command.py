"""`ringwatch rules`"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flink_job.commands.actions import Action, action_parsers

if TYPE_CHECKING:
    from domain.events.identity import Pseudonyms
    from domain.rules.conditions import Rule
    from domain.rules.names import RuleNames
    from flink_job.commands.rule_windows import Watch
    from flink_job.settings.settings import Settings
    from gnn.evaluation.rule_replay import RuleReplay
    from gnn.evaluation.rule_trial import Known, RuleTrial
    from gnn.scoring.decider_switch import DeciderSwitch

EXAMPLE = "ringwatch rules try wave.yaml --events events.jsonl"
_DRAFT = {"version": 1, "id": "draft", "by": "draft", "reason": "draft", "text": "the rule fires"}
"""Fields that a draft may leave out, which only the record needs."""


ACTIONS = {
    "check": Action(
        "say whether rules can be read, and what is wrong with those that cannot",
        "Reads the rules of YAML or JSON files as the job reads their records, and names the field at fault and the "
        "mend. Exits with 1 if one is refused.",
        "ringwatch rules check rules/*.yaml",
    ),
    "show": Action(
        "list what a condition may name, with units and examples",
        "Lists the features, fields, kinds of entity and attributes that a condition may name under these settings.",
        "ringwatch rules show | grep device",
    ),
    "try": Action(
        "say what rules would have done to the events of files, or of the stream",
        "Replays events through the code of the job and says for which of them a rule fires: fraud, legitimate and "
        "unknown, by day and in money, and what would be decided otherwise. A rule in any state is tried as an active one. "
        "--stream N takes the newest N events that the stream of service.score.events still holds, with the labels, decisions and "
        "lists of the other streams; features begin with the first of these events. --lake URL takes the rows of features "
        "of the last days as the job has seen them, with what was decided and the labels known now; no list may be asked for.",
        EXAMPLE,
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    for name, own in action_parsers(parser, ACTIONS):
        if name == "check":
            own.add_argument("rules", type=Path, nargs="+", metavar="RULE.yaml", help="files of rules")
        elif name == "try":
            _add_trial_arguments(own)


def _add_trial_arguments(own: argparse.ArgumentParser) -> None:
    own.add_argument(
        "file", type=Path, metavar="RULE.yaml", help="file of one rule or several; id, version, text, by and reason may be left out"
    )
    events = own.add_mutually_exclusive_group(required=True)
    events.add_argument("--events", type=Path, nargs="+", metavar="E.jsonl", help="event files, or their folder, in time order")
    events.add_argument("--stream", type=int, metavar="N", help="the newest N events of the stream, with what was decided, instead")
    events.add_argument("--lake", metavar="URL", help="the rows of features of a lake instead, as they were when events were decided")
    own.add_argument("--days", type=int, default=30, metavar="N", help="with --lake: its newest N days (default: 30)")
    own.add_argument(
        "--within-s", type=float, metavar="S", help="with --stream: fewer of its newest events where N do not fit into so many seconds"
    )
    own.add_argument("--truth", type=Path, metavar="TRUTH", help="what is known, as for evaluate (default: labels among the events)")
    own.add_argument("--decisions", type=Path, metavar="D.jsonl", help="what was decided (default: what the model decides now)")
    own.add_argument(
        "--control", type=Path, metavar="CONTROL.jsonl", help="control records in force beside it, such as the lists that it names"
    )
    own.add_argument("--model", metavar="DIR", help="model artifact that decides (default: the configured one)")
    own.add_argument("--json", action="store_true", help="print all figures as JSON")


def run(args: argparse.Namespace) -> int:
    from domain.rules.names import RuleNames
    from flink_job.commands.options import settings_of

    settings = settings_of(args, model=getattr(args, "model", None))
    names = RuleNames.of(settings.graph)
    if args.action == "check":
        return _check(args.rules, names)
    if args.action == "show":
        from flink_job.commands.rule_words import names_lines

        for line in names_lines(names):
            print(line)
        return 0
    return _try(args, settings, names)


def _check(files: list[Path], names: RuleNames) -> int:
    from domain.events.event import Rejected
    from domain.rules.conditions import leaves
    from domain.rules.language import rule_of
    from domain.wording import counted
    from flink_job.commands.rules_files import rule_documents

    refused = 0
    for path in files:
        try:
            documents = rule_documents(path)
        except Rejected as why:
            print(f"FAIL {path}: {why}")
            refused += 1
            continue
        for position, document in enumerate(documents, 1):
            where = f"{path}" if len(documents) == 1 else f"{path}, rule {position}"
            try:
                rule = rule_of(_as_rule(document), names)
            except Rejected as why:
                print(f"FAIL {where}: {why}{_draft_hint(why.field, document)}")
                refused += 1
                continue
            asked = counted(sum(1 for _ in leaves(rule.when)), "condition")
            print(f"ok   {where}: {rule.id} version {rule.version}, {rule.state}, {asked}, {rule.decision}")
    return int(refused > 0)


def _as_rule(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a document that is no control record of another kind; raise `Rejected` for a list or a model."""
    from domain.control.records import KINDS, RULE
    from domain.events.event import Rejected

    kind = document.get("control", RULE)
    if kind != RULE and kind in KINDS:
        raise Rejected("control", f"this is no rule but a {kind} record; leave it out of this file")
    return document


def _draft_hint(field: str, document: Mapping[str, Any]) -> str:
    """Return what takes a draft, where a field is missing that one may leave out."""
    return f" (ringwatch rules try takes drafts without {field})" if field in _DRAFT and field not in document else ""


def _tried_rules(path: Path, names: RuleNames) -> list[Rule]:
    """Return the rules of a file as active ones; a draft may leave out what only the record needs."""
    from dataclasses import replace

    from domain.errors import SettingError
    from domain.events.event import Rejected
    from domain.rules.conditions import ACTIVE
    from domain.rules.language import rule_of
    from flink_job.commands.rules_files import rule_documents

    try:
        documents = rule_documents(path)
    except Rejected as why:
        raise SettingError(f"{path}: {why}") from None
    found: list[Rule] = []
    for position, document in enumerate(documents, 1):
        draft = {**_DRAFT, "id": f"draft-{position}"}
        try:
            found.append(replace(rule_of({**draft, **_as_rule(document)}, names), state=ACTIVE))
        except Rejected as why:
            raise SettingError(f"{path}{f', rule {position}' if len(documents) > 1 else ''}: {why}") from None
    if len({rule.id for rule in found}) < len(found):
        raise SettingError(f"{path}: two rules have one id, so that nobody could tell their figures apart")
    return found


def _try(args: argparse.Namespace, settings: Settings, names: RuleNames) -> int:
    import json
    import sys

    from flink_job.commands.rule_words import trial_lines

    rules = _tried_rules(args.file, names)
    trials, known, window = _tried(args, settings, rules)
    if args.json:
        print(json.dumps({**window, **known.document(), "rules": [trial.document() for trial in trials]}, indent=1))
    else:
        print("\n\n".join("\n".join(trial_lines(trial, known)) for trial in trials))
    if not known.events:
        print("ringwatch rules: no event was replayed: nothing is known of the rule", file=sys.stderr)
    return 0 if known.events else 1


def _tried(args: argparse.Namespace, settings: Settings, rules: list[Rule]) -> tuple[list[RuleTrial], Known, dict[str, Any]]:
    """Return the trials of the rules, what is known of all events, and what the window is, for JSON."""
    if args.lake is not None:
        from flink_job.commands.rules_lake import tried_on_lake

        return tried_on_lake(args, settings, rules)
    replay, window = (_replayed(args, settings, rules), {}) if args.stream is None else _streamed(args, settings, rules)
    return replay.trials, replay.known, window


def _streamed(args: argparse.Namespace, settings: Settings, rules: list[Rule]) -> tuple[RuleReplay, dict[str, Any]]:
    """Replay what the streams hold; return what the window is, too."""
    from tempfile import TemporaryDirectory

    from domain.errors import SettingError
    from flink_job.commands.rule_windows import widest
    from flink_job.commands.stream_window import window_document, write_window
    from ops.redis.connection import RedisReadError

    if args.stream < 1:
        raise SettingError("--stream must be positive: so many of the newest events are replayed")
    if args.within_s is not None and not args.within_s > 0:
        raise SettingError("--within-s must be positive: the trial takes fewer events where they do not fit into this time")
    its_control = args.control

    def tried(most: int, watch: Watch) -> tuple[tuple[RuleReplay, dict[str, Any]], int]:
        with TemporaryDirectory(prefix="ringwatch-trial-") as folder:
            window = write_window(settings, rules, most, Path(folder))
            args.events, args.decisions, args.control = [window.events], window.decisions, window.control or its_control
            document = {"window": window_document(window, most, args.stream)}
            return (_replayed(args, settings, rules, watch), document), window.lines

    try:
        return widest(args.stream, args.within_s, tried)
    except RedisReadError as error:
        raise SettingError(str(error)) from None


def _replayed(args: argparse.Namespace, settings: Settings, rules: list[Rule], watch: Watch = lambda: None) -> RuleReplay:
    from domain.decisions.decision import APPROVE
    from flink_job.commands.options import event_parser, existing
    from flink_job.commands.phase_progress import GETTING_READY, PhaseProgress
    from flink_job.commands.score_command import control_in
    from gnn.evaluation.event_truth import truth_of_file, truth_of_labels
    from gnn.evaluation.rule_replay import RuleReplay, made_decisions, model_decisions
    from gnn.history.replay import count_lines
    from ops.secrets import pseudonyms

    files, parser = existing(args.events, "--events"), event_parser(settings)
    names = pseudonyms(settings.identity)
    with PhaseProgress() as shown:

        def progress(phase: str, done: int, total: int | None = None) -> None:
            watch()
            shown(phase, done, total)

        progress(GETTING_READY, 0, 0)
        labels = truth_of_labels(files, parser, progress) if args.truth is None else truth_of_file(args.truth, parser, names, progress)
        control = control_in(args.control, settings, names) if args.control else None
        otherwise = None if args.stream is None else APPROVE  # the job may not have decided the last ones yet
        decide = made_decisions(args.decisions, otherwise) if args.decisions else model_decisions(_decider(settings, names))
        replay, lines = RuleReplay(settings.graph, parser, rules, names, labels, decide, control), count_lines(files)
        replay.run(files, lambda done: progress("replaying", done, lines))
    return replay


def _decider(settings: Settings, names: Pseudonyms) -> DeciderSwitch:
    from flink_job.commands.score_command import switch_of
    from gnn.artifact.artifact import load_scorer
    from gnn.scoring.decider import Decider

    scorer = load_scorer(Path(settings.model), settings.graph)
    return switch_of(Decider(settings.graph, scorer, settings.policy, names), settings, names)
