"""The event contract: the fields of a line, the `Event` that it becomes, or why it is `Rejected`."""

from __future__ import annotations

import math
import zlib
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
    {
        *("event_id", "event_type", "event_time", *ENTITY_FIELDS.values(), "pseudonyms"),
        *("amount", "currency", "account_created_at", "attributes"),
    }
)
LABEL_FIELDS = frozenset({"subject_event_id", "is_fraud", "source", "signature"})
SOURCES = 255
"""Sources of labels that are told apart: a link has a byte for it, and 0 is a source that nobody named."""


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
    """As it was sent. Of a label its `order`, once it is given one."""
    currency: str = ""
    created_ms: int = -1
    """When the account was created, -1 if not said."""
    subject_hash: int = 0
    is_fraud: bool | None = False
    """What a label says; None withdraws what its source said of the same event before."""
    numeric: tuple[float, ...] = ()
    """Values of `graph.numeric_attributes`, NaN where missing."""
    categorical: tuple[int, ...] = ()
    """32-bit hashes of the values of `graph.categorical_attributes`, 0 where missing."""
    places: tuple[int, ...] = ()
    """Pseudonym per stage after those of `entities`; `MISSING`, or left out at the end, where none is."""
    mail: int = 0
    """Position in `disposable_mail.MAIL_CLASSES`."""
    source: int = 0
    """Which source a label is of, see `source_code`."""
    rate: float = 1.0
    """What a unit of the amount's currency is worth in the reference currency, NaN if nobody knows."""

    def key(self, stage: int) -> int:
        """Return the pseudonym that the event visits at a stage."""
        if stage < len(self.entities):
            return self.entities[stage]
        place = stage - len(self.entities)
        return self.places[place] if place < len(self.places) else MISSING

    @property
    def comparable(self) -> float:
        """Return the amount in the reference currency; NaN for none, and for one without a rate."""
        return self.amount * self.rate

    @property
    def identity(self) -> int:
        """Return what tells the event apart from all others: ids are an account's own. 64 bits."""
        return event_identity(self.entities[0], self.id_hash)

    @property
    def subject(self) -> int:
        """Return `identity` of the event that a label is about."""
        return event_identity(self.entities[0], self.subject_hash)

    @property
    def order(self) -> int:
        """Return a label's place in the order in which the labels were read, 0 if it was given none.

        It travels as the amount, which no label has.
        """
        return 0 if math.isnan(self.amount) else int(self.amount)

    @property
    def is_label(self) -> bool:
        """Return whether the event is a label."""
        return self.type_code == LABEL_CODE

    @property
    def forgets(self) -> bool:
        """Return whether the event has the job forget its account: a label about no event."""
        return self.type_code == LABEL_CODE and not self.subject_hash


def event_identity(account: int, id_hash: int) -> int:
    """Return `Event.identity` of an account's pseudonym and an event id's."""
    # an odd factor, so that no two accounts give one id one identity
    return (account * 0x9E37_79B9_7F4A_7C15 + id_hash) & 0xFFFF_FFFF_FFFF_FFFF


def source_code(source: str) -> int:
    """Return 1 to `SOURCES` for a label's source, 0 for none. Two sources share a code once in 255."""
    return 1 + zlib.crc32(source.encode()) % SOURCES if source else 0
