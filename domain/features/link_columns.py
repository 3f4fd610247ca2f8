"""Columns of one link of an entity: names, and the compiled writer beside them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from domain.features.feature import Feature, FeatureList
from domain.features.row_cells import Row, amount_or_0, log_ratio, put, put_log
from domain.graph import EVENT_TYPES, GraphSettings
from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, array_at, f64, u64_at
from domain.memory.link import FRAUD_LABEL, LEGIT_LABEL, SUMMARY, link_head, link_tail, other_in
from domain.memory.trail import ENTITIES_AT

_TYPES, _SUMMARY = len(EVENT_TYPES), len(SUMMARY)


def link_features(graph: GraphSettings, position: int) -> tuple[Feature, ...]:
    """Return the columns of one link of an entity of one kind, in the order of `link_columns`."""
    link = FeatureList(f"{graph.entities[position]}_link")
    link.add("age", "seconds", "time since the link", "history", "log")
    for name in EVENT_TYPES:
        link.add(f"is_{name}", "flag", f"the link is a {name}", "history")
    link.add("amount", "currency", "amount of the link", "history", "log")
    link.add("amount_ratio", "log ratio", "amount against the link's", "history")
    link.add("z", "5 standard deviations", "the link's deviation from habit", "history")
    link.add("fraud", "flag", "the link is known fraud", "history")
    link.add("legitimate", "flag", "the link is cleared", "history")
    for index in graph.others(position):
        other = graph.entities[index]
        link.add(f"same_{other}", "flag", f"the link has the event's {other}", "history")
        link.add(f"has_{other}", "flag", f"the link has a {other}", "history")
    for earlier in graph.entities[:position]:
        for name in SUMMARY:
            link.add(f"{earlier}_{name}", "mixed", f"the counterpart's {name} then", "history")
    return link.features


@compiled
def link_columns(row: Row, at: int, trail: Bytes, event: Any, link: Bytes, stage: Any, cleared: bool) -> int:
    """Write the columns of one link, u1[link bytes]; return where they end.

    `cleared` is `clearances_count`.
    """
    tail = link_tail(link, 0, stage)
    at = put_log(row, at, (event["time"] - link_head(link, 0)["time"]) / 1000.0)
    for code in range(_TYPES):
        at = put(row, at, tail["type"] == code)
    amount = amount_or_0(f64(tail["amount"]))
    at = put_log(row, at, amount)
    at = put(row, at, log_ratio(math.log1p(amount_or_0(event["amount"])), amount))
    at = put(row, at, f64(tail["z"]) / 5.0)
    at = put(row, at, tail["label"] == FRAUD_LABEL)
    at = put(row, at, cleared and tail["label"] == LEGIT_LABEL)
    slot = 0
    for position in range(stage["entities"]):
        if position != stage["position"]:
            linked = other_in(link, 0, slot)
            at = put(row, at, linked != 0 and linked == u64_at(trail, ENTITIES_AT + 8 * position))
            at = put(row, at, linked != 0)
            slot += 1
    for value in array_at(link, stage["summaries_at"], _SUMMARY * stage["position"], np.float32):
        at = put(row, at, value)
    return at
