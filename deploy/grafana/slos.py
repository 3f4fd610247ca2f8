"""Objectives: what shops and analysts were promised, and how much of the allowance is used."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.grafana.dashboard import Dashboard, Panel, Query
from deploy.grafana.metric import of_job
from deploy.grafana.service import SCORES

_OVER = "30d"
_LATENCY = of_job("decision_latency_ms_bucket", "le")
_DECIDED = of_job("decision_latency_ms_count")
_SCORED = f"sum(increase({SCORES}_count[RANGE]))"
_BAD = 'outcome!~"decision|repeat|unlike"'
"""What is not the answer that was promised; `unlike` is the caller's own mistake."""


@dataclass(frozen=True)
class Objective:
    """A share of good cases that is promised. `good` and `all` are counters, with a place for their range."""

    title: str
    text: str
    promised: float
    good: str
    all: str

    def share(self, over: str) -> str:
        """Return the query of the share that was good."""
        return f"{self.good.replace('RANGE', over)} / {self.all.replace('RANGE', over)}"

    def used(self) -> str:
        """Return the query of how much of the month's allowance for bad cases is used; 1 is all of it."""
        return f"(1 - {self.share(_OVER)}) / {1 - self.promised:.6g}"

    def burning(self, over: str) -> str:
        """Return the query of how fast it is used: 1 is just the allowance."""
        return f"(1 - {self.share(over)}) / {1 - self.promised:.6g}"


OBJECTIVES = (
    Objective(
        "Scores by the job",
        "Scores that are answered with a decision, and not with the fallback.",
        0.999,
        # Asked the other way round: where there was no decision at all, no series tells of decisions.
        f"({_SCORED} - (sum(increase({SCORES}_count{{{_BAD}}}[RANGE])) or vector(0)))",
        _SCORED,
    ),
    Objective(
        "Scores within 500 ms",
        "From the arrival of a score to its answer.",
        0.99,
        f'sum(increase({SCORES}_bucket{{le="0.5"}}[RANGE]))',
        _SCORED,
    ),
    Objective(
        "Decided within 1 s",
        "Events of the job, from parsed to decided.",
        0.99,
        f'sum(increase({_LATENCY}{{le="1000"}}[RANGE]))',
        f"sum(increase({_DECIDED}[RANGE]))",
    ),
)


def _row(objective: Objective) -> tuple[Panel, ...]:
    promised = f"{100 * objective.promised:g}% are promised."
    return (
        Panel(objective.title, f"{objective.text} Of 30 days; {promised}", (Query(objective.share(_OVER), "good"),), "percentunit", "stat"),
        Panel("Allowance used", "Of 30 days; 1 is all of it.", (Query(objective.used(), "used"),), "percentunit", "stat", worse_at=1),
        Panel(
            f"{objective.title}: how fast it is used",
            "1 is just the allowance. Above 14 for an hour, a month's is gone in two days.",
            tuple(Query(objective.burning(over), over) for over in ("5m", "1h", "6h")),
            worse_at=14,
        ),
    )


SLOS = Dashboard(
    "slos",
    "ringwatch: objectives",
    "What shops and analysts were promised, and how much of the allowance is used.",
    tuple(map(_row, OBJECTIVES)),
)
