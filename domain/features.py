"""From trails to feature matrices: a pure function of what each entity was just before the event.

All columns of a batch are computed at once by numpy. A column and its name, unit and explanation are written in one
place, so that a matrix cannot disagree with its list of names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.compiled import compiled_entry
from domain.graph import DAY_S, EVENT_TYPES, HOUR_S, GraphSettings, SettingError
from domain.record import (
    AMOUNT,
    EVENTS,
    FRAUD_LABEL,
    FRAUD_UNUSUAL,
    FRAUD_USUAL,
    HABIT_KNOWN,
    KIND_HALF_LIVES_S,
    LEGIT_LABEL,
    LEGITIMATE,
    NEVER,
    SUMMARY,
    UNUSUAL,
    RecordLayout,
    linear_count,
)  # fmt: skip
from domain.trail import TrailCodec
from domain.trail_records import Records, TrailRecords

FEATURE_VERSION = 2
CATEGORY_BUCKETS = 16
WINDOWS_S = {"1h": HOUR_S, "1d": DAY_S}
"""Windows over the remembered links, in seconds."""
LABEL_SPAN_S = DAY_S  # labels come late: how many came within minutes says nothing
RECENCY_DAYS = 7.0

Floats = NDArray[np.floating]
_LINEAR_COUNTS = np.array([linear_count(marks) for marks in range(257)])


@dataclass(frozen=True)
class Feature:
    """One column: its name, the unit of `shown`, the words a reason uses, and the group it is explained with."""

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


@dataclass(frozen=True)
class EntityBatch:
    """One entity kind for B events: `node` f4[B, Fn], `links` f4[B, K, Fl] newest last, `mask` bool[B, K] true for real links."""

    node: NDArray[np.float32]
    links: NDArray[np.float32]
    mask: NDArray[np.bool_]

    def __getitem__(self, rows: slice | NDArray) -> EntityBatch:
        return EntityBatch(self.node[rows], self.links[rows], self.mask[rows])


@dataclass(frozen=True)
class Batch:
    """Inputs of a model for B events: `event` f4[B, Fe] and one `EntityBatch` per kind, in the graph's order."""

    event: NDArray[np.float32]
    entities: tuple[EntityBatch, ...]

    def __len__(self) -> int:
        return len(self.event)

    def __getitem__(self, rows: slice | NDArray) -> Batch:
        return Batch(self.event[rows], tuple(entity[rows] for entity in self.entities))

    def flat(self) -> NDArray[np.float32]:
        """Event and node columns side by side, f4[B, Fe + sum of Fn]: the table a tree model reads."""
        return np.concatenate([self.event, *(entity.node for entity in self.entities)], axis=1)


class _Columns:
    """Collects columns of N events or links together with what they mean."""

    def __init__(self, space: str) -> None:
        self.space = space
        self._meanings: list[tuple[str, str, str, str, str]] = []
        self._values: list[NDArray] = []

    def add(self, name: str, values: NDArray, unit: str, text: str, group: str, scale: str = "plain") -> None:
        self._values.append(np.log1p(np.maximum(values, 0.0)) if scale == "log" else values)
        self._meanings.append((name, unit, text, group, scale))

    @property
    def features(self) -> tuple[Feature, ...]:
        return tuple(
            Feature(f"{self.space}.{name}", unit, text, f"{self.space}.{group}", scale) for name, unit, text, group, scale in self._meanings
        )

    def matrix(self, size: int) -> NDArray[np.float32]:
        """f4[N, F]."""
        columns = np.empty((len(self._values), size), np.float32)  # turned at the end: cheaper than to write with gaps
        for column, values in zip(columns, self._values, strict=True):
            column[:] = values
        return np.ascontiguousarray(columns.T)


