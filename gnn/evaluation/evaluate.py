"""The figures of one model's decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from domain.decisions.decision import APPROVE, BLOCK, INVESTIGATE
from domain.times import DAY_MS
from gnn.card.detection_metrics import Labels, Metrics, Ranking, measure
from gnn.evaluation.costs import CostSummary, cost_summary
from gnn.evaluation.daily_precision import DailyAccounts, DailyPrecision
from gnn.evaluation.rings import RingFigures, ring_figures
from gnn.evaluation.scored_truth import ScoredTruth, join_truth
from gnn.evaluation.slices import EventTypeFigures, Scenario, Segment, event_types, scenarios, segments
from gnn.history.train_settings import Costs

ACCOUNTS_A_DAY = (50, 100, 200)


@dataclass(frozen=True)
class Detection:
    """How well a kind of flag finds fraud: shares of events, None where there is nothing to divide by."""

    flagged: int
    precision: float | None
    recall: float | None
    hits: int
    """Frauds among the flagged."""


@dataclass(frozen=True)
class Evaluation:
    """Counts, detection of all flags and of blocks alone, ranking, costs, rings and parts of the events."""

    events: int
    undecided: int
    """Events of the truth without a decision: a part of the history was left out, or the job lost some."""
    frauds: int
    decisions: dict[str, int]
    flagged: Detection
    blocked: Detection
    ranking: Metrics | None
    rings: int
    rings_flagged: int
    rings_flagged_by_third_member: int
    flagged_legitimate_by_segment: dict[str, float]
    model: str
    recall_at_01pct_fpr: float | None
    """Recall with at most 0.1% of the legitimate events at or above the threshold."""
    precision_at_k: tuple[DailyPrecision, ...]
    """At k accounts a day; empty where accounts or times are unknown or a class is missing."""
    cost: CostSummary
    scenarios: tuple[Scenario, ...]
    segments: tuple[Segment, ...]
    event_types: tuple[EventTypeFigures, ...]
    ring_detection: tuple[RingFigures, ...]
    flagged_legitimate: float | None
    """Share of the legitimate events that is flagged,"""
    blocked_legitimate: float | None
    """and that is blocked."""
    assumed_legitimate: int
    """Legitimate events that no label speaks of, where the truth is a file of events and labels."""
    from_ms: int | None
    """Time of the first event, ms since 1970; None where times are unknown,"""
    until_ms: int | None
    """and of the last."""

    def document(self) -> dict[str, object]:
        """Return the evaluation as JSON values."""
        return asdict(self)


def evaluate(
    decisions: Path, truth: Path, costs: Costs | None = None, accounts_a_day: Sequence[int] = ACCOUNTS_A_DAY, from_ms: int | None = None
) -> Evaluation:
    """Evaluate a file or folder of decisions; the truth is as `read_truth` reads it.

    Raises `EvaluationError`.

    Events before `from_ms` (ms since 1970) are left out: while the state fills, every shared place looks as
    new as a ring's.
    """
    scored = join_truth(decisions, truth)
    return evaluate_rows(scored if from_ms is None else scored.since(from_ms), costs or Costs(), accounts_a_day)


def evaluate_rows(scored: ScoredTruth, costs: Costs, accounts_a_day: Sequence[int] = ACCOUNTS_A_DAY) -> Evaluation:
    """Return the figures of decided events."""
    rows = scored.rows
    score, fraud, flagged, blocked, amount = (rows[name].to_numpy() for name in ("score", "fraud", "flagged", "blocked", "amount"))
    both, one = bool(0 < fraud.sum() < len(fraud)), np.ones(len(rows))
    rings, of_segments = ring_figures(rows), segments(rows)
    return Evaluation(
        events=len(rows),
        undecided=scored.undecided,
        frauds=int(fraud.sum()),
        decisions={APPROVE: int((~flagged).sum()), INVESTIGATE: int((flagged & ~blocked).sum()), BLOCK: int(blocked.sum())},
        flagged=_detection(flagged, fraud),
        blocked=_detection(blocked, fraud),
        ranking=measure(score, fraud, one) if both else None,
        rings=rings[0].rings if rings else 0,
        rings_flagged=rings[0].flagged if rings else 0,
        rings_flagged_by_third_member=rings[0].by_third_member if rings else 0,
        flagged_legitimate_by_segment={segment.name: segment.flagged for segment in of_segments},
        model=scored.model,
        recall_at_01pct_fpr=Ranking(score, fraud).curve(one).recall_at(0.001) if both else None,
        precision_at_k=_precision_at_k(rows, accounts_a_day) if both else (),
        cost=cost_summary(score, fraud, flagged, blocked, amount, costs),
        scenarios=scenarios(rows),
        segments=of_segments,
        event_types=event_types(rows),
        ring_detection=rings,
        flagged_legitimate=_share(flagged, ~fraud),
        blocked_legitimate=_share(blocked, ~fraud),
        assumed_legitimate=int((~rows.labelled).sum()) if "labelled" in rows else 0,
        from_ms=int(rows.time_ms.min()) if "time_ms" in rows else None,
        until_ms=int(rows.time_ms.max()) if "time_ms" in rows else None,
    )


def daily_accounts(rows: pd.DataFrame, score: str = "score") -> DailyAccounts | None:
    """Return the daily accounts of the rows of a `ScoredTruth`; None where accounts or times are unknown."""
    if "account" not in rows or "time_ms" not in rows:
        return None
    day = rows.time_ms.to_numpy() // DAY_MS
    return DailyAccounts(rows[score].to_numpy(float), rows.fraud.to_numpy(), day, rows.account.to_numpy(np.int64))


def _precision_at_k(rows: pd.DataFrame, accounts_a_day: Sequence[int]) -> tuple[DailyPrecision, ...]:
    found, perfect = daily_accounts(rows), daily_accounts(rows, score="fraud")
    if found is None or perfect is None:
        return ()
    return tuple(DailyPrecision(k, found.precision(k), perfect.precision(k)) for k in accounts_a_day)


def _share(flag: Labels, of: Labels) -> float | None:
    return float(flag[of].mean()) if of.any() else None


def _detection(flag: Labels, fraud: Labels) -> Detection:
    hits = int((flag & fraud).sum())
    precision = hits / int(flag.sum()) if flag.any() else None
    return Detection(int(flag.sum()), precision, hits / int(fraud.sum()) if fraud.any() else None, hits)
