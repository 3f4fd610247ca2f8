"""An adversary who adapts: what somebody with an afternoon does to graph, clock, labels and review desk.

`ATTACKS["clock_ahead"].forms["weak"].on(history_of(simulate(settings)), seed)` gives the history with it."""

from domain.simulator.adversary.catalogue import ATTACKS
from domain.simulator.adversary.crafted_attack import Budget, Cost, CraftedAttack, Form
from domain.simulator.adversary.history import Arrival, History, history_of

__all__ = ["ATTACKS", "Arrival", "Budget", "Cost", "CraftedAttack", "Form", "History", "history_of"]
