"""The figures of a run: what was caught, who was harmed, how soon somebody heard of it."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from domain.decisions.decision import BLOCK
from domain.simulator.adversary import History
from domain.times import DAY_MS, MINUTE_MS
from tests.adversary.run import Run
from tests.adversary.waits import waits

LAST_MS = 3 * DAY_MS
"""Before the history's end: a ring that is first flagged later may still be waiting for company."""


def figures(history: History, run: Run) -> dict[str, float]:
    """Return the figures of all rings and customers; what an attack has crafted counts for neither."""
    frauds = [decision for arrival, decision in run.decided if arrival.ring and not arrival.crafted]
    customers = [
        (arrival.account, decision) for arrival, decision in run.decided if arrival.account in history.customers and not arrival.crafted
    ]
    rings = [ring for ring in waits(run).values() if ring.first_ms < history.end_ms - LAST_MS]
    told = [(ring.told_ms - ring.first_ms) / MINUTE_MS for ring in rings if ring.told_ms is not None]
    return {
        "frauds": len(frauds),
        "flagged": _share(decision.is_flagged for decision in frauds),
        "blocked": _share(decision.outcome == BLOCK for decision in frauds),
        "legitimate_flagged": _share(decision.is_flagged for _, decision in customers),
        "customers": len(history.customers),
        "customers_flagged": len({account for account, decision in customers if decision.is_flagged}),
        "customers_blocked": len({account for account, decision in customers if decision.outcome == BLOCK}),
        "rings_flagged": len(rings),
        "first_revision_min": median(told) if told else -1,
        "never": 1 - len(told) / len(rings) if rings else 0.0,
    }


def _share(those: Iterable[bool]) -> float:
    known = list(those)
    return sum(known) / len(known) if known else 0.0
