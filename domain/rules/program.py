"""Rules compiled into data: intervals over one vector of numbers, joined by jumps; and their evaluation.

A step asks `lo <= vector[column] <= hi` and goes on at `yes` or at `no`. Code that runs is the same for all
rules, so that a changed rule compiles nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.kernel.compiled import compiled, compiled_entry
from domain.kernel.raw_bytes import items_at
from domain.rules.conditions import AllOf, AnyOf, Condition, Leaf, Not

FIRED, NOT_FIRED = -2, -1
"""Where a rule's jumps end."""
PROGRAM = np.dtype([
    (name, "i8") for name in (
        "rules", "start_at", "steps", "lo_at", "hi_at", "column_at", "yes_at", "no_at",
        "row_at", "width", "read_at", "read", "vector_at", "columns", "fired_at",
    )
])  # fmt: skip
"""Where everything lies (`*_at` are addresses), and how many there are of each.

`read` columns of the row f4[width] go to the beginning of the vector f8[columns].
"""


class Step(NamedTuple):
    """What one comparison asks of the vector; `swapped` asks whether it does not lie in the interval."""

    column: int
    lo: float
    hi: float
    swapped: bool = False

    def holds(self, vector: Sequence[float]) -> bool:
        """Return whether the comparison holds."""
        return (self.lo <= vector[self.column] <= self.hi) != self.swapped


class Program:
    """The steps of a sequence of rules, and the vector that they read."""

    def __init__(
        self,
        conditions: Sequence[Condition],
        step_of: Callable[[Leaf], Step],
        vector: NDArray[np.float64],
        read: NDArray[np.int64],
        width: int,
    ) -> None:
        """Compile conditions.

        `read` are the columns of a row f4[width] that the vector begins with; the caller writes the others.
        """
        jumps = _Jumps(step_of)
        starts = [jumps.append(condition) for condition in conditions]
        self.row = np.zeros(width, np.float32)
        """f4[width]: what `fired_rules` reads."""
        self.fired = np.zeros(max(1, len(starts)), np.int64)
        """Positions of the rules that `fired_rules` has found, as many as it returned."""
        self._kept: list[NDArray] = []  # what the plan's addresses point to
        self._plan = np.zeros(1, PROGRAM)
        self._plan["rules"], self._plan["steps"] = len(starts), len(jumps.steps)
        self._plan["width"], self._plan["read"], self._plan["columns"] = width, len(read), len(vector)
        steps = [(step.lo, step.hi, step.column, yes, no) for step, yes, no in jumps.steps]
        kinds = (("lo", np.float64), ("hi", np.float64), ("column", np.int32), ("yes", np.int32), ("no", np.int32))
        for index, (name, dtype) in enumerate(kinds):
            self._put(name, np.array([step[index] for step in steps], dtype))
        for name, array in (("start", np.array(starts, np.int64)), ("read", read), ("row", self.row), ("vector", vector)):
            self._put(name, array)
        self._put("fired", self.fired)
        self.address = int(self._plan.ctypes.data)
        """Of the plan, for `fired_rules`."""
        fired_rules(self.address)  # compiled, or read from the cache, now and not at an event

    def _put(self, name: str, array: NDArray) -> None:
        self._kept.append(array)
        self._plan[f"{name}_at"] = array.ctypes.data


class _Jumps:
    """The steps of all rules, in the order in which they are asked."""

    def __init__(self, step_of: Callable[[Leaf], Step]) -> None:
        self.steps: list[tuple[Step, int, int]] = []
        self._step_of = step_of

    def append(self, condition: Condition) -> int:
        """Append one rule's steps; return where it begins."""
        backwards: list[tuple[Step, int, int]] = []
        first = self._before(condition, FIRED, NOT_FIRED, backwards)
        begin, last = len(self.steps), len(backwards) - 1

        def placed(at: int) -> int:
            return at if at < 0 else begin + last - at

        self.steps += [(step, placed(yes), placed(no)) for step, yes, no in reversed(backwards)]
        return placed(first)

    def _before(self, condition: Condition, yes: int, no: int, steps: list[tuple[Step, int, int]]) -> int:
        """Append the steps, the last first, for targets that are known; return where they begin."""
        if isinstance(condition, Not):
            return self._before(condition.part, no, yes, steps)
        if isinstance(condition, AllOf):
            target = yes
            for part in reversed(condition.parts):
                target = self._before(part, target, no, steps)
            return target
        if isinstance(condition, AnyOf):
            target = no
            for part in reversed(condition.parts):
                target = self._before(part, yes, target, steps)
            return target
        step = self._step_of(condition)
        steps.append((step, no, yes) if step.swapped else (step, yes, no))
        return len(steps) - 1


@compiled_entry
def fired_rules(plan_at: int) -> int:
    """Evaluate the rules of the `PROGRAM` at `plan_at`; return how many fired, their positions in `fired`."""
    plan = items_at(plan_at, 1, PROGRAM)[0]
    _read_row(plan)
    return _evaluated(plan)


@compiled
def _read_row(plan: Any) -> None:
    row, read = items_at(plan["row_at"], plan["width"], np.float32), items_at(plan["read_at"], plan["read"], np.int64)
    vector = items_at(plan["vector_at"], plan["columns"], np.float64)
    for index in range(len(read)):
        vector[index] = row[read[index]]


@compiled
def _evaluated(plan: Any) -> int:
    steps, vector = plan["steps"], items_at(plan["vector_at"], plan["columns"], np.float64)
    lo, hi = items_at(plan["lo_at"], steps, np.float64), items_at(plan["hi_at"], steps, np.float64)
    column = items_at(plan["column_at"], steps, np.int32)
    yes, no = items_at(plan["yes_at"], steps, np.int32), items_at(plan["no_at"], steps, np.int32)
    start, fired = items_at(plan["start_at"], plan["rules"], np.int64), items_at(plan["fired_at"], plan["rules"], np.int64)
    count = 0
    for rule in range(len(start)):
        at = start[rule]
        while at >= 0:
            value = vector[column[at]]
            at = np.int64(yes[at]) if (value >= lo[at]) & (value <= hi[at]) else np.int64(no[at])
        if at == FIRED:
            fired[count] = rule
            count += 1
    return count
