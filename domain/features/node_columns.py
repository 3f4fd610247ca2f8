"""Columns of an entity by what its record's fixed part holds, compiled: in the order of `feature_names.py`,
each function returns where its columns end. A record of zeros is that of an entity never seen.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from domain.features.names import RECENCY_DAYS
from domain.features.row_cells import Row, amount_or_0, log_ratio, put, put_log, put_signed_log
from domain.graph import EVENT_TYPES
from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, array_at, f64, u64_at
from domain.memory.habit import HABIT_KNOWN, deviations
from domain.memory.learning import Floats
from domain.memory.record import (
    AMOUNT,
    COUNTERS,
    EVENTS,
    FRAUD_UNUSUAL,
    FRAUD_USUAL,
    KIND_HALF_LIVES_S,
    LEGITIMATE,
    NEVER,
    RECORD_HEAD,
    UNUSUAL,
)  # fmt: skip
from domain.memory.trail import ENTITIES_AT
from domain.times import DAY_MS, HOUR_MS

_COLUMNS, _TYPES, _KINDS = len(COUNTERS), len(EVENT_TYPES), len(KIND_HALF_LIVES_S)
_INVERSE_KINDS = tuple(1.0 / seconds for seconds in KIND_HALF_LIVES_S)
_HEAD_BYTES = RECORD_HEAD.itemsize


@compiled
def node_columns(row: Row, at: int, trail: Bytes, event: Any, fixed: Bytes, stage: Any, labelled: int) -> int:
    """All of them, from `fixed` u1[fixed bytes]; half-lives from number `labelled` on have columns of
    labels.
    """
    head = array_at(fixed, 0, 1, RECORD_HEAD)[0]
    decayed = array_at(fixed, _HEAD_BYTES, (stage["bitmaps_at"] - _HEAD_BYTES) // 4, np.float32)
    known, given = head["version"] != 0, u64_at(trail, ENTITIES_AT + 8 * stage["position"]) != 0
    at = presence_columns(row, at, event, head, known, given)
    passed_s = max(0.0, (event["time"] - head["clock"]) / 1000.0)
    at = counter_columns(row, at, event, decayed, passed_s, stage, labelled)
    at = behaviour_columns(row, at, decayed, passed_s, stage)
    at = habit_columns(row, at, event, head, known)
    return history_columns(row, at, event, head, known)


@compiled
def presence_columns(row: Row, at: int, event: Any, head: Any, known: bool, given: bool) -> int:
    """Is there an entity, since when, and how active has it been?"""
    at = put(row, at, given)
    at = put(row, at, known)
    at = put_log(row, at, (event["time"] - head["first_seen"]) / HOUR_MS if known else 0.0)
    at = put_log(row, at, (event["time"] - head["last_seen"]) / 1000.0 if known else 0.0)
    return put_log(row, at, f64(head["events"]))


@compiled
def counter_columns(row: Row, at: int, event: Any, decayed: Floats, passed_s: float, stage: Any, labelled: int) -> int:
    """Decayed counters, which are `passed_s` old, by half-life."""
    own_log = math.log1p(amount_or_0(event["amount"]))
    for half_life in range(stage["half_lives"]):
        decay, first = np.exp2(-passed_s * stage["inverse_half_lives"][half_life]), _COLUMNS * half_life
        events, amount = decay * decayed[first + EVENTS], decay * decayed[first + AMOUNT]
        at = put_log(row, at, events)
        # against the mean, never the mean itself: an entity's own level would tell a model which entity it
        # is
        at = put(row, at, log_ratio(own_log, amount / max(events, 1e-3)))
        at = put_log(row, at, decay * decayed[first + UNUSUAL])
        if half_life >= labelled:
            usual, unusual = decay * decayed[first + FRAUD_USUAL], decay * decayed[first + FRAUD_UNUSUAL]
            at = label_columns(row, at, usual, unusual, decay * decayed[first + LEGITIMATE])
    return at


@compiled
def label_columns(row: Row, at: int, usual: float, unusual: float, legitimate: float) -> int:
    """Known labels of one half-life; in their share one cleared event is assumed."""
    at = put_log(row, put_log(row, put_log(row, at, usual), unusual), legitimate)
    return put(row, at, (usual + unusual) / (usual + unusual + legitimate + 1.0))


@compiled
def behaviour_columns(row: Row, at: int, decayed: Floats, passed_s: float, stage: Any) -> int:
    """Decayed counters per event type."""
    first = _COLUMNS * stage["half_lives"]
    for kind in range(_KINDS):
        decay = np.exp2(-passed_s * _INVERSE_KINDS[kind])
        for index in range(first, first + _TYPES):
            at = put_log(row, at, decay * decayed[index])
        first += _TYPES
    return at


@compiled
def habit_columns(row: Row, at: int, event: Any, head: Any, known: bool) -> int:
    """The event's amount and time of day against the entity's habit."""
    amount = event["amount"]
    usable = head["habit_n"] >= HABIT_KNOWN and not math.isnan(amount)
    mean = f64(head["habit_mean"])
    at = put(row, at, math.log((amount + 1.0) / (mean + 1.0)) if usable else 0.0)
    # the root in 32 bits, unlike `habit.z_of`: models have learnt their thresholds so
    root = f64(np.float32(math.sqrt(head["habit_var"])))
    at = put(row, at, deviations(amount, mean, root) if usable else 0.0)
    angle = 2.0 * math.pi * (event["time"] / DAY_MS % 1.0)
    likeness = f64(head["hour_cos"]) * math.cos(angle) + f64(head["hour_sin"]) * math.sin(angle)
    return put(row, at, likeness if known else 0.0)


@compiled
def history_columns(row: Row, at: int, event: Any, head: Any, known: bool) -> int:
    """When the entity was known for fraud, and when it was cleared."""
    now_ms, legit_ms = event["time"], head["last_legit"]
    at = run_columns(row, at, f64(head["usual_n"]), head["usual_first"], legit_ms, known)
    at = run_columns(row, at, f64(head["unusual_n"]), head["unusual_first"], legit_ms, known)
    at = put(row, at, recency(now_ms, head["usual_first"], known))
    at = put(row, at, recency(now_ms, head["usual_last"], known))
    at = put(row, at, recency(now_ms, head["unusual_first"], known))
    at = put(row, at, recency(now_ms, head["unusual_last"], known))
    at = put(row, at, recency(now_ms, legit_ms, known))
    at = put_log(row, at, f64(head["legit_since"]))
    return put(row, at, recency(now_ms, head["last_unusual"], known))


@compiled
def run_columns(row: Row, at: int, frauds: float, first_ms: int, legit_ms: int, known: bool) -> int:
    """Of a run of known frauds. Where it began, the entity turned: the sooner after the last cleared event,
    the surer.
    """
    both = known and first_ms != NEVER and legit_ms != NEVER
    return put_signed_log(row, put_log(row, at, frauds), (first_ms - legit_ms) / DAY_MS if both else 0.0)


@compiled
def recency(now_ms: int, when_ms: int, known: bool) -> float:
    """1 for what has just happened, a half a week later, 0 for what never has."""
    if not known or when_ms == NEVER:
        return 0.0
    return RECENCY_DAYS / (RECENCY_DAYS + max(0.0, (now_ms - when_ms) / DAY_MS))
