"""What an attack is: who is behind it, what it may cost, and the history that it makes of another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import getdoc
from random import Random

from domain.simulator.adversary.history import History

Craft = Callable[[History, "Budget", Random], History]
"""An attack in one form: from a history and a budget to the history with what is crafted."""
MONEY_TYPES = ("payment",)
RATES = {"EUR": 1.0, "GBP": 1.16, "CHF": 1.05, "SEK": 0.09, "USD": 0.87, "JPY": 1 / 180}
"""About what a unit of a currency costs an author, in euros; the shop knows no other."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that an attack may use."""

    events: int = 0
    accounts: int = 0
    labels: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """What an attack has used; accounts are those that the shop did not know, money is in euros."""

    events: int
    accounts: int
    labels: int
    money: float

    @classmethod
    def of(cls, before: History, after: History) -> Cost:
        """Return what was added, and what was paid with it."""
        crafted = [one for one in after.arrivals if one.crafted]
        events = [one for one in crafted if not one.is_label]
        paid = [one.document for one in events if one.document["event_type"] in MONEY_TYPES]
        money = sum(one["amount"] * RATES[one["currency"]] for one in paid)
        return cls(len(events), len({one.account for one in events} - before.accounts), len(crafted) - len(events), money)

    def is_within(self, budget: Budget) -> bool:
        """Return whether no more was used than allowed."""
        return self.events <= budget.events and self.accounts <= budget.accounts and self.labels <= budget.labels


@dataclass(frozen=True)
class Form:
    """An attack with a budget of its own."""

    craft: Craft
    budget: Budget = field(default_factory=Budget)

    def on(self, history: History, seed: int) -> History:
        """Return the history under attack; equal seeds give equal ones.

        Raises:
            ValueError: the attack has used more than its budget.
        """
        attacked = self.craft(history, self.budget, Random(seed))
        cost = Cost.of(history, attacked)
        if not cost.is_within(self.budget):
            raise ValueError(f"{cost} is more than {self.budget}")
        return attacked


@dataclass(frozen=True)
class CraftedAttack:
    """One kind of attack, in a weak and a strong form."""

    name: str
    what: str
    """What its author does, in a few words."""
    weak: Form
    strong: Form

    @property
    def forms(self) -> Mapping[str, Form]:
        """Both forms, by name."""
        return {"weak": self.weak, "strong": self.strong}

    @property
    def author(self) -> str:
        """Who is behind it and what it costs: the last words of its function's docstring."""
        craft = self.strong.craft
        return (getdoc(getattr(craft, "func", craft)) or "").rpartition("\n\n")[2]
