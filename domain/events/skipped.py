"""Records that are no events and no faults: they are counted and passed over."""

from __future__ import annotations

from domain.events.event import Rejected

TOMBSTONE, DELETE, TRUNCATE, MESSAGE = "tombstone", "delete", "truncate", "message"
SCHEMA_CHANGE, TRANSACTION, HEARTBEAT, EMPTY = "schema_change", "transaction", "heartbeat", "empty"
KINDS = (TOMBSTONE, DELETE, TRUNCATE, MESSAGE, SCHEMA_CHANGE, TRANSACTION, HEARTBEAT, EMPTY)


class Skipped(Rejected):
    """A record that holds no event by design, such as a Kafka record without a value.

    Whoever does not count these apart may treat them as rejected.
    """

    def __init__(self, kind: str) -> None:
        super().__init__("line", f"a record of the kind {kind} holds no event")
        self.kind = kind
