"""The figures of a run: what was caught, who was harmed, how soon somebody heard of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any

from domain.decisions.decision import BLOCK
from domain.incidents.incident import RING
from domain.incidents.review_desk import is_overflow
from domain.simulator.adversary import History
from domain.times import DAY_MS, MINUTE_S
from tests.adversary.run import Run

MINUTE_MS = MINUTE_S * 1000
LAST_MS = 3 * DAY_MS
"""Before the history's end: a ring that is first flagged later may still be waiting for company."""


def figures(history: History, run: Run) -> dict[str, float]:
    """Return the figures of all rings and customers; what an attack has crafted counts for neither."""
    frauds = [decision for arrival, decision in run.decided if arrival.ring and not arrival.crafted]
    customers = [
        (arrival.account, decision) for arrival, decision in run.decided if arrival.account in history.customers and not arrival.crafted
    ]
    waits = list(waits_min(history, run).values())
    told = [wait for wait in waits if wait is not None]
    return {
        "frauds": len(frauds),
        "flagged": _share(decision.is_flagged for decision in frauds),
        "blocked": _share(decision.outcome == BLOCK for decision in frauds),
        "legitimate_flagged": _share(decision.is_flagged for _, decision in customers),
        "customers": len(history.customers),
        "customers_flagged": len({account for account, decision in customers if decision.is_flagged}),
        "customers_blocked": len({account for account, decision in customers if decision.outcome == BLOCK}),
        "rings_flagged": len(waits),
        "first_revision_min": median(told) if told else -1,
        "never": 1 - len(told) / len(waits) if waits else 0.0,
    }


def waits_min(history: History, run: Run, between_ms: tuple[int, int] | None = None) -> dict[str, float | None]:
    """Return for each ring the minutes from its first alert to a revision that names one of its alerts.

    None: no such revision came. `between_ms` keeps those that are first flagged within.
    """
    first, of_ring = dict[str, int](), dict[str, str]()
    for arrival, decision in run.decided:
        if arrival.ring and not arrival.crafted and decision.is_flagged:
            first.setdefault(arrival.ring, arrival.at_ms)
            of_ring[decision.event_id] = arrival.ring
    begin, end = between_ms or (0, history.end_ms - LAST_MS)
    told: dict[str, int] = {}
    for at_ms, document in published(run):
        for ring in {of_ring[event_id] for event_id in document["event_ids"] if event_id in of_ring}:
            told.setdefault(ring, at_ms)
    rings = [ring for ring, at_ms in first.items() if begin <= at_ms < end]
    return {ring: (told[ring] - first[ring]) / MINUTE_MS if ring in told else None for ring in rings}


def published(run: Run) -> Iterable[tuple[int, Mapping[str, Any]]]:
    """Yield the revisions of incidents of connected alerts, each with its arrival."""
    return ((at_ms, document) for at_ms, document in run.revisions if not is_overflow(document) and document["kind"] == RING)


def _share(those: Iterable[bool]) -> float:
    known = list(those)
    return sum(known) / len(known) if known else 0.0
