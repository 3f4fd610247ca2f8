"""Rules tried on the lake's rows of features: nothing is replayed."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from domain.errors import SettingError
from domain.rules.conditions import CategoryIs, EntityGiven, FeatureIs, NumberIs, Rule, leaves
from domain.times import now_ms

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings
    from gnn.evaluation.column_trial import DecidedEvents
    from gnn.evaluation.rule_trial import Known, RuleTrial
    from ops.lake.decided import LakeEvents

MOST_DAYS = 3_660
_COLUMNS = {NumberIs: "attributes", CategoryIs: "derived", EntityGiven: "pseudonyms"}
"""What comparisons read that not all of them do."""


def tried_on_lake(args: argparse.Namespace, settings: Settings, rules: Sequence[Rule]) -> tuple[list[RuleTrial], Known, dict[str, Any]]:
    """Return the trials of the rules, what is known of all events, and what the window is, for JSON."""
    from domain.rules.many_events import RulesOfMany
    from gnn.evaluation.column_trial import try_rule
    from gnn.evaluation.rule_trial import RuleTrial
    from ops.secrets import pseudonyms

    _check(args)
    try:
        compiled = RulesOfMany(settings.graph, rules, pseudonyms(settings.identity))
    except ValueError as error:
        raise SettingError(f"--lake: {error}, whose entries the lake does not put in force: use --events or --stream") from None
    events = _events(args.lake, args.days, rules)
    decided, trials = _decided(args.lake, events), [RuleTrial(rule) for rule in rules]
    for trial in trials:
        fired = try_rule(trial, compiled, decided)
        trial.text = trial.rule.text if len(fired) else ""
    return trials, decided.known(), {"window": _window(events.time_ms, args.days)}


def _check(args: argparse.Namespace) -> None:
    for option in ("truth", "decisions", "control"):
        if getattr(args, option) is not None:
            raise SettingError(f"--{option}: with --lake labels and decisions are the lake's; leave it out")
    if not 1 <= args.days <= MOST_DAYS:
        raise SettingError(f"--days must lie between 1 and {MOST_DAYS}")


def _events(url: str, days: int, rules: Sequence[Rule]) -> LakeEvents:
    from ops.lake.decided import newest_day, read_events

    asked = [leaf for rule in rules for leaf in leaves(rule.when)]
    features = [leaf.feature for leaf in asked if isinstance(leaf, FeatureIs)]
    more = [column for kind, column in _COLUMNS.items() if any(isinstance(leaf, kind) for leaf in asked)]
    today = datetime.fromtimestamp(now_ms() / 1000, UTC).date()
    newest: date = newest_day(url, today)
    return read_events(url, newest - timedelta(days=days - 1), features, more)


def _decided(url: str, events: LakeEvents) -> DecidedEvents:
    from domain.decisions.decision import APPROVE, DECISIONS
    from gnn.evaluation.column_trial import DecidedEvents
    from ops.lake.decided import read_labels, truths_of

    found = events.texts("decision")
    places = [DECISIONS.index(text) if text in DECISIONS else DECISIONS.index(APPROVE) for text in found.values]
    decisions = np.array([*places, DECISIONS.index(APPROVE)], np.int64)[found.codes]
    return DecidedEvents(events, events.event_id, decisions, truths_of(events, read_labels(url)))


def _window(time_ms: NDArray[np.int64], days: int) -> dict[str, Any]:
    count = len(time_ms)
    return {
        "events": count,
        "most": count,
        "wanted": count,
        "from": int(time_ms[0]) if count else None,
        "until": int(time_ms[-1]) if count else None,
        "days": days,
    }
