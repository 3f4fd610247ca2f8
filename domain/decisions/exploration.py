"""A random share of what a score blocks is sent to review instead, so that its outcome becomes known.

What is blocked never shows what it would have been. The share is drawn by a keyed hash of account and event
id: the same in the job and offline, and without the key of the pseudonyms nobody can tell beforehand which
events it takes.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.decisions.decision import Reason
from domain.errors import SettingError
from domain.events.event import Event
from domain.events.identity import MISSING, Pseudonyms, as_text
from domain.graph import AMOUNT_TYPES, EVENT_TYPES

_HASHES = 2.0**64
_SPACE = "explored"


@dataclass(frozen=True)
class ExploreSettings:
    """Blocks that are reviewed instead, so that the next model learns of them, too: docs/retraining.md."""

    share: float = 0.0
    """Random share of the events blocked by their score alone that are investigated instead; 0: none. What a
    rule or a list blocks stays blocked.
    """
    most_amount: float = 100.0
    """An event with a larger amount stays blocked, in `currency.reference`. One that should carry an amount
    and does not stays blocked, too, as does one in a currency without a rate.
    """

    def __post_init__(self) -> None:
        if not 0.0 <= self.share <= 0.5:
            raise SettingError("policy.explore.share must lie between 0 and 0.5: more would make no block of a block")
        if not 0.0 <= self.most_amount < float("inf"):
            raise SettingError("policy.explore.most_amount must be a number from 0")


class Exploration:
    """The settings made ready: what draws the share."""

    def __init__(self, settings: ExploreSettings, pseudonyms: Pseudonyms) -> None:
        self.share, self._most, self._pseudonyms = settings.share, settings.most_amount, pseudonyms
        self.reason = Reason("EXPLORED", f"the score blocks; {settings.share:g} of such events are reviewed, to learn what they are", 1.0)

    def takes(self, event: Event) -> bool:
        """Return whether an event that its score blocks is to be reviewed instead."""
        return self.share > 0.0 and self._affords(event) and self._drawn(event)

    def _affords(self, event: Event) -> bool:
        if event.amount != event.amount:  # none is said
            return EVENT_TYPES[event.type_code] not in AMOUNT_TYPES
        return event.comparable <= self._most  # false for one that nothing compares

    def _drawn(self, event: Event) -> bool:
        account = as_text(event.entities[0] if event.entities else MISSING)
        return self._pseudonyms.of_text(_SPACE, f"{account}\0{event.event_id}") / _HASHES < self.share
