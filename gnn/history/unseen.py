"""Events whose outcome nobody sees: what was blocked did not happen, and no label of it need come.

Such an event is neither fraud nor legitimate until somebody says so. A model that learnt it as legitimate
would unlearn what it blocks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from domain.decisions.decision import BLOCK, outcome_in
from domain.decisions.effects import AUTO_BLOCK
from domain.events.event import event_identity
from domain.events.identity import Pseudonyms


def hides_outcome(document: Mapping[str, Any], unseen_after: Collection[str]) -> bool:
    """Return whether a decision document is of an event that was kept from happening.

    `unseen_after` are the decisions that do so. A block while the switch `auto_block` was off was none.
    Raises KeyError or ValueError for what is no decision.
    """
    outcome = outcome_in(document)
    spared = outcome == BLOCK and (document.get("switches") or {}).get(AUTO_BLOCK) is False
    return outcome in unseen_after and not spared


def unseen_identities(documents: Iterable[Mapping[str, Any]], pseudonyms: Pseudonyms, unseen_after: Collection[str]) -> frozenset[int]:
    """Return `Event.identity` of the decided events whose outcome nobody sees."""
    return frozenset(_identities(documents, pseudonyms, unseen_after))


def _identities(documents: Iterable[Mapping[str, Any]], pseudonyms: Pseudonyms, unseen_after: Collection[str]) -> Iterator[int]:
    for document in documents:
        account = (document.get("entities") or {}).get("account")
        if isinstance(account, str) and hides_outcome(document, unseen_after):
            yield event_identity(int(account, 16), pseudonyms.of_text("event", str(document["event_id"])))
