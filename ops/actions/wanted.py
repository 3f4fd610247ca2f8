"""Which action a decision leads to, before budgets: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.decisions.decision import APPROVE, Decision
from domain.decisions.decision import BLOCK as TO_BLOCK
from ops.actions.measured import Measured, bar, precision_at
from ops.actions.settings import NONE, ActionSettings
from ops.cases.action_kinds import BLOCK

PRECISE, NOT_PRECISE, SWITCHED_OFF, REVIEWED, SPENT = "precise", "not_precise", "switched_off", "investigate", "budget"
EXPLORED = "explored"
"""Why: the score blocks; it is below what the card has as precise; the switch auto_block is off; the decision
is to investigate; the budget named after a colon is spent; the event was drawn to be reviewed where the score
blocks.
"""


@dataclass(frozen=True)
class Wanted:
    """An action that a decision leads to."""

    action: str
    """One of the actions, or `none`."""
    why: str
    wrong: float = 0.0
    """How likely a block is of a legitimate order: the larger one of what score and card say."""


NOTHING = Wanted(NONE, "")


def wanted(settings: ActionSettings, decision: Decision, measured: Sequence[Measured], is_on: bool) -> Wanted:
    """Return what a decision leads to; `is_on`: whether the switch auto_block is."""
    if decision.event_type not in settings.event_types or decision.outcome == APPROVE:
        return NOTHING
    if decision.outcome == TO_BLOCK and is_on:
        return _of_a_block(settings, decision.score, measured)
    if decision.score < settings.investigate_from:
        return NOTHING
    return Wanted(settings.on_investigate, _why(decision))


def _why(decision: Decision) -> str:
    if decision.outcome == TO_BLOCK:
        return SWITCHED_OFF
    return EXPLORED if decision.explored else REVIEWED


def _of_a_block(settings: ActionSettings, score: float, measured: Sequence[Measured]) -> Wanted:
    """Return a block where the score is precise enough: what a rule or a list blocks need not be."""
    least = bar(measured, settings.min_precision)
    if least is None or score < least:
        return Wanted(settings.otherwise, NOT_PRECISE)
    return Wanted(BLOCK, PRECISE, max(1.0 - score, 1.0 - precision_at(measured, score)))
