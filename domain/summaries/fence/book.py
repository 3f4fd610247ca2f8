"""What the evidence of one incident holds, asked by name and by what a frame or a step needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.incidents.pattern import pattern_of

Fact = Mapping[str, Any]


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

    @property
    def accounts(self) -> int:
        """How many accounts there are, 0 where no alert names one."""
        return int(self.value("distinct_account"))

    @property
    def is_ring(self) -> bool:
        """Whether something connects several accounts."""
        return self.accounts > 1 and "unconnected" not in self.by_name

    def pattern_for(self, said: str) -> str:
        """Return the pattern to publish: a model's where the evidence is not clear and has a sign of it."""
        return said if self.pattern == "unclear" and self._has_sign_of(said) else self.pattern

    def _has_sign_of(self, pattern: str) -> bool:
        match pattern:
            case "card testing":
                return bool(self.value("small_payments"))
            case "refund abuse":
                return bool(self.value("type_refund_request"))
            case "account takeover":
                return bool(self.value("type_account_change"))
            case "device farm" | "reshipping address":
                thing = "device" if pattern == "device farm" else "address"
                fewer = 0 < self.value(f"distinct_{thing}") < self.accounts
                return self.is_ring and fewer and self.value(f"shared_{thing}") > 1
        return False
