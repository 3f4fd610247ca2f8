"""What the evidence of one incident holds, asked by name, by kind of thing and by what a word needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from domain.incidents.pattern import pattern_of

Fact = Mapping[str, Any]
THINGS = ("device", "address", "payment", "ip", "email", "merchant")
EVENTS = {
    "order": "order",
    "paid": "payment",
    "login": "login",
    "signup": "signup",
    "change": "account_change",
    "refund": "refund_request",
    "chargeback": "chargeback",
}
"""Class of a noun in the lexicon -> the type of event in the names of facts."""
_HIGH = ("high", "critical")


class Book:
    """The facts of one incident document."""

    def __init__(self, incident: Mapping[str, Any]) -> None:
        facts = incident["evidence"]["facts"]
        self.by_id: dict[str, Fact] = {fact["id"]: fact for fact in facts}
        self.by_name: dict[str, Fact] = {fact["name"]: fact for fact in facts}
        self.action, self.severity = str(incident["action"]), str(incident["severity"])
        self.pattern = pattern_of({name: fact["value"] for name, fact in self.by_name.items()})

    def value(self, name: str) -> Any:
        """Return the value of a fact, 0 where the evidence has none."""
        fact = self.by_name.get(name)
        return fact["value"] if fact else 0

    def has(self, prefix: str) -> bool:
        """Return whether a fact of such a name is there and not zero."""
        return any(name.startswith(prefix) and fact["value"] for name, fact in self.by_name.items())

    def is_exact(self, name: str) -> bool:
        """Return whether a count is no lower bound."""
        return name in self.by_name and "at least" not in str(self.by_name[name]["text"])

    @cached_property
    def alerts(self) -> int:
        """How many alerts there are."""
        return int(self.value("alerts"))

    @cached_property
    def accounts(self) -> int:
        """How many accounts there are, 0 where no alert names one."""
        return int(self.value("distinct_account"))

    @cached_property
    def connected(self) -> bool:
        """Whether several accounts are one ring."""
        return "unconnected" not in self.by_name and self.accounts != 1

    def single(self, thing: str) -> bool:
        """Return whether the alerts name only one thing of a kind."""
        return self.value(f"distinct_{thing}") == 1 and self.is_exact(f"distinct_{thing}")

    def everywhere(self, thing: str) -> bool:
        """Return whether one thing of a kind is in all alerts."""
        return self.value(f"shared_{thing}") == self.alerts or (self.alerts == 1 and self.single(thing))

    def shares(self, thing: str) -> bool:
        """Return whether accounts share things of a kind: they are fewer, and one is in several alerts."""
        if not self.connected:
            return self.accounts == 1 and self.value(f"distinct_{thing}") == 1
        fewer = 0 < self.value(f"distinct_{thing}") < max(self.accounts, 2)
        return bool((fewer and self.value(f"shared_{thing}") > 1) or self.value(f"shared_{thing}") * 2 > self.alerts)

    def names(self, noun: str) -> bool:
        """Return whether the evidence has a fact of a class of nouns."""
        if noun in EVENTS:
            return self._event(noun)
        if noun in THINGS:
            return f"distinct_{noun}" in self.by_name
        return self._asks[noun](self) if noun in self._asks else True

    def needs(self, need: str) -> bool:
        """Return whether the evidence allows what a guarded word or idiom says."""
        return self._asks[need](self) if need in self._asks else True

    def lacks(self, noun: str) -> bool:
        """Return whether the evidence shows that there is none of a kind: no order, no sum, no link."""
        if noun in ("link", "ring"):
            return "unconnected" in self.by_name
        if noun == "pattern":
            return self.pattern == "unclear"
        if noun == "account":
            return self.accounts == 0
        return (noun in EVENTS or noun in THINGS or noun == "money") and not self.names(noun)

    def supports(self, pattern: str) -> bool:
        """Return whether something in the evidence speaks for a pattern."""
        if pattern == self.pattern:
            return True
        ring = self.connected and self.accounts > 1
        match pattern:
            case "card testing":
                return bool(self.value("small_payments"))
            case "refund abuse":
                return bool(self.value("type_refund_request"))
            case "account takeover":
                return bool(self.value("type_account_change"))
            case "device farm":
                return ring and self.shares("device")
            case "reshipping address":
                return ring and self.shares("address")
            case "lone account":
                return self.accounts == 1
        return pattern == "unclear"

    def _event(self, noun: str) -> bool:
        kinds = {"order": ("money_",), "paid": ("money_", "small_payments"), "refund": ("refunds_",)}.get(noun, ())
        return self.has(f"type_{EVENTS[noun]}") or (any(map(self.has, kinds)) and not self._typed)

    @property
    def _typed(self) -> bool:
        return any(f"type_{kind}" in self.by_name for kind in ("order", "payment", "refund_request"))

    _asks: Mapping[str, Callable[[Book], bool]] = {
        "money": lambda book: book.has("money_") or book.has("refunds_"),
        "link": lambda book: (book.connected and book.accounts != 0) or book.accounts == 0,
        "ring": lambda book: book.connected,
        "unlinked": lambda book: "unconnected" in book.by_name,
        "lone": lambda book: book.accounts == 1,
        "merged": lambda book: "merged_rings" in book.by_name,
        "no_account": lambda book: book.accounts == 0,
        "no_money": lambda book: not book.has("money_"),
    }
