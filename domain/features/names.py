"""What the feature columns mean, in the order in which `feature_columns.py` writes them: names, units, and a
reason's words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.errors import SettingError
from domain.graph import EVENT_TYPES, GraphSettings
from domain.memory.link import SUMMARY
from domain.memory.record import KIND_HALF_LIVES_S
from domain.times import DAY_S, HOUR_S, span_name
from domain.wording import plural

CATEGORY_BUCKETS = 16
WINDOWS_S = {"1h": HOUR_S, "1d": DAY_S}
"""Windows over the remembered links, in seconds."""
LABEL_SPAN_S = DAY_S  # labels come late: how many came within minutes says nothing
RECENCY_DAYS = 7.0


@dataclass(frozen=True)
class Feature:
    """One column: its name, the unit of `shown`, the words a reason uses, and the group it is explained
    with.
    """

    name: str
    unit: str
    text: str
    group: str
    scale: str = "plain"
    """`log`: the column holds ln(1 + value); `plain`: the value itself."""

    def shown(self, column: float) -> float:
        """The value in its unit, from the column's number."""
        return float(np.expm1(column)) if self.scale == "log" else float(column)

    def column(self, shown: float) -> float:
        """The column's number, as a matrix holds it, from the value in its unit."""
        return float(np.float32(np.log1p(max(shown, 0.0)) if self.scale == "log" else shown))


class _Names:
    """Collects the columns of one space."""

    def __init__(self, space: str) -> None:
        self.space = space
        self._features: list[Feature] = []

    def add(self, name: str, unit: str, text: str, group: str, scale: str = "plain") -> None:
        self._features.append(Feature(f"{self.space}.{name}", unit, text, f"{self.space}.{group}", scale))

    @property
    def features(self) -> tuple[Feature, ...]:
        return tuple(self._features)


def event_features(graph: GraphSettings) -> tuple[Feature, ...]:
    """Columns of the event itself."""
    event = _Names("event")
    for name in EVENT_TYPES:
        event.add(f"is_{name}", "flag", f"the event's type is {name.replace('_', ' ')}", "type")
    event.add("amount", "currency", "amount", "amount", "log")
    event.add("has_amount", "flag", "an amount is given", "amount")
    for name in ("hour", "weekday"):
        event.add(f"{name}_cos", "cosine", f"{name} of the event", "time")
        event.add(f"{name}_sin", "sine", f"{name} of the event", "time")
    event.add("account_age", "days", "age of the account", "account_age", "log")
    event.add("account_age_known", "flag", "the account's age is given", "account_age")
    for name in graph.numeric_attributes:
        event.add(f"{name}", "signed log", name, "attributes")
        event.add(f"{name}_known", "flag", f"{name} is given", "attributes")
    for name in graph.categorical_attributes:
        for bucket in range(CATEGORY_BUCKETS):
            event.add(f"{name}_{bucket}", "flag", f"{name} falls into bucket {bucket}", "attributes")
    return event.features


def node_features(graph: GraphSettings, position: int) -> tuple[Feature, ...]:
    """Columns of the event's entity of one kind."""
    node = _Names(graph.entities[position])
    _presence(node)
    _counters(node, graph)
    _behaviour(node)
    _habit(node)
    _label_history(node)
    _sharing(node, graph, position)
    return node.features


def link_features(graph: GraphSettings, position: int) -> tuple[Feature, ...]:
    """Columns of one link of an entity of one kind."""
    link = _Names(f"{graph.entities[position]}_link")
    link.add("age", "seconds", "time since the link", "history", "log")
    for name in EVENT_TYPES:
        link.add(f"is_{name}", "flag", f"the link is a {name}", "history")
    link.add("amount", "currency", "amount of the link", "history", "log")
    link.add("amount_ratio", "log ratio", "amount against the link's", "history")
    link.add("z", "5 standard deviations", "the link's deviation from habit", "history")
    link.add("fraud", "flag", "the link is known fraud", "history")
    link.add("legitimate", "flag", "the link is cleared", "history")
    for other in _others(graph, position):
        link.add(f"same_{other}", "flag", f"the link has the event's {other}", "history")
        link.add(f"has_{other}", "flag", f"the link has a {other}", "history")
    for earlier in graph.entities[:position]:
        for name in SUMMARY:
            link.add(f"{earlier}_{name}", "mixed", f"the counterpart's {name} then", "history")
    return link.features


def first_label_half_life(graph: GraphSettings) -> int:
    """Position of the shortest half-life over which labels are counted: about `LABEL_SPAN_S`, or the longest
    one.
    """
    span_s = min(LABEL_SPAN_S, graph.half_lives_s[-1])
    return next(index for index, half_life_s in enumerate(graph.half_lives_s) if half_life_s >= span_s)


