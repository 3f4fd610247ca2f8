"""Scores and inputs of the events that are decided, counted while the job runs, to be summed elsewhere.

A tally counts by the bins of the model's training reference, apart by the day of the event. What is new in it
goes on as text now and then: whoever holds all texts of a model has what `DriftWatch` has of all its events.
What a worker had not handed on when it ended is missing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.kernel.compiled import compiled, compiled_entry
from domain.kernel.raw_bytes import items_at
from domain.times import DAY_MS
from gnn.scoring.drift_texts import DriftReference, day_text

EVERY_S = 10.0
MOST_EVENTS = 1024  # that wait: so many at most are missing at the end of a job
MOST_DAYS = 3  # whose counts wait: late events, or a history that is read at full speed

_PLAN = np.dtype([(name, "i8") for name in (
    "columns", "edges", "edges_at", "passed_at", "score_edges", "score_edges_at", "scores_at", "events", "last_ms",
)])  # fmt: skip


class DriftTally:
    """Counts of one model, for one thread. An event costs 0.7 us (233 columns of 11 edges), a text 0.3 ms."""

    def __init__(self, reference: DriftReference) -> None:
        """Count by the bins of a model's reference."""
        self._reference = reference
        self._edges = np.ascontiguousarray(reference.inputs.edges.T, np.float32)
        self._score_edges = np.ascontiguousarray(reference.scores.edges[0], np.float32)
        self._days: dict[int, _Day] = {}
        self._number = -1  # of the day in hand
        self._fresh = 0
        self._next_s: float | None = None
        self._is_announced = False

    def take(self, score: float, row_at: int, time_ms: int) -> None:
        """Count an event by its score and its row of `FeatureBatch.flat`, f4[F], which lies at an address."""
        number = time_ms // DAY_MS
        if number != self._number:
            self._turn_to(number)
        self._fresh += 1
        count_event(self._plan_at, row_at, score, time_ms)

    def take_all(self, scores: NDArray[np.float64], flat: NDArray[np.float32], times_ms: list[int]) -> None:
        """Count the scores f8[B] and the rows of `FeatureBatch.flat` f4[B, F] of B events."""
        rows = np.ascontiguousarray(flat, np.float32)
        first, size = rows.ctypes.data, rows.strides[0]
        for index, (score, time_ms) in enumerate(zip(scores.tolist(), times_ms, strict=True)):
            self.take(score, first + index * size, time_ms)

    def delta(self, now_s: float) -> str | None:
        """Return what is new as lines of text if it is time for it; the first ones begin with the reference.

        `now_s` is of a clock that goes forward.
        """
        if self._next_s is None:
            self._next_s = now_s + EVERY_S
        if not self._fresh or (now_s < self._next_s and self._fresh < MOST_EVENTS and len(self._days) < MOST_DAYS):
            return None
        self._next_s = now_s + EVERY_S
        texts = [] if self._is_announced else [self._reference.to_text()]
        texts += [day.text(self._reference.model, number) for number, day in sorted(self._days.items())]
        self._days.clear()
        self._number, self._fresh, self._is_announced = -1, 0, True
        return "\n".join(texts)

    def _turn_to(self, number: int) -> None:
        if number not in self._days:
            self._days[number] = _Day(self._edges, self._score_edges)
        self._number, self._plan_at = number, self._days[number].plan_at


class _Day:
    """Counts of one day, and where they lie: by edge, how many values pass it."""

    def __init__(self, edges: NDArray[np.float32], score_edges: NDArray[np.float32]) -> None:
        """Take the edges f4[E, C] of the inputs and f4[E] of the score."""
        self._inputs, self._scores = np.zeros(edges.shape, np.uint32), np.zeros(score_edges.shape, np.uint32)
        self._plan = np.zeros(1, _PLAN)
        self._kept = edges, score_edges  # the plan's addresses point to them
        at = [array.ctypes.data for array in (edges, self._inputs, score_edges, self._scores)]
        self._plan[0] = (edges.shape[1], edges.shape[0], at[0], at[1], len(score_edges), at[2], at[3], 0, 0)
        self.plan_at: int = self._plan.ctypes.data

    def text(self, model: str, day: int) -> str:
        """Return the counts as a line of text, 1 to 3 kB."""
        events, last_ms = int(self._plan["events"][0]), int(self._plan["last_ms"][0])
        return day_text(model, day, last_ms, _of_bins(self._scores[:, None], events)[0], _of_bins(self._inputs, events))


def _of_bins(passed: NDArray[np.uint32], events: int) -> NDArray[np.uint32]:
    """Return u4[C, E + 1], how many values are in each bin, of u4[E, C], how many pass each rising edge."""
    all_of_them, none = np.full((1, passed.shape[1]), events, np.uint32), np.zeros((1, passed.shape[1]), np.uint32)
    beyond = np.concatenate([all_of_them, passed, none])
    return np.ascontiguousarray((beyond[:-1] - beyond[1:]).T)


@compiled_entry
def count_event(plan_at: int, row_at: int, score: float, time_ms: int) -> int:
    """Count a row f4[columns] and its score by the edges that the `_PLAN` at `plan_at` names."""
    plan = items_at(plan_at, 1, _PLAN)[0]
    plan["events"] += 1
    plan["last_ms"] = max(plan["last_ms"], time_ms)
    _pass(items_at(row_at, plan["columns"], np.float32), plan["columns"], plan["edges"], plan["edges_at"], plan["passed_at"])
    edges, narrow = plan["score_edges"], np.float32(score)
    limits, passed = items_at(plan["score_edges_at"], edges, np.float32), items_at(plan["scores_at"], edges, np.uint32)
    for edge in range(edges):
        passed[edge] += np.uint32(narrow > limits[edge])
    return 0


@compiled
def _pass(row: Any, columns: int, edges: int, edges_at: int, passed_at: int) -> None:
    """Raise the counts of the edges that the columns' values pass: edge by edge, as processors do it fast."""
    limits, passed = items_at(edges_at, edges * columns, np.float32), items_at(passed_at, edges * columns, np.uint32)
    for edge in range(edges):
        at = edge * columns
        for column in range(columns):
            passed[at + column] += np.uint32(row[column] > limits[at + column])
