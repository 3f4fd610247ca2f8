"""Random rules, events, rows and lists, close enough to each other that both outcomes are usual."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

from domain.events.event import Event
from domain.events.identity import DEMO_KEY, Pseudonyms
from domain.graph import EVENT_TYPES, GraphSettings
from domain.rules.conditions import COMPARISONS, WEEKDAYS
from domain.rules.names import RuleNames

GRAPH = GraphSettings(numeric_attributes=("items",), categorical_attributes=("channel", "app"))
NAMES = RuleNames.of(GRAPH)
PSEUDONYMS = Pseudonyms(DEMO_KEY)
FEATURES = [
    "device.accounts_1h", "device.age", "account.events_6h", "event.account_age", "device.same_account",
    "account.amount_ratio_1d", "event.is_order", "account.usual_last_recency",
]  # fmt: skip
CURRENCIES, CHANNELS, LISTS = ("EUR", "USD", "GBP"), ("web", "app", "shop"), ("mules", "block")
ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu")
# the nights of two changes of the clock, and an ordinary week
MOMENTS = ((1_743_285_000_000, 1_743_310_000_000), (1_761_430_000_000, 1_761_460_000_000), (1_700_000_000_000, 1_700_700_000_000))
GRID_MS = 15 * 60_000  # of the clocks in rules, and of when rules and records expire
SMALL = st.integers(0, 5).map(float) | st.sampled_from([0.5, 2.5])


def comparisons(numbers: st.SearchStrategy[float] = SMALL) -> st.SearchStrategy[dict[str, Any]]:
    spans = st.tuples(numbers, numbers).map(lambda pair: {"between": sorted(pair)})
    return spans | st.tuples(st.sampled_from([name for name in COMPARISONS if name != "between"]), numbers).map(lambda one: dict([one]))


def choices(values: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    one = st.sampled_from(values)
    several = st.lists(one, min_size=1, max_size=3).map(lambda named: {"in": named})
    return several | st.tuples(st.sampled_from(["is", "is_not"]), one).map(lambda pair: dict([pair]))


def both(named: dict[str, Any], more: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return more.map(lambda rest: {**named, **rest})


CLOCK = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
SPANS = st.tuples(CLOCK, CLOCK, st.sampled_from(ZONES)).filter(lambda span: span[0] != span[1])
DAYS = st.tuples(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=4), st.sampled_from(ZONES))
LEAVES = st.one_of(
    st.sampled_from(FEATURES).flatmap(lambda name: both({"feature": name}, comparisons())),
    st.sampled_from(CURRENCIES).flatmap(lambda code: both({"field": "amount", "currency": code}, comparisons())),
    both({"field": "event_type"}, choices(EVENT_TYPES)),
    both({"field": "currency"}, choices(CURRENCIES)),
    both({"attribute": "items"}, comparisons()),
    st.sampled_from(["channel", "app"]).flatmap(lambda name: both({"attribute": name}, choices(CHANNELS))),
    st.tuples(st.sampled_from(GRAPH.stages), st.sampled_from(["missing", "present"])).map(lambda p: {"entity": p[0], "is": p[1]}),
    st.tuples(st.sampled_from(GRAPH.stages), st.sampled_from(["in_list", "not_in_list"]), st.sampled_from(LISTS)).map(
        lambda p: {"entity": p[0], p[1]: p[2]}
    ),
    SPANS.map(lambda span: {"time_of_day": dict(zip(("from", "to", "zone"), span, strict=True))}),
    DAYS.map(lambda pair: {"weekday": pair[0], "zone": pair[1]}),
)


def conditions(depth: int = 4) -> st.SearchStrategy[dict[str, Any]]:
    if depth == 1:
        return LEAVES
    inner = conditions(depth - 1)
    groups = st.tuples(st.sampled_from(["all", "any"]), st.lists(inner, min_size=1, max_size=2)).map(lambda one: dict([one]))
    return LEAVES | groups | inner.map(lambda part: {"not": part})


@st.composite
def times(draw: st.DrawFn) -> int:
    low, high = draw(st.sampled_from(MOMENTS))
    on_grid = st.integers(low // GRID_MS, high // GRID_MS).map(lambda quarter: quarter * GRID_MS)
    return draw(st.integers(low, high) | on_grid | on_grid.map(lambda ms: ms - 1))


@st.composite
def events(draw: st.DrawFn) -> Event:
    channels = [0, *(PSEUDONYMS.of("attribute channel", text) & 0xFFFFFFFF for text in CHANNELS)]
    apps = [0, *(PSEUDONYMS.of("attribute app", text) & 0xFFFFFFFF for text in CHANNELS)]
    return Event(
        "e1",
        draw(st.integers(0, len(EVENT_TYPES) - 1)),
        draw(times()),
        tuple(draw(st.integers(0, 4)) for _ in GRAPH.entities),
        7,
        draw(SMALL | st.just(math.nan)),
        draw(st.sampled_from(["", *CURRENCIES])),
        numeric=(draw(SMALL | st.just(math.nan)),),
        categorical=(draw(st.sampled_from(channels)), draw(st.sampled_from(apps))),
        places=draw(st.sampled_from([(), (0,), (3,)])),
    )


@st.composite
def rows(draw: st.DrawFn) -> np.ndarray:
    row = np.zeros(len(NAMES.features), np.float32)
    for name in FEATURES:
        row[list(NAMES.features).index(name)] = NAMES.features[name].column(draw(SMALL))
    return row
