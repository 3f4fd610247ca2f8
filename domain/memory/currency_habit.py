"""An entity's habits by currency, compiled: one of all amounts that can be compared, and a few of others.

An amount in a currency without a rate is compared with the entity's own amounts in that currency alone. So
many habits are kept beside the usual one as `OTHER_HABITS` says, whatever currencies are invented: one that
has no place takes an amount off the habit with the fewest, and gets its place once that has none (J. Misra
and D. Gries, Finding repeated elements, 1982). A habit goes after as many amounts of strangers as it has.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from domain.kernel.compiled import compiled
from domain.kernel.layouts import offset_of
from domain.kernel.raw_bytes import Bytes, array_at, f64
from domain.memory.habit import HABIT_KNOWN, HABIT_MEMORY, averaged, deviations
from domain.memory.record import OTHER_HABITS, RECORD_HEAD

OTHER_HABIT = np.dtype([("unit", "<u2"), ("n", "<u2"), ("mean", "<f4"), ("var", "<f4")])
"""`EVENT_HEAD["unit"]`, how many amounts are in it (at most `HABIT_MEMORY`), their mean and variance."""
_HABITS_AT = offset_of(RECORD_HEAD, "other_unit_1")


@compiled
def other_habits(record: Bytes) -> Any:
    """Return the `OTHER_HABIT`[OTHER_HABITS] of a record, to be read or written."""
    return array_at(record, _HABITS_AT, OTHER_HABITS, OTHER_HABIT)


@compiled
def habit_of(head: Any, record: Bytes, event: Any) -> tuple[float, float, float]:
    """Return what an event is compared with and what of it: (its amount, mean, variance).

    The amount is NaN if there is none, or no habit in its currency.
    """
    if event["unit"] == 0:
        if head["habit_n"] < HABIT_KNOWN:
            return math.nan, 0.0, 0.0
        return event["amount"], f64(head["habit_mean"]), f64(head["habit_var"])
    habits = other_habits(record)
    for slot in range(OTHER_HABITS):
        if habits[slot]["unit"] == event["unit"] and habits[slot]["n"] >= HABIT_KNOWN:
            return event["given"], f64(habits[slot]["mean"]), f64(habits[slot]["var"])
    return math.nan, 0.0, 0.0


@compiled
def z_of(head: Any, record: Bytes, event: Any) -> float:
    """Return how many deviations lie between an event's amount and the entity's habit in its currency.

    It is 0 while no such habit is known, and without an amount.
    """
    amount, mean, variance = habit_of(head, record, event)
    return 0.0 if math.isnan(amount) else deviations(amount, mean, math.sqrt(variance))


@compiled
def adopt_other_habit(record: Bytes, event: Any) -> None:
    """Learn an amount in a currency without a rate."""
    amount = event["given"]
    if event["unit"] == 0 or math.isnan(amount):
        return
    habits, least = other_habits(record), 0
    for slot in range(OTHER_HABITS):
        if habits[slot]["unit"] == event["unit"]:
            learn_other(habits, slot, amount)
            return
        if habits[slot]["n"] < habits[least]["n"]:
            least = slot
    if habits[least]["n"] > 0:
        habits[least]["n"] -= 1
        return
    habits[least]["unit"] = event["unit"]
    learn_other(habits, least, amount)


@compiled
def learn_other(habits: Any, slot: int, amount: float) -> None:
    """Take an amount into one of the habits."""
    n = f64(habits[slot]["n"])
    mean, variance = averaged(amount, n, f64(habits[slot]["mean"]), f64(habits[slot]["var"]))
    habits[slot]["n"], habits[slot]["mean"], habits[slot]["var"] = min(HABIT_MEMORY, n + 1.0), mean, variance
