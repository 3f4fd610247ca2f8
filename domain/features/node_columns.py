"""Columns of an entity from the fixed part of its record: each group's names, and its compiled writer
beside.

A writer takes the place where its columns begin and returns where they end. A record of zeros is that of an
entity never seen.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from domain.features.feature import RECENCY_DAYS, FeatureList
from domain.features.label_views import clearances_count
from domain.features.row_cells import Row, amount_or_0, log_ratio, put, put_log, put_signed_log
from domain.graph import EVENT_TYPES, GraphSettings
from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, array_at, f64, i64, u64_at
from domain.memory.currency_habit import habit_of
from domain.memory.habit import deviations
from domain.memory.learning import Floats
from domain.memory.meetings import doubtful_share
from domain.memory.record import (
    AMOUNT,
    COUNTERS,
    DOUBTFUL,
    EVENTS,
    FRAUD_UNUSUAL,
    FRAUD_USUAL,
    KIND_HALF_LIVES_S,
    LEGITIMATE,
    MEETINGS,
    NEVER,
    RECORD_HEAD,
    UNUSUAL,
)  # fmt: skip
from domain.memory.trail import ENTITIES_AT
from domain.times import DAY_MS, DAY_S, HOUR_MS, span_name
from domain.wording import plural

LABEL_SPAN_S = DAY_S
"""Labels come late: how many came within minutes says nothing. Shorter half-lives have no label columns."""
_COLUMNS, _TYPES, _KINDS = len(COUNTERS), len(EVENT_TYPES), len(KIND_HALF_LIVES_S)
_INVERSE_KINDS = tuple(1.0 / seconds for seconds in KIND_HALF_LIVES_S)
_HEAD_BYTES = RECORD_HEAD.itemsize


def list_node_columns(node: FeatureList, graph: GraphSettings) -> None:
    """Add the columns of an entity's own record, in the order of `node_columns`."""
    _list_presence(node)
    _list_counters(node, graph)
    _list_growth(node, graph)
    _list_behaviour(node)
    _list_habit(node)
    _list_history(node)


