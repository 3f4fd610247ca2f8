"""An act that a question asks for: the fields of a form of the desk, which a person with the right confirms.

Nothing here writes anything but an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LIST, VERDICT, RULE = "list", "verdict", "rule"
ACTS = (LIST, VERDICT, RULE)
VERDICT_WORDS = ("fraud", "legitimate", "inconclusive")
DECISIONS = ("investigate", "block")
EXPIRIES: Mapping[str, str] = {
    "1": "for a day", "7": "for a week", "30": "for 30 days", "90": "for 90 days", "365": "for a year",
    "ever": "until somebody takes it off",
}  # fmt: skip
"""How long an entry of a list may be, as the desk's form offers it."""


@dataclass(frozen=True)
class Proposal:
    """A form that is filled in and not sent."""

    act: str
    """One of `ACTS`."""
    fields: Mapping[str, str]
    when: tuple[str, ...] = ()
    """The conditions of a rule, in words."""

    @property
    def words(self) -> str:
        """Return what would be done."""
        its = self.fields
        if self.act == LIST:
            return f"{its['entity']} on the list {its['list']}, {EXPIRIES[its['expires']]}"
        if self.act == VERDICT:
            return f"the verdict {its['verdict']} on {its['incident']}"
        return f"a rule that says {its['decision']} where {its['said']}"

    def to_document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"act": self.act, "words": self.words, "fields": dict(self.fields)}
