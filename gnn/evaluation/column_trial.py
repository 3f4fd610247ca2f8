"""A rule tried on columns of many events: the figures of `RuleTrial.take` for all of them at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.decisions.decision import APPROVE, DECISIONS
from domain.rules.many_events import ManyEvents, RulesOfMany, Texts
from domain.times import DAY_MS
from gnn.evaluation.rule_trial import DECIDED, EXAMPLES, FRAUD, TRUTHS, Known, RuleTrial, Tally, decided_with


@dataclass(frozen=True)
class DecidedEvents:
    """Events with what was decided and what is known of them."""

    events: ManyEvents
    id_of: Callable[[int], str]
    """Returns the id of the event at a place."""
    decisions: NDArray[np.int64]
    """Positions in `DECISIONS`."""
    truths: NDArray[np.int64]
    """Positions in `TRUTHS`."""

    def known(self) -> Known:
        """Return what is known of all of them."""
        frauds = self.truths == TRUTHS.index(FRAUD)
        missed = frauds & (self.decisions == DECISIONS.index(APPROVE))
        return Known(len(self.truths), int(frauds.sum()), int(missed.sum()))


def try_rule(trial: RuleTrial, rules: RulesOfMany, decided: DecidedEvents) -> NDArray[np.intp]:
    """Fill a trial; return the places of the events for which the rule fires, in their order."""
    fired = np.flatnonzero(rules.fired(trial.rule, decided.events))
    after = np.array([DECISIONS.index(decided_with(trial.rule.decision, name)) for name in DECISIONS])
    before, truth = decided.decisions[fired], decided.truths[fired]
    day, money = decided.events.time_ms[fired] // DAY_MS, decided.events.amount()[fired]
    _tally(trial, day, before, after[before], truth, money, decided.events.texts("currency"), fired)
    changed = before != after[before]
    for code, name in enumerate(TRUTHS):
        trial.examples[name] += _ids(decided, fired[truth == code])
        trial.added[name] += int((changed & (before == DECISIONS.index(APPROVE)) & (truth == code)).sum())
    trial.examples[DECIDED] += _ids(decided, fired[changed])
    return fired


def _ids(decided: DecidedEvents, places: NDArray[np.intp]) -> list[str]:
    return [decided.id_of(place) for place in places[:EXAMPLES].tolist()]


def _tally(
    trial: RuleTrial,
    day: NDArray[np.int64],
    before: NDArray[np.int64],
    after: NDArray[np.int64],
    truth: NDArray[np.int64],
    money: NDArray[np.float64],
    currency: Texts,
    fired: NDArray[np.intp],
) -> None:
    """Count by day: one cell for each combination that there is."""
    cells, place, counts = np.unique(
        np.stack([day, before, after, truth, currency.codes[fired]]), axis=1, return_inverse=True, return_counts=True
    )
    sums = np.bincount(place.reshape(-1), weights=np.nan_to_num(money), minlength=len(counts))
    priced = np.bincount(place.reshape(-1), weights=~np.isnan(money), minlength=len(counts))
    for (its_day, one, other, its_truth, code), count, amount, amounts in zip(cells.T.tolist(), counts.tolist(), sums, priced, strict=True):
        found = _cell(TRUTHS[its_truth], DECISIONS[one], DECISIONS[other], count)
        if code >= 0 and amounts:
            found.money[currency.values[code]] = Counter({TRUTHS[its_truth]: float(amount)})
        trial.total.add(found)
        trial.days.setdefault(its_day, Tally()).add(found)


def _cell(truth: str, before: str, after: str, count: int) -> Tally:
    cell = Tally()
    cell.truths[truth] += count
    if before != after:
        cell.changed[before, after] += count
    return cell
