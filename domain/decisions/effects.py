"""Effects: what the control records in force say of one event, on the way to its decision.

They travel as JSON text, because the process that scores an event cannot read the rules and lists.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import NamedTuple

from domain.json_text import as_json

SHADOW = "shadow"
"""Mode of what is evaluated and decides nothing; the other one is `active`."""
AUTO_BLOCK, RULES, LISTS, SHADOW_SWITCH = "auto_block", "rules", "lists", "shadow"
SWITCHES = (AUTO_BLOCK, RULES, LISTS, SHADOW_SWITCH)
"""What can be switched off: blocks become reviews, rules and lists do nothing, what is in shadow rests."""
BLOCK_LIST, ALLOW_LIST = "block", "allow"
"""Names of the lists that decide by themselves."""
_REMEMBERED = 1024  # texts: most events of a time have the same


class RuleEffect(NamedTuple):
    """A rule that has fired."""

    id: str
    version: int
    mode: str
    """`active` or `shadow`."""
    decision: str
    """One of `domain.rules.conditions.DECISIONS`."""
    text: str
    """The rule's text with the numbers that fired it; empty in shadow."""


class ListEffect(NamedTuple):
    """A record of a list on which an entity of the event is."""

    id: str
    version: int
    mode: str
    """`active` or `shadow`."""
    list: str
    kind: str
    """Kind of the entity."""


class Effects(NamedTuple):
    """What is in force at one event. The default is what holds before the first control record."""

    applied: int = 0
    """Running number of the last change that is in force."""
    fired: tuple[RuleEffect, ...] = ()
    lists: tuple[ListEffect, ...] = ()
    shadow: str = ""
    """Text of the `ModelName` that scores in shadow."""
    switches_off: tuple[str, ...] = ()
    """Some of `SWITCHES`."""
    replaced: tuple[str, ...] = ()
    """Codes of rules in the settings, which are version 0, that a control record replaces."""

    def to_json(self) -> str:
        """Return the text that `of` reads."""
        return as_json(self)

    @classmethod
    def of(cls, text: str | None) -> Effects | None:
        """Read what `to_json` wrote; None for no text."""
        return _read(text) if text else None

    def is_off(self, switch: str) -> bool:
        """Return whether something is switched off."""
        return switch in self.switches_off


@lru_cache(maxsize=_REMEMBERED)
def _read(text: str) -> Effects:
    applied, fired, lists, shadow, switches_off, replaced = json.loads(text)
    return Effects(
        applied,
        tuple(RuleEffect(*one) for one in fired),
        tuple(ListEffect(*one) for one in lists),
        shadow,
        tuple(switches_off),
        tuple(replaced),
    )
