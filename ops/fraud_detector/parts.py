"""What the wire format needs of the service around it, and of mappings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Busy(Exception):  # noqa: N818 - it is an outcome
    """An event or a label that was not accepted, for the stream is at its bound."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"try again in {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


class Away(Exception):  # noqa: N818 - it is an outcome
    """An event or a label that nobody can take just now; sent again it is there once."""


class Unlike(Exception):  # noqa: N818 - it is an outcome
    """An event whose account has sent another one with the same id."""


class Refused(Exception):  # noqa: N818 - it is an outcome
    """Labels that the job would not take from this service; the text names the setting and the mend."""


@dataclass(frozen=True)
class Decided:
    """What was decided on an event in time, or is answered in its place."""

    document: Mapping[str, Any]
    """The decision document; of a fallback without a score."""
    is_fallback: bool


@dataclass(frozen=True)
class NamedEvent:
    """An event that was decided, found by its id."""

    account: str
    entities: Mapping[str, str]
    """Kind -> pseudonym, the account among them."""
    time_ms: int


class Engine(Protocol):
    """The way to the job and back.

    What sends raises `Busy`, `Away`, `Unlike`, for labels `Refused`, and `Rejected` for what breaks the event
    contract.
    """

    async def score(self, event: Mapping[str, Any]) -> Decided:
        """Send an event; return its decision, or the fallback once the deadline has passed."""

    async def send_event(self, event: Mapping[str, Any]) -> None:
        """Send an event without waiting for its decision."""

    async def send_label(self, label: Mapping[str, Any]) -> None:
        """Send a label."""

    async def find(self, event_id: str, types: Collection[str]) -> Sequence[NamedEvent]:
        """Return the decided events of an id that have one of the types, of all accounts."""


class EventMapping(Protocol):
    """What makes events of a row of variables and of the metadata beside them."""

    @property
    def types(self) -> frozenset[str]:
        """Return the event types that a row may become."""

    @property
    def label_source(self) -> str:
        """Return the source of labels."""

    def event(self, row: Mapping[str, str], time_ms: int) -> dict[str, Any]:
        """Return the event of a row; raise `Rejected` with the variable at fault."""

    def entities(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of an event that a label of it carries, too."""

    def column_of(self, field: str) -> str:
        """Return the variables that an event's field is made of, or the field's own name."""

    def is_fraud(self, word: str) -> bool | None:
        """Return what a label means; None if it is neither fraud nor legitimate."""
