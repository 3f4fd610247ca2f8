"""GetEventPrediction, SendEvent and UpdateEventLabel, once their requests are read."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

from domain.events.event import Rejected
from domain.graph import LABEL
from ops.fraud_detector.errors import CONFLICT, DENIED, INTERNAL, INVALID, NOT_FOUND, THROTTLED, WireError
from ops.fraud_detector.parts import Away, Busy, Decided, Engine, EventMapping, NamedEvent, Refused, Unlike
from ops.fraud_detector.predictions import prediction
from ops.fraud_detector.recent import RecentEvents
from ops.fraud_detector.requests import Prediction, SentEvent, SentLabel
from ops.fraud_detector.settings import FraudDetectorSettings

Result = TypeVar("Result")
_MEMBERS = {"event_id": "eventId", "event_time": "eventTimestamp", "ENTITY_ID": "entities.1.member.entityId"}


class Operations:
    """The operations over an engine and the mappings of event types."""

    def __init__(self, settings: FraudDetectorSettings, mappings: Mapping[str, EventMapping], engine: Engine) -> None:
        self._settings, self._mappings, self._engine = settings, dict(mappings), engine
        self._recent = RecentEvents()

    async def predict(self, request: Prediction) -> tuple[dict[str, Any], Decided]:
        """Return the answer of GetEventPrediction, and what it was made of; raise `WireError`."""
        if self._settings.detectors and request.detector not in self._settings.detectors:
            raise WireError(NOT_FOUND, "detectorId names no detector of service.fraud_detector.detectors.")
        mapping, event = self._event(request.event)
        decided = await _asked(self._engine.score(event), mapping)
        self._recent.add(decided.document)
        return prediction(decided, event["event_type"], self._settings), decided

    async def send(self, sent: SentEvent, label: SentLabel | None) -> None:
        """Send an event, and its label if it has one; raise `WireError`."""
        mapping, event = self._event(sent)
        is_fraud = None if label is None else _meaning(label, mapping)
        await _asked(self._engine.send_event(event), mapping)
        if label is not None:
            document = _label(label, mapping.label_source, is_fraud, event["event_time"]) | mapping.entities(event)
            await _asked(self._engine.send_label(document), mapping, label=True)

    async def label(self, label: SentLabel) -> None:
        """Send the label of an event that was decided; raise `WireError`."""
        mapping = self._mapping(label.kind)
        is_fraud = _meaning(label, mapping)
        found = {event.account: event for event in self._recent.find(label.event_id, mapping.types)}
        found |= {event.account: event for event in await self._engine.find(label.event_id, mapping.types)}
        event = _only(list(found.values()))
        document = _label(label, mapping.label_source, is_fraud, event.time_ms) | {"pseudonyms": dict(event.entities)}
        await _asked(self._engine.send_label(document), mapping, label=True)

    def _event(self, sent: SentEvent) -> tuple[EventMapping, dict[str, Any]]:
        mapping = self._mapping(sent.kind)
        try:
            return mapping, mapping.event(sent.row(), sent.time_ms)
        except Rejected as why:
            raise _invalid(_member(why.field), why.reason) from None

    def _mapping(self, kind: str) -> EventMapping:
        mapping = self._mappings.get(kind)
        if mapping is None:
            raise WireError(NOT_FOUND, "eventTypeName names no event type of service.fraud_detector.event_types.")
        return mapping


async def _asked(answer: Awaitable[Result], mapping: EventMapping, label: bool = False) -> Result:
    """Return what the engine answers; raise its refusal as a `WireError` that names the member."""
    try:
        return await answer
    except Busy as busy:
        seconds = max(1, round(busy.retry_after_s))
        raise WireError(THROTTLED, "Rate exceeded: more events wait than the stream may hold.", {"retry-after": str(seconds)}) from None
    except Away:
        raise WireError(INTERNAL, "The job's streams cannot be reached just now. Try again: what was sent is there once.") from None
    except Unlike:
        raise WireError(CONFLICT, "Another event of this account was sent with the same eventId: give each an id of its own.") from None
    except Refused as why:
        raise WireError(DENIED, f"{why}.") from None
    except Rejected as why:
        if label:
            raise _invalid("labelTimestamp" if why.field == "event_time" else why.field, why.reason) from None
        raise _invalid(_member(mapping.column_of(why.field)), why.reason) from None


def _member(column: str) -> str:
    return _MEMBERS.get(column, f"eventVariables.{column}")


def _meaning(label: SentLabel, mapping: EventMapping) -> bool:
    is_fraud = mapping.is_fraud(label.word)
    if is_fraud is None:
        raise _invalid(
            "assignedLabel", "neither fraud nor legitimate by the mapping of the event type; add it to label.positive or negative"
        )
    return is_fraud


def _only(found: list[NamedEvent]) -> NamedEvent:
    if not found:
        raise WireError(NOT_FOUND, "No decided event of this eventTypeName has this eventId: it is not decided yet, or too old.")
    if len(found) > 1:
        raise WireError(CONFLICT, "Several accounts have an event of this eventId, and nobody knows which is meant.")
    return found[0]


def _label(label: SentLabel, source: str, is_fraud: bool | None, event_ms: int) -> dict[str, Any]:
    """Return a label without its entities. The same label has the same id, however often it is sent."""
    text = "\0".join((label.kind, label.event_id, label.word, str(label.time_ms)))
    return {
        "event_id": f"label:{hashlib.blake2b(text.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}",
        "event_type": LABEL,
        "event_time": max(label.time_ms, event_ms),
        "subject_event_id": label.event_id,
        "is_fraud": is_fraud,
        "source": source,
    }


def _invalid(member: str, reason: str) -> WireError:
    return WireError(INVALID, f"1 validation error detected: Value at '{member}' failed to satisfy constraint: {reason}")