class FeatureExtractor:
    """Feature matrices for one graph, with their column names."""

    def __init__(self, graph: GraphSettings) -> None:
        self.graph = graph
        self.codec = TrailCodec(graph)
        self._layouts = tuple(RecordLayout(graph, position) for position in range(len(graph.entities)))
        self._half_lives = tuple(_duration(s) for s in graph.half_lives_s)
        none = TrailRecords([], self.codec)
        entity_columns = [self._entity_columns(layout, none.heads, none.next(layout)) for layout in self._layouts]
        self.event_features = self._event_columns(none.heads).features
        self.node_features = tuple(node.features for node, _, _ in entity_columns)
        self.link_features = tuple(link.features for _, link, _ in entity_columns)
        for features in (self.flat_features, *self.link_features):
            _refuse_repeats(features)

    @property
    def flat_features(self) -> tuple[Feature, ...]:
        """The columns of `Batch.flat`."""
        return (*self.event_features, *(feature for node in self.node_features for feature in node))

    def extract(self, trails: Sequence[bytes]) -> Batch:
        """Feature matrices of B encoded trails (none of them a label's)."""
        records = TrailRecords(trails, self.codec)
        entities = []
        for layout in self._layouts:
            node, link, mask = self._entity_columns(layout, records.heads, records.next(layout))
            links = np.zeros((*mask.shape, len(self.link_features[layout.position])), np.float32)
            links[mask] = link.matrix(np.count_nonzero(mask))
            entities.append(EntityBatch(node.matrix(len(trails)), links, mask))
        return Batch(self._event_columns(records.heads).matrix(len(trails)), tuple(entities))

    def _event_columns(self, heads: NDArray) -> _Columns:
        columns = _Columns("event")
        for code, name in enumerate(EVENT_TYPES):
            columns.add(f"is_{name}", heads["type"] == code, "flag", f"the event's type is {name.replace('_', ' ')}", "type")
        amount = np.nan_to_num(heads["amount"])
        columns.add("amount", amount, "currency", "amount", "amount", "log")
        columns.add("has_amount", ~np.isnan(heads["amount"]), "flag", "an amount is given", "amount")
        days = heads["time"] / 86_400_000
        for name, turns in (("hour", days), ("weekday", days / 7.0)):
            angle = 2.0 * np.pi * (turns % 1.0)
            columns.add(f"{name}_cos", np.cos(angle), "cosine", f"{name} of the event", "time")
            columns.add(f"{name}_sin", np.sin(angle), "sine", f"{name} of the event", "time")
        known = heads["created"] != NEVER
        age = np.where(known, (heads["time"] - heads["created"]) / 86_400_000, 0.0)
        columns.add("account_age", age, "days", "age of the account", "account_age", "log")
        columns.add("account_age_known", known, "flag", "the account's age is given", "account_age")
        for index, name in enumerate(self.graph.numeric_attributes):
            values = heads["numeric"][:, index]
            known = ~np.isnan(values)
            values = np.where(known, values, 0.0)
            columns.add(f"{name}", np.sign(values) * np.log1p(np.abs(values)), "signed log", name, "attributes")
            columns.add(f"{name}_known", known, "flag", f"{name} is given", "attributes")
        for index, name in enumerate(self.graph.categorical_attributes):
            values = heads["categorical"][:, index]
            for bucket in range(CATEGORY_BUCKETS):
                hit = (values != 0) & (values % CATEGORY_BUCKETS == bucket)
                columns.add(f"{name}_{bucket}", hit, "flag", f"{name} falls into bucket {bucket}", "attributes")
        return columns

    def _entity_columns(self, layout: RecordLayout, heads: NDArray, records: Records) -> tuple[_Columns, _Columns, NDArray[np.bool_]]:
        """(node columns [B], columns [L] of the real links, mask bool[B, K] of those) of one kind."""
        kind, fixed, links, known = self.graph.entities[layout.position], records.fixed, records.links, records.known
        mask = np.arange(self.graph.links) < fixed["n_links"][:, None]
        node, link = _Columns(kind), _Columns(f"{kind}_link")
        self._presence(node, layout, heads, fixed, known)
        self._counters(node, heads, fixed)
        self._habit(node, heads, fixed, known)
        self._label_history(node, heads, fixed, known)
        self._sharing(node, layout, heads, fixed, links, mask)
        self._link_columns(link, layout, heads[np.nonzero(mask)[0]], links[mask])
        return node, link, mask

    def _presence(self, node: _Columns, layout: RecordLayout, heads: NDArray, fixed: NDArray, known: NDArray) -> None:
        kind = node.space
        node.add("given", heads["entities"][:, layout.position] != 0, "flag", f"the event names a {kind}", "age")
        node.add("known", known, "flag", f"the {kind} has been seen before", "age")
        age = np.where(known, (heads["time"] - fixed["first_seen"]) / 3_600_000, 0.0)
        node.add("age", age, "hours", f"hours since the {kind} was first seen", "age", "log")
        idle = np.where(known, (heads["time"] - fixed["last_seen"]) / 1000.0, 0.0)
        node.add("idle", idle, "seconds", f"seconds since the {kind} was last seen", "velocity", "log")
        node.add("events", fixed["events"], "events", f"events of the {kind} so far", "age", "log")

    def _counters(self, node: _Columns, heads: NDArray, fixed: NDArray) -> None:
        kind = node.space
        passed = np.maximum(0.0, (heads["time"] - fixed["clock"]) / 1000.0)
        decay = np.exp2(-passed[:, None] / np.asarray(self.graph.half_lives_s))
        counters = fixed["counters"] * decay[:, :, None]
        # against the mean, never the mean itself: an entity's own level would tell a model which entity it is
        mean = counters[:, :, AMOUNT] / np.maximum(counters[:, :, EVENTS], 1e-3)
        own = np.log1p(np.nan_to_num(heads["amount"]))[:, None]
        ratios = np.where(counters[:, :, AMOUNT] > 0, own - np.log1p(mean), 0.0)
        for index, span in enumerate(self._half_lives):
            counts, ratio = counters[:, index], ratios[:, index]
            node.add(f"events_{span}", counts[:, EVENTS], "events", f"events of the {kind} in about {span}", "velocity", "log")
            node.add(f"amount_ratio_{span}", ratio, "log ratio", f"amount against the {kind}'s mean over {span}", "amount")
            node.add(f"unusual_{span}", counts[:, UNUSUAL], "events", f"unusual amounts at the {kind} in about {span}", "unusual", "log")
            if self.graph.half_lives_s[index] < min(LABEL_SPAN_S, self.graph.half_lives_s[-1]):
                continue
            usual, unusual, legitimate = counts[:, FRAUD_USUAL], counts[:, FRAUD_UNUSUAL], counts[:, LEGITIMATE]
            text = f"known frauds at usual amounts of the {kind} in about {span}"
            node.add(f"usual_fraud_{span}", usual, "events", text, "labels", "log")
            text = f"known frauds at unusual amounts of the {kind} in about {span}"
            node.add(f"unusual_fraud_{span}", unusual, "events", text, "labels", "log")
            node.add(f"legitimate_{span}", legitimate, "events", f"cleared events of the {kind} in about {span}", "labels", "log")
            rate = (usual + unusual) / (usual + unusual + legitimate + 1.0)
            node.add(f"fraud_rate_{span}", rate, "share", f"share of fraud among the {kind}'s labels over {span}", "labels")
        per_kind = fixed["kinds"] * np.exp2(-passed[:, None] / np.asarray(KIND_HALF_LIVES_S))[:, :, None]
        for index, seconds in enumerate(KIND_HALF_LIVES_S):
            span = _duration(seconds)
            for code, name in enumerate(EVENT_TYPES):
                text = f"{name.replace('_', ' ')} events of the {kind} in about {span}"
                node.add(f"{name}_{span}", per_kind[:, index, code], "events", text, "behaviour", "log")

    def _habit(self, node: _Columns, heads: NDArray, fixed: NDArray, known: NDArray) -> None:
        kind = node.space
        mean, amount = fixed["habit_mean"].astype(np.float64), heads["amount"]
        usable = (fixed["habit_n"] >= HABIT_KNOWN) & ~np.isnan(amount)
        amount = np.where(usable, amount, 0.0)
        ratio = np.where(usable, np.log((amount + 1.0) / (mean + 1.0)), 0.0)
        node.add("habit_ratio", ratio, "log ratio", f"amount against the {kind}'s habit", "amount")
        deviation = np.sqrt(fixed["habit_var"]) + 0.05 * mean + 0.01
        z = np.where(usable, np.clip((amount - mean) / deviation, -20.0, 20.0), 0.0)
        node.add("habit_z", z, "standard deviations", f"amount against the {kind}'s habit, in standard deviations", "amount")
        angle = 2.0 * np.pi * (heads["time"] / 86_400_000 % 1.0)
        likeness = fixed["hour_cos"] * np.cos(angle) + fixed["hour_sin"] * np.sin(angle)
        node.add("hour_likeness", np.where(known, likeness, 0.0), "cosine", f"how usual the hour is for the {kind}", "time")

    def _label_history(self, node: _Columns, heads: NDArray, fixed: NDArray, known: NDArray) -> None:
        kind = node.space
        for run in ("usual", "unusual"):
            what = f"frauds at {run} amounts in the {kind}'s present run"
            node.add(f"{run}_run", fixed[f"{run}_n"], "frauds", f"known {what}", "labels", "log")
            # where the run began, the entity turned: the sooner after the last cleared event, the surer
            both = known & (fixed[f"{run}_first"] != NEVER) & (fixed["last_legit"] != NEVER)
            days = np.where(both, (fixed[f"{run}_first"] - fixed["last_legit"]) / 86_400_000, 0.0)
            text = f"days from the {kind}'s last cleared event to the first of the known {what}"
            node.add(f"{run}_run_gap", np.sign(days) * np.log1p(np.abs(days)), "signed log days", text, "labels")
        for name, what in (
            ("usual_first", "first known fraud at a usual amount of the present run"),
            ("usual_last", "last known fraud at a usual amount"),
            ("unusual_first", "first known fraud at an unusual amount of the present run"),
            ("unusual_last", "last known fraud at an unusual amount"),
            ("last_legit", "last cleared event"),
        ):
            node.add(f"{name}_recency", _recency(heads, fixed[name], known), "recency", f"recency of the {kind}'s {what}", "labels")
        text = f"events of the {kind} cleared since its last known fraud at a usual amount"
        node.add("cleared_since_fraud", fixed["legit_since"], "events", text, "labels", "log")
        recency = _recency(heads, fixed["last_unusual"], known)
        node.add("last_unusual_recency", recency, "recency", f"recency of the {kind}'s last unusual amount", "unusual")

    def _sharing(self, node: _Columns, layout: RecordLayout, heads: NDArray, fixed: NDArray, links: NDArray, mask: NDArray) -> None:
        kind = node.space
        age_s = (heads["time"][:, None] - links["time"]) / 1000.0
        marks = fixed["bitmaps"][:, :, 0] | fixed["bitmaps"][:, :, 1]
        estimate = _LINEAR_COUNTS[np.bitwise_count(marks).sum(axis=2, dtype=np.intp)]
        for slot, other_position in enumerate(layout.others):
            other = self.graph.entities[other_position]
            plural, own = _plural(other), heads["entities"][:, other_position]
            node.add(plural, estimate[:, slot], "distinct", f"distinct {plural} of the {kind}", "sharing", "log")
            byte = marks[np.arange(len(heads)), slot, (own >> np.uint64(3)) % np.uint64(marks.shape[2])]
            met = (byte >> (own & np.uint64(7)).astype(np.uint8)) & 1
            node.add(f"new_{other}", (own != 0) & (met == 0), "flag", f"the {kind} meets this {other} for the first time", "novelty")
            counterpart = np.where(mask, links["others"][:, :, slot], 0)
            for span, window_s in WINDOWS_S.items():
                distinct = _distinct(counterpart, age_s, window_s)
                text = f"{plural} at the {kind} within {span}, of its last {self.graph.links} events"
                node.add(f"{plural}_{span}", distinct, "distinct", text, "sharing", "log")
            share = ((counterpart == own[:, None]) & (own != 0)[:, None]).sum(axis=1) / np.maximum(mask.sum(axis=1), 1)
            node.add(f"same_{other}", share, "share", f"share of the {kind}'s last events with this {other}", "novelty")
        known_fraud = (mask & (links["label"] == FRAUD_LABEL)).sum(axis=1)
        node.add("link_frauds", known_fraud, "events", f"known frauds among the {kind}'s last {self.graph.links} events", "labels", "log")
        for earlier in range(layout.position):
            self._counterpart_risk(node, self.graph.entities[earlier], links["summaries"][:, :, earlier], mask)

    @staticmethod
    def _counterpart_risk(node: _Columns, other: str, summaries: NDArray, mask: NDArray) -> None:
        """Two hops: what was known of the counterparts when they linked; `summaries` [B, K, S]."""
        count = np.maximum(mask.sum(axis=1), 1)
        for name, aggregate, text in (
            ("age", "mean", f"mean age of the {_plural(other)} at the {node.space}, ln days"),
            ("events", "mean", f"mean activity of the {_plural(other)} at the {node.space}, ln events"),
            ("fraud_rate", "max", f"highest fraud rate among the {_plural(other)} at the {node.space}"),
            ("counterparts", "mean", f"mean number of counterparts of the {_plural(other)} at the {node.space}, ln"),
        ):
            values = np.where(mask, summaries[:, :, SUMMARY.index(name)], 0.0)
            column = values.max(axis=1, initial=0.0) if aggregate == "max" else values.sum(axis=1) / count
            node.add(f"{other}_{name}_{aggregate}", column, "mixed", text, "counterparts")

    def _link_columns(self, link: _Columns, layout: RecordLayout, heads: NDArray, links: NDArray) -> None:
        """Columns [L] of the links [L] and the heads [L] of the events that they are links of."""
        age_s = (heads["time"] - links["time"]) / 1000.0
        link.add("age", age_s, "seconds", "time since the link", "history", "log")
        for code, name in enumerate(EVENT_TYPES):
            link.add(f"is_{name}", links["type"] == code, "flag", f"the link is a {name}", "history")
        amount = np.nan_to_num(links["amount"])
        link.add("amount", amount, "currency", "amount of the link", "history", "log")
        ratio = np.where(amount > 0, np.log1p(np.nan_to_num(heads["amount"])) - np.log1p(amount), 0.0)
        link.add("amount_ratio", ratio, "log ratio", "amount against the link's", "history")
        link.add("z", links["z"] / 5.0, "5 standard deviations", "the link's deviation from habit", "history")
        link.add("fraud", links["label"] == FRAUD_LABEL, "flag", "the link is known fraud", "history")
        link.add("legitimate", links["label"] == LEGIT_LABEL, "flag", "the link is cleared", "history")
        for slot, other_position in enumerate(layout.others):
            other, linked = self.graph.entities[other_position], links["others"][:, slot]
            same = (linked == heads["entities"][:, other_position]) & (linked != 0)
            link.add(f"same_{other}", same, "flag", f"the link has the event's {other}", "history")
            link.add(f"has_{other}", linked != 0, "flag", f"the link has a {other}", "history")
        for earlier in range(layout.position):
            for index, name in enumerate(SUMMARY):
                text = f"the counterpart's {name} then"
                link.add(f"{self.graph.entities[earlier]}_{name}", links["summaries"][:, earlier, index], "mixed", text, "history")


