"""`POST /` as clients of Amazon Fraud Detector send it, and what they are answered. JSON 1.1 of AWS."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.json_text import as_json
from ops.fraud_detector.errors import DENIED, INTERNAL, UNAVAILABLE, UNKNOWN_OPERATION, WireError
from ops.fraud_detector.operations import Operations
from ops.fraud_detector.parts import Engine, EventMapping
from ops.fraud_detector.requests import event_in, label_in, prediction_in
from ops.fraud_detector.settings import FraudDetectorSettings
from ops.fraud_detector.shapes import Members, members_of
from ops.fraud_detector.signature import Headers, SignatureCheck

TARGET = "AWSHawksNestServiceFacade."
CONTENT_TYPE = "application/x-amz-json-1.1"
FALLBACK_HEADER = "x-ringwatch-fallback"


@dataclass(frozen=True)
class Answer:
    """What a client is sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    error: str = ""
    """Name of the error; empty if there is none."""


class FraudDetector:
    """The operations behind one address. It holds no connection of its own."""

    def __init__(
        self,
        settings: FraudDetectorSettings,
        mappings: Mapping[str, EventMapping],
        secrets: Mapping[str, bytes],
        engine: Engine,
        clock_s: Callable[[], float] = time.time,
    ) -> None:
        """Note the parts: mappings by the name of the event type, secrets by the id of the access key."""
        self._check = SignatureCheck(secrets, settings.regions)
        self._label_keys = settings.label_keys
        self._operations, self._clock_s = Operations(settings, mappings, engine), clock_s
        self._known = {"GetEventPrediction": self._predict, "SendEvent": self._send, "UpdateEventLabel": self._label}

    async def answer(self, headers: Headers, query: bytes, body: bytes) -> Answer:
        """Return the answer to a `POST /`. `headers` have their names in small letters.

        What the engine raises besides its outcomes is raised.
        """
        try:
            document, extra = await self._answer(headers, query, body)
        except WireError as error:
            return _refusal(error)
        return _answer(200, document, extra)

    async def _answer(self, headers: Headers, query: bytes, body: bytes) -> tuple[dict[str, Any], dict[str, str]]:
        if query:
            raise WireError(UNKNOWN_OPERATION, "No operation has a query; signatures are read from the header Authorization only.")
        key = self._check.key_of(headers, body, self._clock_s())
        target = next(value for name, value in headers if name == "x-amz-target")
        operation = self._known.get(target.removeprefix(TARGET)) if target.startswith(TARGET) else None
        if operation is None:
            raise WireError(UNKNOWN_OPERATION, f"The operations are {', '.join(self._known)}.")
        return await operation(members_of(body), key)

    async def _predict(self, members: Members, _: str) -> tuple[dict[str, Any], dict[str, str]]:
        document, decided = await self._operations.predict(prediction_in(members))
        return document, {FALLBACK_HEADER: "true"} if decided.is_fallback else {}

    async def _send(self, members: Members, key: str) -> tuple[dict[str, Any], dict[str, str]]:
        event, label = event_in(members)
        if label is not None:
            self._check_may_label(key)
        await self._operations.send(event, label)
        return {}, {}

    async def _label(self, members: Members, key: str) -> tuple[dict[str, Any], dict[str, str]]:
        self._check_may_label(key)
        await self._operations.label(label_in(members))
        return {}, {}

    def _check_may_label(self, key: str) -> None:
        if self._label_keys is not None and key not in self._label_keys:
            raise WireError(DENIED, "This access key may not send labels: service.fraud_detector.label_keys does not name it.")


def failure() -> Answer:
    """Return the answer where our code has failed."""
    return _refusal(WireError(INTERNAL, "The service failed, and its log says where. Try again."))


def not_served() -> Answer:
    """Return the answer of a service that has no event types of this kind."""
    return _refusal(WireError(UNAVAILABLE, "This service answers no such calls: set service.fraud_detector.event_types."))


def _refusal(error: WireError) -> Answer:
    return _answer(error.status, {"__type": error.name, "message": error.message}, error.headers, error.name)


def _answer(status: int, document: Mapping[str, Any], headers: Mapping[str, str], error: str = "") -> Answer:
    usual = {"content-type": CONTENT_TYPE, "x-amzn-requestid": str(uuid.uuid4())}
    return Answer(status, {**usual, **headers}, as_json(document).encode(), error)
