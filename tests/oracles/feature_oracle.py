"""The feature columns once more, all of a batch at once by numpy: what the compiled ones are held against.

A column's name and value are in one place here, so that a value in the wrong column is seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from domain.features.extractor import CATEGORY_BUCKETS, LABEL_SPAN_S, RECENCY_DAYS, WINDOWS_S, EntityBatch, FeatureBatch
from domain.graph import EVENT_TYPES, GraphSettings
from domain.memory.habit import HABIT_KNOWN
from domain.memory.link import FRAUD_LABEL, LEGIT_LABEL, SUMMARY, UNKNOWN
from domain.memory.record import (
    AMOUNT,
    DOUBTFUL,
    EVENTS,
    FRAUD_UNUSUAL,
    FRAUD_USUAL,
    KIND_HALF_LIVES_S,
    LEGITIMATE,
    LINEAR_COUNT,
    MEETINGS,
    NEVER,
    UNUSUAL,
    RecordLayout,
)  # fmt: skip
from domain.memory.trail import TrailCodec
from domain.times import DAY_S, HOUR_S
from tests.support.trail_records import Records, TrailRecords

_LINEAR_COUNTS = np.array([LINEAR_COUNT[marks] for marks in range(257)])


class Columns:
    """Collects columns of N events or links together with their names."""

    def __init__(self, space: str) -> None:
        self.space = space
        self.names: list[str] = []
        self._values: list[NDArray] = []

    def add(self, name: str, values: NDArray, scale: str = "plain") -> None:
        self._values.append(np.log1p(np.maximum(values, 0.0)) if scale == "log" else values)
        self.names.append(f"{self.space}.{name}")

    def extend(self, others: Columns) -> None:
        """Take over columns with their own names."""
        self.names += others.names
        self._values += others._values

    def matrix(self, size: int) -> NDArray[np.float32]:
        """f4[N, F]."""
        return np.array(self._values).astype(np.float32).T.reshape(size, len(self.names))


class FeatureOracle:
    """Feature matrices for one graph, with their column names."""

    def __init__(self, graph: GraphSettings) -> None:
        self.graph = graph
        self.codec = TrailCodec(graph)
        self._layouts = tuple(RecordLayout(graph, position) for position in range(len(graph.entities)))
        self._half_lives = tuple(_duration(s) for s in graph.half_lives_s)
        none = TrailRecords([], self.codec)
        entity_columns = [self._entity_columns(layout, none.heads, none.next(layout)) for layout in self._layouts]
        self.event_names = self._event_columns(none.heads).names
        self.node_names = [node.names for node, _, _ in entity_columns]
        self.link_names = [link.names for _, link, _ in entity_columns]

    def extract(self, trails: Sequence[bytes]) -> FeatureBatch:
        """Feature matrices of B encoded trails (none of them a label's)."""
        records = TrailRecords(trails, self.codec)
        entities = []
        for layout in self._layouts:
            node, link, mask = self._entity_columns(layout, records.heads, records.next(layout))
            links = np.zeros((*mask.shape, len(link.names)), np.float32)
            links[mask] = link.matrix(np.count_nonzero(mask))
            entities.append(EntityBatch(node.matrix(len(trails)), links, mask))
        return FeatureBatch(self._event_columns(records.heads).matrix(len(trails)), tuple(entities))

    def _event_columns(self, heads: NDArray) -> Columns:
        columns = Columns("event")
        for code, name in enumerate(EVENT_TYPES):
            columns.add(f"is_{name}", heads["type"] == code)
        columns.add("amount", np.nan_to_num(heads["amount"]), "log")
        columns.add("has_amount", ~np.isnan(heads["given"]))
        days = heads["time"] / 86_400_000
        for name, turns in (("hour", days), ("weekday", days / 7.0)):
            angle = 2.0 * np.pi * (turns % 1.0)
            columns.add(f"{name}_cos", np.cos(angle))
            columns.add(f"{name}_sin", np.sin(angle))
        known = heads["created"] != NEVER
        columns.add("account_age", np.where(known, (heads["time"] - heads["created"]) / 86_400_000, 0.0), "log")
        columns.add("account_age_known", known)
        for index, name in enumerate(self.graph.numeric_attributes):
            values = heads["numeric"][:, index]
            known = ~np.isnan(values)
            columns.add(name, _signed_log(np.where(known, values, 0.0)))
            columns.add(f"{name}_known", known)
        for index, name in enumerate(self.graph.categorical_attributes):
            values = heads["categorical"][:, index]
            for bucket in range(CATEGORY_BUCKETS):
                columns.add(f"{name}_{bucket}", (values != 0) & (values % CATEGORY_BUCKETS == bucket))
        for index, kind in enumerate(self.graph.stages[len(self.graph.entities) :]):
            place = Columns(kind)
            place.add("given", heads["places"][:, index] != 0)
            for at, name in enumerate(("age", "others", "meetings_1d", "doubtful_1d")):
                place.add(name, heads["seen"][:, index, at])
            columns.extend(place)
        return columns

    def _entity_columns(self, layout: RecordLayout, heads: NDArray, records: Records) -> tuple[Columns, Columns, NDArray[np.bool_]]:
        """(node columns [B], columns [L] of the real links, mask bool[B, K] of those) of one kind."""
        kind, fixed, links, known = self.graph.entities[layout.position], records.fixed, records.links, records.known
        mask = np.arange(self.graph.links) < fixed["n_links"][:, None]
        node, link = Columns(kind), Columns(f"{kind}_link")
        if layout.position == 0:
            self._account = fixed["frauds"].copy(), links.copy(), mask
        fixed, links = _of_residents(layout, heads, fixed, links, mask, self._account)
        cleared = (fixed["frauds"] > 0) & (heads["time"] - fixed["last_legit"] >= 7 * 86_400_000)
        fixed, links = _without_clearances(fixed, links, cleared)
        self._presence(node, layout, heads, fixed, known)
        self._counters(node, layout, heads, fixed, cleared)
        self._habit(node, heads, fixed, known)
        self._label_history(node, heads, fixed, known)
        self._sharing(node, layout, heads, fixed, links, mask)
        self._link_columns(link, layout, heads[np.nonzero(mask)[0]], links[mask])
        return node, link, mask

    def _presence(self, node: Columns, layout: RecordLayout, heads: NDArray, fixed: NDArray, known: NDArray) -> None:
        node.add("given", heads["entities"][:, layout.position] != 0)
        node.add("known", known)
        node.add("age", np.where(known, (heads["time"] - fixed["first_seen"]) / 3_600_000, 0.0), "log")
        node.add("idle", np.where(known, (heads["time"] - fixed["last_seen"]) / 1000.0, 0.0), "log")
        node.add("events", fixed["events"], "log")

    def _counters(self, node: Columns, layout: RecordLayout, heads: NDArray, fixed: NDArray, cleared: NDArray) -> None:
        passed = np.maximum(0.0, (heads["time"] - fixed["clock"]) / 1000.0)
        counters = fixed["counters"] * np.exp2(-passed[:, None] / np.asarray(self.graph.half_lives_s))[:, :, None]
        mean = counters[:, :, AMOUNT] / np.maximum(counters[:, :, EVENTS], 1e-3)
        own = np.log1p(np.nan_to_num(heads["amount"]))[:, None]
        ratios = np.where(counters[:, :, AMOUNT] > 0, own - np.log1p(mean), 0.0)
        for index, span in enumerate(self._half_lives):
            counts = counters[:, index]
            node.add(f"events_{span}", counts[:, EVENTS], "log")
            node.add(f"amount_ratio_{span}", ratios[:, index])
            node.add(f"unusual_{span}", counts[:, UNUSUAL], "log")
            if self.graph.half_lives_s[index] < min(LABEL_SPAN_S, self.graph.half_lives_s[-1]):
                continue
            usual, unusual, legitimate = counts[:, FRAUD_USUAL], counts[:, FRAUD_UNUSUAL], counts[:, LEGITIMATE]
            node.add(f"usual_fraud_{span}", usual, "log")
            node.add(f"unusual_fraud_{span}", unusual, "log")
            node.add(f"legitimate_{span}", np.where(cleared, np.minimum(legitimate, usual + unusual), 0.0), "log")
            node.add(f"fraud_rate_{span}", (usual + unusual) / (usual + unusual + legitimate + 1.0))
        day = next(index for index, s in enumerate(self.graph.half_lives_s) if s >= min(LABEL_SPAN_S, self.graph.half_lives_s[-1]))
        node.add(f"meetings_{self._half_lives[day]}", counters[:, day, MEETINGS], "log")
        node.add(f"doubtful_{self._half_lives[day]}", counters[:, day, DOUBTFUL], "log")
        meetings, doubtful = (fixed["counters"][:, -1, column].astype(np.float64) for column in (MEETINGS, DOUBTFUL))
        node.add("doubtful_share", np.where(meetings > 0, np.minimum(1.0, doubtful / np.where(meetings > 0, meetings, 1.0)), 0.0))
        per_kind = fixed["kinds"] * np.exp2(-passed[:, None] / np.asarray(KIND_HALF_LIVES_S))[:, :, None]
        for index, seconds in enumerate(KIND_HALF_LIVES_S):
            for code, name in enumerate(EVENT_TYPES):
                node.add(f"{name}_{_duration(seconds)}", per_kind[:, index, code], "log")

    def _habit(self, node: Columns, heads: NDArray, fixed: NDArray, known: NDArray) -> None:
        amount, count, mean, var = self._habit_in_currency(heads, fixed)
        usable = (count >= HABIT_KNOWN) & ~np.isnan(amount)
        amount = np.where(usable, amount, 0.0)
        node.add("habit_ratio", np.where(usable, np.log((amount + 1.0) / (mean + 1.0)), 0.0))
        deviation = np.sqrt(var) + 0.05 * mean + 0.01
        node.add("habit_z", np.where(usable, np.clip((amount - mean) / deviation, -20.0, 20.0), 0.0))
        angle = 2.0 * np.pi * (heads["time"] / 86_400_000 % 1.0)
        likeness = fixed["hour_cos"] * np.cos(angle) + fixed["hour_sin"] * np.sin(angle)
        node.add("hour_likeness", np.where(known, likeness, 0.0))

    def _habit_in_currency(self, heads: NDArray, fixed: NDArray) -> tuple[NDArray, NDArray, NDArray, NDArray]:
        """Each event's amount, and the habit in its currency: how many amounts, mean and variance."""
        amount, count, mean, var = heads["amount"], *(fixed[f"habit_{name}"] for name in ("n", "mean", "var"))
        for slot in (1, 2):
            own = (heads["unit"] > 0) & (heads["unit"] == fixed[f"other_unit_{slot}"])
            amount = np.where(own, heads["given"], amount)
            count, mean, var = (
                np.where(own, fixed[f"other_{name}_{slot}"], usual) for name, usual in (("n", count), ("mean", mean), ("var", var))
            )
        return amount, count, mean.astype(np.float64), var

    def _label_history(self, node: Columns, heads: NDArray, fixed: NDArray, known: NDArray) -> None:
        for run in ("usual", "unusual"):
            node.add(f"{run}_run", fixed[f"{run}_n"], "log")
            both = known & (fixed[f"{run}_first"] != NEVER) & (fixed["last_legit"] != NEVER)
            days = np.where(both, (fixed[f"{run}_first"] - fixed["last_legit"]) / 86_400_000, 0.0)
            node.add(f"{run}_run_gap", _signed_log(days))
        for name in ("usual_first", "usual_last", "unusual_first", "unusual_last", "last_legit"):
            node.add(f"{name}_recency", _recency(heads, fixed[name], known))
        node.add("cleared_since_fraud", fixed["legit_since"], "log")
        node.add("last_unusual_recency", _recency(heads, fixed["last_unusual"], known))

    def _sharing(self, node: Columns, layout: RecordLayout, heads: NDArray, fixed: NDArray, links: NDArray, mask: NDArray) -> None:
        age_s = (heads["time"][:, None] - links["time"]) / 1000.0
        marks = fixed["bitmaps"][:, :, 0] | fixed["bitmaps"][:, :, 1]
        estimate = _LINEAR_COUNTS[np.bitwise_count(marks).sum(axis=2, dtype=np.intp)]
        for slot, other_position in enumerate(layout.others):
            other = self.graph.entities[other_position]
            plural, own = "addresses" if other == "address" else f"{other}s", heads["entities"][:, other_position]
            node.add(plural, estimate[:, slot], "log")
            byte = marks[np.arange(len(heads)), slot, (own >> np.uint64(3)) % np.uint64(marks.shape[2])]
            met = (byte >> (own & np.uint64(7)).astype(np.uint8)) & 1
            node.add(f"new_{other}", (own != 0) & (met == 0))
            counterpart = np.where(mask, links["others"][:, :, slot], 0)
            for span, window_s in WINDOWS_S.items():
                rows = zip(counterpart, age_s, strict=True)
                node.add(f"{plural}_{span}", np.array([len(set(row[age <= window_s]) - {0}) for row, age in rows], np.int64), "log")
            share = ((counterpart == own[:, None]) & (own != 0)[:, None]).sum(axis=1) / np.maximum(mask.sum(axis=1), 1)
            node.add(f"same_{other}", share)
            named = (counterpart != 0).sum(axis=1)
            node.add(f"with_{other}", named / np.maximum(mask.sum(axis=1), 1))
            node.add(f"{other}_turnover", np.array([len(set(row) - {0}) for row in counterpart], np.int64) / np.maximum(named, 1))
            another = (counterpart != 0) & (counterpart != own[:, None])
            latest = np.where(another, links["time"], NEVER).max(axis=1, initial=NEVER)
            hours = np.maximum(0.0, (heads["time"] - latest) / 3_600_000)
            node.add(f"other_{other}_recency", np.where(latest != NEVER, 1.0 / (1.0 + hours), 0.0))
        node.add("link_frauds", (mask & (links["label"] == FRAUD_LABEL)).sum(axis=1), "log")
        for earlier in range(layout.position):
            summaries = links["summaries"][:, :, earlier]
            for name, aggregate in (("age", "mean"), ("events", "mean"), ("fraud_rate", "max"), ("counterparts", "mean")):
                values = np.where(mask, summaries[:, :, SUMMARY.index(name)], 0.0)
                column = values.max(axis=1, initial=0.0) if aggregate == "max" else values.sum(axis=1) / np.maximum(mask.sum(axis=1), 1)
                node.add(f"{self.graph.entities[earlier]}_{name}_{aggregate}", column)

    def _link_columns(self, link: Columns, layout: RecordLayout, heads: NDArray, links: NDArray) -> None:
        """Columns [L] of the links [L] and the heads [L] of the events that they are links of."""
        link.add("age", (heads["time"] - links["time"]) / 1000.0, "log")
        for code, name in enumerate(EVENT_TYPES):
            link.add(f"is_{name}", links["type"] == code)
        amount = np.nan_to_num(links["amount"].astype(np.float64))
        link.add("amount", amount, "log")
        link.add("amount_ratio", np.where(amount > 0, np.log1p(np.nan_to_num(heads["amount"])) - np.log1p(amount), 0.0))
        link.add("z", links["z"] / 5.0)
        link.add("fraud", links["label"] == FRAUD_LABEL)
        link.add("legitimate", links["label"] == LEGIT_LABEL)
        for slot, other_position in enumerate(layout.others):
            other, linked = self.graph.entities[other_position], links["others"][:, slot]
            link.add(f"same_{other}", (linked == heads["entities"][:, other_position]) & (linked != 0))
            link.add(f"has_{other}", linked != 0)
        for earlier in range(layout.position):
            for index, name in enumerate(SUMMARY):
                link.add(f"{self.graph.entities[earlier]}_{name}", links["summaries"][:, earlier, index])


def _of_residents(
    layout: RecordLayout, heads: NDArray, fixed: NDArray, links: NDArray, mask: NDArray, account: tuple[NDArray, NDArray, NDArray]
) -> tuple[NDArray, NDArray]:
    """Records without their frauds, for innocent accounts that were there well before the first; at a
    merchant there is nobody.
    """
    fixed, links = fixed.copy(), links.copy()
    own_frauds, own_links, own_mask = account
    for row in range(len(fixed) if layout.position and layout.graph.entities[layout.position] != "merchant" else 0):
        first = min([int(fixed[name][row]) for name in ("usual_first", "unusual_first") if fixed[name][row] != NEVER], default=0)
        own, key = heads["entities"][row, 0], heads["entities"][row, layout.position]
        there = [link["time"] for link in links[row][mask[row]] if link["others"][0] == own]
        there += [link["time"] for link in own_links[row][own_mask[row]] if link["others"][layout.position - 1] == key]
        if fixed["frauds"][row] and not own_frauds[row] and min(there, default=first) <= first - 43_200_000:
            fixed["frauds"][row] = fixed["usual_n"][row] = fixed["unusual_n"][row] = 0
            for name in ("usual_first", "usual_last", "unusual_first", "unusual_last"):
                fixed[name][row] = NEVER
            fixed["counters"][row][:, [FRAUD_USUAL, FRAUD_UNUSUAL]] = 0.0
            links["label"][row][links["label"][row] == FRAUD_LABEL] = UNKNOWN
            links["summaries"][row][:, :, SUMMARY.index("fraud_rate")] = 0.0
    return fixed, links


def _without_clearances(fixed: NDArray, links: NDArray, cleared: NDArray) -> tuple[NDArray, NDArray]:
    """Records as if nothing was cleared but for their counters, where what was cleared does not count."""
    fixed["last_legit"][~cleared], fixed["legit_since"][~cleared] = NEVER, 0
    links["label"] = np.where(~cleared[:, None] & (links["label"] == LEGIT_LABEL), UNKNOWN, links["label"])
    return fixed, links


def _signed_log(values: NDArray) -> NDArray[np.floating]:
    logs: NDArray[np.floating] = np.sign(values) * np.log1p(np.abs(values))
    return logs


def _recency(heads: NDArray, when_ms: NDArray, known: NDArray) -> NDArray[np.floating]:
    """1 for what has just happened, a half a week later, 0 for what never has."""
    happened = known & (when_ms != NEVER)
    days = np.where(happened, np.maximum(0.0, (heads["time"] - when_ms) / 86_400_000), 0.0)
    recency: NDArray[np.floating] = np.where(happened, RECENCY_DAYS / (RECENCY_DAYS + days), 0.0)
    return recency


def _duration(seconds: float) -> str:
    for unit, size in (("d", DAY_S), ("h", HOUR_S), ("m", 60)):
        if seconds >= size:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"
