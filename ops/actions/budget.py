"""How much may be done in an hour: pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ops.actions.settings import NONE, ActionBudget
from ops.actions.wanted import SPENT, Wanted
from ops.cases.action_kinds import BLOCK


@dataclass(frozen=True)
class Hour:
    """What was in the hour that ends now."""

    orders: int = 0
    legitimate: float = 0.0
    """How many of the orders are expected to be legitimate, by their scores."""
    blocks: int = 0
    wrong: float = 0.0
    """How many of the blocks are expected to be of legitimate orders."""
    pauses: int = 0
    """Events that were held or verified."""

    def after(self, one: Wanted) -> Hour:
        """Return the hour with an action added."""
        if one.action == NONE:
            return self
        if one.action == BLOCK:
            return replace(self, blocks=self.blocks + 1, wrong=self.wrong + one.wrong)
        return replace(self, pauses=self.pauses + 1)


def within(budget: ActionBudget, hour: Hour, one: Wanted, otherwise: str, *, is_to_block: bool) -> Wanted:
    """Return what of an action the budget allows: itself, a milder one, or none.

    `is_to_block`: whether the decision is; a share of the pauses is kept for those.
    """
    if one.action == BLOCK and (spent := _spent(budget, hour.after(one))):
        one = Wanted(otherwise, f"{SPENT}:{spent}")
    if one.action in (BLOCK, NONE):
        return one
    if hour.pauses >= budget.pauses_per_hour:
        return Wanted(NONE, f"{SPENT}:pauses_per_hour")
    if not is_to_block and hour.pauses >= budget.pauses_per_hour - budget.kept:
        return Wanted(NONE, f"{SPENT}:kept_for_blocks")
    return one


def _spent(budget: ActionBudget, then: Hour) -> str:
    """Return the name of the budget that a block would pass, empty if it passes none."""
    if then.blocks > budget.blocks_per_hour:
        return "blocks_per_hour"
    if then.blocks > budget.order_share * then.orders:
        return "order_share"
    return "legitimate_share" if then.wrong > budget.legitimate_share * then.legitimate else ""