def refuse_repeats(features: Sequence[Feature]) -> None:
    """Raises SettingError if two columns of one matrix have the same name."""
    seen: set[str] = set()
    for feature in features:
        if feature.name in seen:
            raise SettingError(
                f"two model inputs would be named {feature.name}: rename the attribute in graph.numeric_attributes or "
                "graph.categorical_attributes, or the like value in graph.half_lives_s"
            )
        seen.add(feature.name)


def _presence(node: _Names) -> None:
    kind = node.space
    node.add("given", "flag", f"the event names a {kind}", "age")
    node.add("known", "flag", f"the {kind} has been seen before", "age")
    node.add("age", "hours", f"hours since the {kind} was first seen", "age", "log")
    node.add("idle", "seconds", f"seconds since the {kind} was last seen", "velocity", "log")
    node.add("events", "events", f"events of the {kind} so far", "age", "log")


def _counters(node: _Names, graph: GraphSettings) -> None:
    kind, labelled = node.space, first_label_half_life(graph)
    for index, seconds in enumerate(graph.half_lives_s):
        span = span_name(seconds)
        node.add(f"events_{span}", "events", f"events of the {kind} in about {span}", "velocity", "log")
        node.add(f"amount_ratio_{span}", "log ratio", f"amount against the {kind}'s mean over {span}", "amount")
        node.add(f"unusual_{span}", "events", f"unusual amounts at the {kind} in about {span}", "unusual", "log")
        if index < labelled:
            continue
        node.add(f"usual_fraud_{span}", "events", f"known frauds at usual amounts of the {kind} in about {span}", "labels", "log")
        node.add(f"unusual_fraud_{span}", "events", f"known frauds at unusual amounts of the {kind} in about {span}", "labels", "log")
        node.add(f"legitimate_{span}", "events", f"cleared events of the {kind} in about {span}", "labels", "log")
        node.add(f"fraud_rate_{span}", "share", f"share of fraud among the {kind}'s labels over {span}", "labels")


def _behaviour(node: _Names) -> None:
    for seconds in KIND_HALF_LIVES_S:
        span = span_name(seconds)
        for name in EVENT_TYPES:
            text = f"{name.replace('_', ' ')} events of the {node.space} in about {span}"
            node.add(f"{name}_{span}", "events", text, "behaviour", "log")


def _habit(node: _Names) -> None:
    kind = node.space
    node.add("habit_ratio", "log ratio", f"amount against the {kind}'s habit", "amount")
    node.add("habit_z", "standard deviations", f"amount against the {kind}'s habit, in standard deviations", "amount")
    node.add("hour_likeness", "cosine", f"how usual the hour is for the {kind}", "time")


def _label_history(node: _Names) -> None:
    kind = node.space
    for run in ("usual", "unusual"):
        what = f"frauds at {run} amounts in the {kind}'s present run"
        node.add(f"{run}_run", "frauds", f"known {what}", "labels", "log")
        text = f"days from the {kind}'s last cleared event to the first of the known {what}"
        node.add(f"{run}_run_gap", "signed log days", text, "labels")
    for name, what in (
        ("usual_first", "first known fraud at a usual amount of the present run"),
        ("usual_last", "last known fraud at a usual amount"),
        ("unusual_first", "first known fraud at an unusual amount of the present run"),
        ("unusual_last", "last known fraud at an unusual amount"),
        ("last_legit", "last cleared event"),
    ):
        node.add(f"{name}_recency", "recency", f"recency of the {kind}'s {what}", "labels")
    text = f"events of the {kind} cleared since its last known fraud at a usual amount"
    node.add("cleared_since_fraud", "events", text, "labels", "log")
    node.add("last_unusual_recency", "recency", f"recency of the {kind}'s last unusual amount", "unusual")


def _sharing(node: _Names, graph: GraphSettings, position: int) -> None:
    kind, links = node.space, graph.links
    for other in _others(graph, position):
        others = plural(other)
        node.add(others, "distinct", f"distinct {others} of the {kind}", "sharing", "log")
        node.add(f"new_{other}", "flag", f"the {kind} meets this {other} for the first time", "novelty")
        for span in WINDOWS_S:
            node.add(f"{others}_{span}", "distinct", f"{others} at the {kind} within {span}, of its last {links} events", "sharing", "log")
        node.add(f"same_{other}", "share", f"share of the {kind}'s last events with this {other}", "novelty")
    node.add("link_frauds", "events", f"known frauds among the {kind}'s last {links} events", "labels", "log")
    for earlier in graph.entities[:position]:
        others = plural(earlier)
        for name, text in (
            ("age_mean", f"mean age of the {others} at the {kind}, ln days"),
            ("events_mean", f"mean activity of the {others} at the {kind}, ln events"),
            ("fraud_rate_max", f"highest fraud rate among the {others} at the {kind}"),
            ("counterparts_mean", f"mean number of counterparts of the {others} at the {kind}, ln"),
        ):
            node.add(f"{earlier}_{name}", "mixed", text, "counterparts")


def _others(graph: GraphSettings, position: int) -> tuple[str, ...]:
    return tuple(graph.entities[other] for other in graph.others(position))
