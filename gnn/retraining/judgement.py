"""May a candidate replace the active model? What the paired comparison says."""

from __future__ import annotations

from dataclasses import dataclass

from gnn.evaluation.comparison import Comparison, Difference
from gnn.retraining.settings import RetrainSettings

BETTER, NOT_WORSE, UNSURE, WORSE, DOUBTFUL = "better", "not worse", "unsure", "worse", "doubtful"
MOST_AUC_LOST = 0.25
"""A model that ranks so much worse than on its validation part is contradicted by the labels: a change of the
fraud costs less, labels that somebody has turned round cost more.
"""
_RANKING = "average precision"
JUDGED = (_RANKING, "recall at 1% false positives", "cost of the decisions")
"""The figures of a comparison that a candidate is judged by."""


@dataclass(frozen=True)
class Judgement:
    """What was found of a candidate, in a word, and why in a sentence."""

    word: str
    """`better`, `not worse`, `unsure`, `worse` or `doubtful`."""
    why: str

    @property
    def may_replace(self) -> bool:
        """Return whether the candidate may replace the active model by rule."""
        return self.word in (BETTER, NOT_WORSE)


def judge(comparison: Comparison, frauds: int, card_auc: float, settings: RetrainSettings) -> Judgement:
    """Return what a comparison of candidate (first) and active model (second) says.

    `frauds` are the labelled ones among the events compared on, `card_auc` is that of the active model's
    card.
    """
    found = {difference.figure: difference for difference in comparison.differences}
    auc = found["AUC"].second
    if auc < card_auc - MOST_AUC_LOST:
        return Judgement(DOUBTFUL, f"the active model's AUC is {auc:.3f}, on its card {card_auc:.3f}: look at the labels of these weeks")
    judged = [found[name] for name in JUDGED if name in found]
    if worse := [difference for difference in judged if difference.proven and not _is_gain(difference)]:
        return Judgement(WORSE, f"the candidate is worse beyond chance: {_names(worse)}")
    if frauds < settings.least_frauds:
        return Judgement(UNSURE, f"{frauds} labelled frauds are fewer than retrain.least_frauds ({settings.least_frauds})")
    ranking = found[_RANKING]
    if ranking.low < -settings.max_worse:
        return Judgement(UNSURE, f"average precision may be {-ranking.low:.3f} worse, beyond retrain.max_worse ({settings.max_worse:g})")
    if better := [difference for difference in judged if difference.proven]:
        return Judgement(BETTER, f"the candidate is better beyond chance, and worse in nothing: {_names(better)}")
    return Judgement(NOT_WORSE, "no figure differs beyond chance")


def _is_gain(difference: Difference) -> bool:
    return (difference.difference < 0) == difference.in_money


def _names(differences: list[Difference]) -> str:
    return ", ".join(difference.figure for difference in differences)
