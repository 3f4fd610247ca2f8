"""The three operations' requests."""

from __future__ import annotations

from dataclasses import dataclass

from ops.fraud_detector.errors import INVALID, WireError
from ops.fraud_detector.shapes import EVENT_ID, IDENTIFIER, NAME, VERSION, Entity, Members, Text


@dataclass(frozen=True)
class SentEvent:
    """An event as it is sent, for a prediction or without one."""

    id: str
    kind: str
    """Name of its type, `eventTypeName`."""
    time_ms: int
    entities: list[Entity]
    variables: dict[str, str]

    def row(self) -> dict[str, str]:
        """Return the event as a row of the tables that the original takes: variables and metadata."""
        first = self.entities[0]
        return self.variables | {"EVENT_ID": self.id, "ENTITY_TYPE": first.kind, "ENTITY_ID": first.id}


@dataclass(frozen=True)
class SentLabel:
    """What became of an event."""

    event_id: str
    kind: str
    """Name of the event's type."""
    word: str
    time_ms: int


@dataclass(frozen=True)
class Prediction:
    """A request of GetEventPrediction."""

    event: SentEvent
    detector: str


def prediction_in(members: Members) -> Prediction:
    """Return the request; raise `WireError`."""
    members.optional("detectorVersionId", VERSION)  # there is one version: the job's
    request = Prediction(_event(members, EVENT_ID, NAME), members.text("detectorId", NAME))
    members.check()
    return request


def event_in(members: Members) -> tuple[SentEvent, SentLabel | None]:
    """Return the request of SendEvent, with the label if it has one; raise `WireError`."""
    event = _event(members, IDENTIFIER, IDENTIFIER)
    word, time_ms = members.optional("assignedLabel", IDENTIFIER), members.optional_time("labelTimestamp")
    members.check()
    if (word is None) != (time_ms is None):
        raise WireError(INVALID, "assignedLabel and labelTimestamp go together: send both, or neither.")
    return event, None if word is None or time_ms is None else SentLabel(event.id, event.kind, word, time_ms)


def label_in(members: Members) -> SentLabel:
    """Return the request of UpdateEventLabel; raise `WireError`."""
    label = SentLabel(
        members.text("eventId", IDENTIFIER),
        members.text("eventTypeName", IDENTIFIER),
        members.text("assignedLabel", IDENTIFIER),
        members.time("labelTimestamp"),
    )
    members.check()
    return label


def _event(members: Members, id_rule: Text, type_rule: Text) -> SentEvent:
    return SentEvent(
        members.text("eventId", id_rule),
        members.text("eventTypeName", type_rule),
        members.time("eventTimestamp"),
        members.entities(),
        members.variables(),
    )
