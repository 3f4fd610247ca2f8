"""Events whose outcome nobody sees: what was blocked did not happen, and no label of it need come.

Such an event is neither fraud nor legitimate until somebody says so. A model that learnt it as legitimate
would unlearn what it blocks. The few of them that were drawn to be reviewed instead represent the others,
each with the weight 1 / share (inverse probability weighting; Horvitz and Thompson 1952).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.decisions.decision import BLOCK, explored_in, outcome_in
from domain.decisions.effects import AUTO_BLOCK
from domain.events.event import event_identity
from domain.events.identity import Pseudonyms


@dataclass(frozen=True)
class Acted:
    """What acting on decisions did to events, by `Event.identity`."""

    unseen: Collection[int] = frozenset()
    """Events that were kept from happening: only a label tells their outcome."""
    weights: Mapping[int, float] = field(default_factory=dict)
    """How many events each one counts for, of those that were drawn to be reviewed; all others are one."""


NOT_ACTED = Acted()


def hides_outcome(document: Mapping[str, Any], unseen_after: Collection[str]) -> bool:
    """Return whether a decision document is of an event that was kept from happening.

    `unseen_after` are the decisions that do so. A block while the switch `auto_block` was off was none.
    Raises KeyError or ValueError for what is no decision.
    """
    outcome = outcome_in(document)
    spared = outcome == BLOCK and (document.get("switches") or {}).get(AUTO_BLOCK) is False
    return outcome in unseen_after and not spared


def acted_on(documents: Iterable[Mapping[str, Any]], pseudonyms: Pseudonyms, unseen_after: Collection[str]) -> Acted:
    """Return what acting on decisions did; nothing is weighed where blocks hide no outcome."""
    unseen, weights = set[int](), dict[int, float]()
    for document in documents:
        account = (document.get("entities") or {}).get("account")
        if not isinstance(account, str):
            continue
        hidden, share = hides_outcome(document, unseen_after), explored_in(document) if BLOCK in unseen_after else 0.0
        if hidden or share:
            identity = event_identity(int(account, 16), pseudonyms.of_text("event", str(document["event_id"])))
            unseen |= {identity} if hidden else set()
            weights |= {identity: 1.0 / share} if share else {}
    return Acted(frozenset(unseen), weights)