@compiled
def node_columns(row: Row, at: int, trail: Bytes, event: Any, fixed: Bytes, stage: Any, labelled: int) -> int:
    """Write all of them from `fixed` u1[fixed bytes]; `labelled` is `first_label_half_life`."""
    head = array_at(fixed, 0, 1, RECORD_HEAD)[0]
    decayed = array_at(fixed, _HEAD_BYTES, (stage["bitmaps_at"] - _HEAD_BYTES) // 4, np.float32)
    known, given = head["version"] != 0, u64_at(trail, ENTITIES_AT + 8 * stage["position"]) != 0
    at = presence_columns(row, at, event, head, known, given)
    passed_s = max(0.0, (event["time"] - head["clock"]) / 1000.0)
    cleared = clearances_count(event, head)
    at = counter_columns(row, at, event, decayed, passed_s, stage, labelled, cleared)
    at = growth_columns(row, at, decayed, passed_s, stage, labelled)
    at = behaviour_columns(row, at, decayed, passed_s, stage)
    at = habit_columns(row, at, event, head, fixed, known)
    return history_columns(row, at, event, head, known, cleared)


def _list_presence(node: FeatureList) -> None:
    kind = node.space
    node.add("given", "flag", f"the event names a {kind}", "age")
    node.add("known", "flag", f"the {kind} has been seen before", "age")
    node.add("age", "hours", f"hours since the {kind} was first seen", "age", "log")
    node.add("idle", "seconds", f"seconds since the {kind} was last seen", "velocity", "log")
    node.add("events", "events", f"events of the {kind} so far", "age", "log")


@compiled
def presence_columns(row: Row, at: int, event: Any, head: Any, known: bool, given: bool) -> int:
    """Write whether there is an entity, since when, and how active it has been."""
    at = put(row, at, given)
    at = put(row, at, known)
    at = put_log(row, at, (event["time"] - head["first_seen"]) / HOUR_MS if known else 0.0)
    at = put_log(row, at, (event["time"] - head["last_seen"]) / 1000.0 if known else 0.0)
    return put_log(row, at, f64(head["events"]))


def first_label_half_life(graph: GraphSettings) -> int:
    """Return the position of the shortest half-life with label columns."""
    span_s = min(LABEL_SPAN_S, graph.half_lives_s[-1])
    return next(index for index, half_life_s in enumerate(graph.half_lives_s) if half_life_s >= span_s)


def _list_counters(node: FeatureList, graph: GraphSettings) -> None:
    kind, labelled = node.space, first_label_half_life(graph)
    for index, seconds in enumerate(graph.half_lives_s):
        span = span_name(seconds)
        node.add(f"events_{span}", "events", f"events of the {kind} in about {span}", "velocity", "log")
        node.add(f"amount_ratio_{span}", "log ratio", f"amount against the {kind}'s mean over {span}", "amount")
        node.add(f"unusual_{span}", "events", f"unusual amounts at the {kind} in about {span}", "unusual", "log")
        if index >= labelled:
            _list_labels(node, span)


@compiled
def counter_columns(row: Row, at: int, event: Any, decayed: Floats, passed_s: float, stage: Any, labelled: int, cleared: bool) -> int:
    """Write the decayed counters, which are `passed_s` old, by half-life H: value * 2^(-passed_s / H).

    `cleared` is `clearances_count`.
    """
    own_log = math.log1p(amount_or_0(event["amount"]))
    for half_life in range(stage["half_lives"]):
        decay, first = np.exp2(-passed_s * stage["inverse_half_lives"][half_life]), _COLUMNS * half_life
        events, amount = decay * decayed[first + EVENTS], decay * decayed[first + AMOUNT]
        at = put_log(row, at, events)
        # against the mean, never the mean itself: a level would tell a model which entity it is
        at = put(row, at, log_ratio(own_log, amount / max(events, 1e-3)))
        at = put_log(row, at, decay * decayed[first + UNUSUAL])
        if half_life >= labelled:
            usual, unusual = decay * decayed[first + FRAUD_USUAL], decay * decayed[first + FRAUD_UNUSUAL]
            at = label_columns(row, at, usual, unusual, decay * decayed[first + LEGITIMATE], cleared)
    return at


def _list_labels(node: FeatureList, span: str) -> None:
    kind = node.space
    node.add(f"usual_fraud_{span}", "events", f"known frauds at usual amounts of the {kind} in about {span}", "labels", "log")
    node.add(f"unusual_fraud_{span}", "events", f"known frauds at unusual amounts of the {kind} in about {span}", "labels", "log")
    node.add(f"legitimate_{span}", "events", f"cleared events of the {kind} in about {span}, up to its frauds", "labels", "log")
    node.add(f"fraud_rate_{span}", "share", f"share of fraud among the {kind}'s labels over {span}", "labels")


@compiled
def label_columns(row: Row, at: int, usual: float, unusual: float, legitimate: float, cleared: bool) -> int:
    """Write the known labels of one half-life; their share assumes one cleared event more."""
    at = put_log(row, put_log(row, at, usual), unusual)
    at = put_log(row, at, min(legitimate, usual + unusual) if cleared else 0.0)
    return put(row, at, (usual + unusual) / (usual + unusual + legitimate + 1.0))


def _list_growth(node: FeatureList, graph: GraphSettings) -> None:
    kind, span = node.space, span_name(graph.half_lives_s[first_label_half_life(graph)])
    other = graph.entities[0 if kind != graph.entities[0] else 1] if len(graph.entities) > 1 else "other"
    comes, names_none = f"fresh {plural(other)} that came to the {kind}", f"events of the {kind} that name no {other}"
    doubtful = names_none if kind == graph.entities[0] else comes
    node.add(f"meetings_{span}", "distinct", f"{plural(other)} new to the {kind} in about {span}", "growth", "log")
    node.add(f"doubtful_{span}", "events", f"{doubtful} in about {span}", "growth", "log")
    node.add("doubtful_share", "share", f"{doubtful}, against all new ones", "growth")


@compiled
def growth_columns(row: Row, at: int, decayed: Floats, passed_s: float, stage: Any, day: int) -> int:
    """Write how an entity grows (`meetings.py`), by the half-life `day` and over all."""
    decay, first, last = np.exp2(-passed_s * stage["inverse_half_lives"][day]), _COLUMNS * day, _COLUMNS * (stage["half_lives"] - 1)
    at = put_log(row, at, decay * decayed[first + MEETINGS])
    at = put_log(row, at, decay * decayed[first + DOUBTFUL])
    return put(row, at, doubtful_share(f64(decayed[last + MEETINGS]), f64(decayed[last + DOUBTFUL])))


def _list_behaviour(node: FeatureList) -> None:
    for seconds in KIND_HALF_LIVES_S:
        span = span_name(seconds)
        for name in EVENT_TYPES:
            text = f"{name.replace('_', ' ')} events of the {node.space} in about {span}"
            node.add(f"{name}_{span}", "events", text, "behaviour", "log")


@compiled
def behaviour_columns(row: Row, at: int, decayed: Floats, passed_s: float, stage: Any) -> int:
    """Write the decayed counters per event type."""
    first = _COLUMNS * stage["half_lives"]
    for kind in range(_KINDS):
        decay = np.exp2(-passed_s * _INVERSE_KINDS[kind])
        for index in range(first, first + _TYPES):
            at = put_log(row, at, decay * decayed[index])
        first += _TYPES
    return at


def _list_habit(node: FeatureList) -> None:
    kind = node.space
    node.add("habit_ratio", "log ratio", f"amount against the {kind}'s habit", "amount")
    node.add("habit_z", "standard deviations", f"amount against the {kind}'s habit, in standard deviations", "amount")
    node.add("hour_likeness", "cosine", f"how usual the hour is for the {kind}", "time")


@compiled
def habit_columns(row: Row, at: int, event: Any, head: Any, fixed: Bytes, known: bool) -> int:
    """Write the event's amount and time of day against the entity's habit."""
    amount, mean, variance = habit_of(head, fixed, event)
    usable = not math.isnan(amount)
    at = put(row, at, math.log((amount + 1.0) / (mean + 1.0)) if usable else 0.0)
    # the root in 32 bits, unlike `currency_habit.z_of`: models have learnt their thresholds so
    root = f64(np.float32(math.sqrt(np.float32(variance))))
    at = put(row, at, deviations(amount, mean, root) if usable else 0.0)
    angle = 2.0 * math.pi * (event["time"] / DAY_MS % 1.0)
    likeness = f64(head["hour_cos"]) * math.cos(angle) + f64(head["hour_sin"]) * math.sin(angle)
    return put(row, at, likeness if known else 0.0)


def _list_history(node: FeatureList) -> None:
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


@compiled
def history_columns(row: Row, at: int, event: Any, head: Any, known: bool, cleared: bool) -> int:
    """Write when the entity was known for fraud, and when it was cleared."""
    now_ms, legit_ms = event["time"], i64(head["last_legit"]) if cleared else i64(NEVER)
    at = run_columns(row, at, f64(head["usual_n"]), head["usual_first"], legit_ms, known)
    at = run_columns(row, at, f64(head["unusual_n"]), head["unusual_first"], legit_ms, known)
    at = put(row, at, recency(now_ms, head["usual_first"], known))
    at = put(row, at, recency(now_ms, head["usual_last"], known))
    at = put(row, at, recency(now_ms, head["unusual_first"], known))
    at = put(row, at, recency(now_ms, head["unusual_last"], known))
    at = put(row, at, recency(now_ms, legit_ms, known))
    at = put_log(row, at, f64(head["legit_since"]) if cleared else 0.0)
    return put(row, at, recency(now_ms, head["last_unusual"], known))


@compiled
def run_columns(row: Row, at: int, frauds: float, first_ms: int, legit_ms: int, known: bool) -> int:
    """Write the size of a run of known frauds, and the days from the last cleared event to its beginning.

    Where the run began, the entity turned: the sooner after the last cleared event, the surer.
    """
    both = known and first_ms != NEVER and legit_ms != NEVER
    return put_signed_log(row, put_log(row, at, frauds), (first_ms - legit_ms) / DAY_MS if both else 0.0)


@compiled
def recency(now_ms: int, when_ms: int, known: bool) -> float:
    """Return 7 / (7 + days since): 1 for what has just happened, 0 for what never has."""
    if not known or when_ms == NEVER:
        return 0.0
    return RECENCY_DAYS / (RECENCY_DAYS + max(0.0, (now_ms - when_ms) / DAY_MS))
