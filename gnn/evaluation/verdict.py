"""The answer on top of a report: what the model catches at which cost, and whether to switch it on.

The rules, in this order, decide the headline: enough frauds to judge by; cheaper than approving everything,
and surely so; no more legitimate events blocked than `train.costs.max_blocked_legitimate` allows; events of
a time that the model was not trained on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from domain.times import DAY_MS, rough_duration
from domain.wording import counted
from gnn.evaluation.comparison import Comparison, Difference
from gnn.evaluation.costs import decision_costs
from gnn.evaluation.evaluate import Evaluation
from gnn.evaluation.folds import ScoreEvaluation
from gnn.evaluation.intervals import Interval, share_interval, sum_interval
from gnn.evaluation.scored_truth import ScoredTruth
from gnn.history.train_settings import Costs

GOOD, CAUTION, BAD = "good", "caution", "bad"
LEAST_FRAUDS = 30
"""With fewer the interval of a share of the frauds spans more than a third of the scale."""
FEW_FRAUDS = 300
"""With fewer it spans more than a tenth."""
FEW_OF_A_KIND = 30
SHORT_DAYS = 7
WEAK_RECALL = 0.5
UNFAIR = 3.0
DECISIVE = ("average precision", "cost of the decisions")
"""Figures by which two models are compared in words."""


@dataclass(frozen=True)
class Verdict:
    """`grade` is good, caution or bad.

    Sentences say what was found, doubts what speaks against relying on it.
    """

    grade: str
    headline: str
    sentences: tuple[str, ...]
    doubts: tuple[str, ...]


@dataclass(frozen=True)
class Saving:
    """Cost of approving everything less the cost of the decisions, with its 95% interval over accounts."""

    amount: float
    interval: Interval
    share: float | None
    """Of the cost of approving everything."""


def saving(rows: pd.DataFrame, costs: Costs) -> Saving:
    """Return what the decisions of the rows of a `ScoredTruth` save."""
    fraud, amount = rows.fraud.to_numpy(), rows.amount.to_numpy()
    nothing = np.zeros(len(rows), bool)
    approving = decision_costs(fraud, nothing, nothing, amount, costs)
    each = approving - decision_costs(fraud, rows.flagged.to_numpy(), rows.blocked.to_numpy(), amount, costs)
    group = rows.account.to_numpy(np.int64) if "account" in rows else None
    total, all_of_it = float(each.sum()), float(approving.sum())
    return Saving(total, sum_interval(each, group), total / all_of_it if all_of_it else None)


def verdict(
    scored: ScoredTruth, found: Evaluation, costs: Costs, trained_until_ms: int | None = None, against: Comparison | None = None
) -> Verdict:
    """Return the verdict on the decisions of one model.

    `trained_until_ms` (ms since 1970) is from its card.
    """
    saved = saving(scored.rows, costs)
    grade, headline = _headline(found, costs, saved, _seen(scored, trained_until_ms))
    sentences = [_caught(found), _money(found, saved), _blocking(found, costs), *_against(against)]
    doubts = (*_doubts_of_size(found), *_doubts_of_time(scored, trained_until_ms), *_doubts_of_parts(found))
    return Verdict(grade, headline, tuple(sentences), doubts)


def score_verdict(found: ScoreEvaluation, against: Comparison | None = None) -> Verdict:
    """Return the verdict on a backtest, which has scores but no decisions."""
    mean, frauds = found.mean.ranking, found.mean.frauds
    chance = frauds / found.mean.events
    better = mean.average_precision > 2 * chance
    headline = "It ranks fraud well above chance." if better else "It hardly ranks fraud above chance: do not use it."
    sentences = (
        f"Its average precision is {mean.average_precision:.3f} where chance gives {chance:.3f}, over {len(found.folds)} test periods.",
        f"With 1% of the legitimate events flagged it finds {mean.recall_at_1pct_fpr:.0%} of the frauds, with 0.1% "
        f"{mean.recall_at_01pct_fpr:.0%}.",
        *_against(against),
    )
    few = (f"There are only {frauds:,} frauds in all test periods.",) if frauds < FEW_FRAUDS else ()
    return Verdict(CAUTION if better else BAD, headline, sentences, (*few, "A backtest has no decisions: costs and thresholds are open."))


def percent(share: float) -> str:
    """Return a share for people: 0% and 100% are exact, whatever is close to them keeps digits."""
    if share in (0.0, 1.0) or 0.1 <= share < 0.995:
        return f"{share:.0%}"
    if share < 0.1:
        return f"{share:.1%}" if share >= 0.01 else f"{share:.2%}" if share >= 0.0001 else f"{max(share, 0.00001):.3%}"
    return "over 99.9%" if share > 0.999 else f"{share:.1%}"


def _headline(found: Evaluation, costs: Costs, saved: Saving, seen: float) -> tuple[str, str]:
    blocked, allowed = found.blocked_legitimate or 0.0, costs.max_blocked_legitimate
    if found.frauds < LEAST_FRAUDS:
        return CAUTION, f"Too little to judge by: {counted(found.frauds, 'fraud')} among {found.events:,} events."
    if saved.amount <= 0:
        return BAD, "Do not switch it on: its decisions cost more than approving everything."
    if saved.interval.low <= 0:
        return CAUTION, "Not proven: the saving may be chance. Measure over a longer period."
    if blocked > allowed:
        limit = f"{percent(blocked)} of the legitimate events, {percent(allowed)} are allowed"
        return CAUTION, f"Let it investigate, do not let it block yet: it blocks {limit}."
    does = f"it catches {percent(found.flagged.recall or 0.0)} of the frauds and saves {percent(saved.share or 0.0)} of what they cost"
    if seen:
        return CAUTION, f"Good enough to switch on if these events are new to the model: {does}."
    return GOOD, f"Good enough to switch on: {does}."


def _caught(found: Evaluation) -> str:
    hits, legitimate = found.flagged.hits, found.events - found.frauds
    at, caught = share_interval(hits, found.frauds), percent(found.flagged.recall or 0.0)
    sure = f"95% interval {percent(at.low)} to {percent(at.high)}"
    false = f"{found.flagged.flagged - hits:,} of {counted(legitimate, 'legitimate event')} ({percent(found.flagged_legitimate or 0.0)})"
    return f"It flags {hits:,} of {counted(found.frauds, 'fraud')} ({caught}; {sure}) and, by mistake, {false}."


def _money(found: Evaluation, saved: Saving) -> str:
    cost, interval = found.cost, saved.interval
    return (
        f"Missed fraud, reviews and wrongly blocked customers cost {cost.decided:,.0f}; approving everything costs "
        f"{cost.approve_all:,.0f}. That saves {saved.amount:,.0f} (95% interval {interval.low:,.0f} to {interval.high:,.0f})."
    )


def _blocking(found: Evaluation, costs: Costs) -> str:
    hits, reviews = found.blocked.hits, found.flagged.flagged - found.blocked.flagged
    false = counted(found.blocked.flagged - hits, "legitimate event")
    share = f"{percent(found.blocked_legitimate or 0.0)} of them; {percent(costs.max_blocked_legitimate)} are allowed"
    return f"It blocks {counted(hits, 'fraud')} and {false} ({share}) and leaves {counted(reviews, 'event')} to analysts."


def _against(comparison: Comparison | None) -> Iterator[str]:
    """Yield in what the first model is better, in what worse, and in what neither is proven."""
    rows = [row for row in comparison.differences if row.figure in DECISIVE] if comparison else []
    better = [_both(row) for row in rows if row.proven and (row.low > 0) != row.in_money]
    worse = [_both(row) for row in rows if row.proven and (row.low > 0) == row.in_money]
    unsure = [_both(row) for row in rows if not row.proven]
    for said, figures in (("it is better in", better), ("it is worse in", worse), ("no difference is proven in", unsure)):
        if figures and comparison:
            yield f"Compared with {comparison.second}, {said} {' and '.join(figures)}."


def _both(row: Difference) -> str:
    form = ",.0f" if row.in_money else ".3f"
    return f"{row.figure} ({row.first:{form}}, the other {row.second:{form}})"


def _seen(scored: ScoredTruth, trained_until_ms: int | None) -> float:
    """Return the share of the events in or before the time that the model was trained on."""
    if trained_until_ms is None or "time_ms" not in scored.rows:
        return 0.0
    return float((scored.rows.time_ms <= trained_until_ms).mean())


def _doubts_of_size(found: Evaluation) -> Iterator[str]:
    if found.frauds < FEW_FRAUDS:
        at = share_interval(found.flagged.hits, found.frauds)
        between = f"between {percent(at.low)} and {percent(at.high)}"
        yield f"There are only {counted(found.frauds, 'fraud')}: the share that is caught in the long run may lie {between}."
    if found.undecided:
        yield f"{found.undecided:,} events of the truth have no decision and are not counted."
    if found.assumed_legitimate:
        yield f"{found.assumed_legitimate:,} events have no label and count as legitimate: fraud among them looks like false alarms."


def _doubts_of_time(scored: ScoredTruth, trained_until_ms: int | None) -> Iterator[str]:
    if "time_ms" not in scored.rows:
        yield "Nothing says when the events happened: whether the model has seen them in training is unknown."
        return
    span_ms = int(scored.rows.time_ms.max() - scored.rows.time_ms.min())
    if span_ms < SHORT_DAYS * DAY_MS:
        yield f"The events span {rough_duration(span_ms / 1000)}: not a whole week."
    seen = _seen(scored, trained_until_ms)
    if trained_until_ms is None:
        yield "No model card is at hand: whether the model has seen these events in training is unknown. Give --model."
    elif seen:
        share = percent(seen)
        share = share[0].upper() + share[1:]
        yield f"{share} of the events lie in the time that the model was trained on: on events that it has seen it looks better."


def _doubts_of_parts(found: Evaluation) -> Iterator[str]:
    weak = [kind for kind in found.scenarios if kind.flagged < WEAK_RECALL and kind.frauds >= FEW_OF_A_KIND]
    for kind in sorted(weak, key=lambda kind: kind.flagged)[:3]:
        yield f"Of kind {kind.kind} it catches {percent(kind.flagged)} of {counted(kind.frauds, 'fraud')}."
    rare = [kind.kind for kind in found.scenarios if kind.frauds < FEW_OF_A_KIND]
    if rare:
        yield f"Too rare to judge by themselves: {', '.join(rare)}."
    for segment in found.segments:
        if segment.flagged_to_others is not None and segment.flagged_to_others >= UNFAIR and segment.flagged * segment.legitimate >= 10:
            yield f"Legitimate customers of segment {segment.name} are flagged {segment.flagged_to_others:.1f} times as often as others."
