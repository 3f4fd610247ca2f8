"""What the case store knows of an event that was decided long ago."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ops.cases.decided_events import decided_event
from ops.cases.store import Store
from ops.scoring.store_lookup import FindDecided


def decided_in(store: Store) -> FindDecided:
    """Return what finds a decision in the store's index, which keeps no reasons, amount and model."""

    def find(account: str, event_id: str) -> Mapping[str, Any] | None:
        with store.read() as session:
            found = decided_event(session, event_id, account)
            if found is None:
                return None
            return {
                "event_id": found.event_id,
                "event_time": found.time,
                "event_type": found.event_type,
                "decision": found.decision,
                "score": found.score,
                "reasons": [],
                "ring": None,
                "entities": dict(found.pseudonyms),
                "amount": None,
                "currency": None,
                "decided_at": found.decided_at,
            }

    return find