def _refuse_repeats(features: Sequence[Feature]) -> None:
    seen: set[str] = set()
    for feature in features:
        if feature.name in seen:
            raise SettingError(
                f"two model inputs would be named {feature.name}: rename the attribute in graph.numeric_attributes or "
                "graph.categorical_attributes, or the like value in graph.half_lives_s"
            )
        seen.add(feature.name)


def _recency(heads: NDArray, when_ms: NDArray, known: NDArray) -> Floats:
    """1 for what has just happened, a half a week later, 0 for what never has."""
    happened = known & (when_ms != NEVER)
    days = np.where(happened, np.maximum(0.0, (heads["time"] - when_ms) / 86_400_000), 0.0)
    recency: Floats = np.where(happened, RECENCY_DAYS / (RECENCY_DAYS + days), 0.0)
    return recency


@compiled_entry
def _distinct(values: NDArray[np.uint64], age_s: NDArray[np.float64], window_s: int) -> NDArray[np.int64]:
    """How many distinct non-zero values no older than the window each row of [B, K] holds."""
    distinct = np.zeros(len(values), np.int64)
    for row in range(len(values)):
        for at in range(values.shape[1]):
            counts = values[row, at] != 0 and age_s[row, at] <= window_s
            for before in range(at):
                if not counts:
                    break
                counts = values[row, before] != values[row, at] or age_s[row, before] > window_s
            distinct[row] += counts
    return distinct


def _duration(seconds: float) -> str:
    """600 -> 10m, 21600 -> 6h, 86400 -> 1d."""
    for unit, size in (("d", DAY_S), ("h", HOUR_S), ("m", 60)):
        if seconds >= size:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"


def _plural(kind: str) -> str:
    return "addresses" if kind == "address" else f"{kind}s"
