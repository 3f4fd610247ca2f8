"""The event contract: the fields of a line, the `Event` that it becomes, or why it is `Rejected`."""

from __future__ import annotations

import math
from dataclasses import dataclass

from domain.events.identity import MISSING
from domain.graph import ENTITY_FIELDS, LABEL_CODE

MAX_LINE_BYTES = 64 * 1024  # a full event takes one or two thousand
MAX_ID = 128
MAX_TEXT = 512
MAX_ATTRIBUTES = 64
MAX_AMOUNT = 1e12
OLDEST_MS = 631_152_000_000  # 1990-01-01T00:00:00Z: earlier stamps are seconds taken for milliseconds
FUTURE_MS = 24 * 3600 * 1000  # a clock may be a time zone off, not more

FIELDS = frozenset(
    {"event_id", "event_type", "event_time", *ENTITY_FIELDS.values(), "amount", "currency", "account_created_at", "attributes"}
)
LABEL_FIELDS = frozenset({"subject_event_id", "is_fraud", "source"})


class Rejected(Exception):  # noqa: N818 - it is an outcome, and the stream's name
    """Why a line is not an event: the field at fault (`line` if it cannot be read) and what is wrong."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(slots=True)
class Event:
    """A valid event, raw identifiers already replaced by pseudonyms."""

    event_id: str
    type_code: int
    """Position in `EVENT_TYPES`, or `LABEL_CODE`."""
    time_ms: int
    entities: tuple[int, ...]
    """Pseudonym per kind of `graph.entities`; `MISSING` where the event has none."""
    id_hash: int
    amount: float = math.nan
    currency: str = ""
    created_ms: int = -1
    """When the account was created, -1 if not said."""
    subject_hash: int = 0
    is_fraud: bool = False
    numeric: tuple[float, ...] = ()
    """Values of `graph.numeric_attributes`, NaN where missing."""
    categorical: tuple[int, ...] = ()
    """32-bit hashes of the values of `graph.categorical_attributes`, 0 where missing."""
    places: tuple[int, ...] = ()
    """Pseudonym per stage after those of `entities`; `MISSING`, or left out at the end, where none is."""
    mail: int = 0
    """Position in `disposable_mail.MAIL_CLASSES`."""

    def key(self, stage: int) -> int:
        """Return the pseudonym that the event visits at a stage."""
        if stage < len(self.entities):
            return self.entities[stage]
        place = stage - len(self.entities)
        return self.places[place] if place < len(self.places) else MISSING

    @property
    def is_label(self) -> bool:
        """Return whether the event is a label."""
        return self.type_code == LABEL_CODE
