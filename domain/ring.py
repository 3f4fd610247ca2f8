"""Which ring an event belongs to. The rule stands here and nowhere else.

The ring is named after the entity that most accounts share, if that is no hub; an event that shares nothing stays with
its own account. A shared device or address thus gathers the accounts behind it.
"""

from __future__ import annotations

from collections.abc import Sequence

from domain.graph import GraphSettings
from domain.identity import MISSING, as_text
from domain.record import EntityRecord, RecordLayout, is_hub


def ring_of(graph: GraphSettings, layouts: Sequence[RecordLayout], entities: Sequence[int], records: Sequence[bytes]) -> str:
    """Ring label `kind-pseudonym` of an event, from its entities and their records before it (empty: never seen)."""
    best, most = 0, 1.5  # two accounts at least; the estimate of two is a little above 2
    for position in range(1, len(entities)):
        if entities[position] == MISSING or not records[position]:
            continue
        record = EntityRecord.decode(records[position], layouts[position])
        record.meet((entities[0],), record.clock)  # the event's own account counts
        accounts = record.distinct(0)
        if accounts > most and not is_hub(record):
            best, most = position, accounts
    return f"{graph.entities[best]}-{as_text(entities[best])}"
