"""Columns of the event itself: names, and the compiled writer beside them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from domain.events.identity import MISSING
from domain.features.feature import CATEGORY_BUCKETS, Feature, FeatureList
from domain.features.row_cells import Row, amount_or_0, put, put_log, put_signed_log
from domain.graph import EVENT_TYPES, GraphSettings
from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, array_at, u64_at
from domain.memory.record import NEVER
from domain.memory.trail import PLACE_SEEN
from domain.times import DAY_MS

_TYPES = len(EVENT_TYPES)


def event_features(graph: GraphSettings) -> tuple[Feature, ...]:
    """Return the columns of the event, in the order of `event_columns`."""
    event = FeatureList("event")
    for name in EVENT_TYPES:
        event.add(f"is_{name}", "flag", f"the event's type is {name.replace('_', ' ')}", "type")
    event.add("amount", "currency", "amount", "amount", "log")
    event.add("has_amount", "flag", "an amount is given", "amount")
    for name in ("hour", "weekday"):
        event.add(f"{name}_cos", "cosine", f"{name} of the event", "time")
        event.add(f"{name}_sin", "sine", f"{name} of the event", "time")
    event.add("account_age", "days", "age of the account", "account_age", "log")
    event.add("account_age_known", "flag", "the account's age is given", "account_age")
    _list_attributes(event, graph)
    return (*event.features, *(feature for kind in graph.stages[len(graph.entities) :] for feature in _place_features(kind)))


def _place_features(kind: str) -> tuple[Feature, ...]:
    """Return the columns of a kind that only joins rings: whether it is given, and `PLACE_SEEN`."""
    place = FeatureList(kind)
    place.add("given", "flag", f"the event names an {kind}" if kind[0] in "aei" else f"the event names a {kind}", "age")
    place.add("age", "hours", f"hours since the {kind} was first seen", "age", "log")
    place.add("others", "distinct", f"distinct other accounts of the {kind}", "sharing", "log")
    place.add("meetings_1d", "distinct", f"accounts new to the {kind} in about 1d", "growth", "log")
    place.add("doubtful_1d", "events", f"fresh accounts that came to the {kind} in about 1d", "growth", "log")
    return place.features


@compiled
def event_columns(row: Row, at: int, trail: Bytes, event: Any, shape: Any) -> int:
    """Write the columns of the event; return where they end."""
    for code in range(_TYPES):
        at = put(row, at, event["type"] == code)
    at = put_log(row, at, amount_or_0(event["amount"]))
    at = put(row, at, not math.isnan(event["given"]))
    days = event["time"] / DAY_MS
    at = turn_columns(row, at, days)
    at = turn_columns(row, at, days / 7.0)
    known = event["created"] != NEVER
    at = put_log(row, at, (event["time"] - event["created"]) / DAY_MS if known else 0.0)
    at = put(row, at, known)
    at = attribute_columns(row, at, trail, shape)
    for place in range(shape["places"]):
        at = put(row, at, u64_at(trail, shape["places_at"] + 8 * place) != MISSING)
        for value in array_at(trail, shape["seen_at"] + 4 * len(PLACE_SEEN) * place, len(PLACE_SEEN), np.float32):
            at = put(row, at, value)
    return at


@compiled
def turn_columns(row: Row, at: int, turns: float) -> int:
    """Write a place on a circle as its cosine and sine, so that the end of a day is near its beginning."""
    angle = 2.0 * math.pi * (turns % 1.0)
    return put(row, put(row, at, math.cos(angle)), math.sin(angle))


def _list_attributes(event: FeatureList, graph: GraphSettings) -> None:
    for name in graph.numeric_attributes:
        event.add(f"{name}", "signed log", name, "attributes")
        event.add(f"{name}_known", "flag", f"{name} is given", "attributes")
    for name in graph.categorical_attributes:
        for bucket in range(CATEGORY_BUCKETS):
            event.add(f"{name}_{bucket}", "flag", f"{name} falls into bucket {bucket}", "attributes")


@compiled
def attribute_columns(row: Row, at: int, trail: Bytes, shape: Any) -> int:
    """Write the numeric and categorical attributes; a category of 0 is none. Return where they end."""
    for value in array_at(trail, shape["numeric_at"], shape["numeric"], np.float64):
        known = not math.isnan(value)
        at = put_signed_log(row, at, value if known else 0.0)
        at = put(row, at, known)
    for category in array_at(trail, shape["categorical_at"], shape["categorical"], np.uint32):
        row[at : at + CATEGORY_BUCKETS] = 0.0
        if category != 0:
            row[at + np.int64(category) % CATEGORY_BUCKETS] = 1.0
        at += CATEGORY_BUCKETS
    return at
