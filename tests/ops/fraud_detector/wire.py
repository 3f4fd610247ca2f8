"""An unchanged boto3 client whose calls end in a `FraudDetector` of this process, without a network."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from domain.graph import ENTITY_FIELDS
from gnn.table_import import load_mapping
from gnn.table_import.one_row.row_mapping import RowMapping
from ops.fraud_detector.fraud_detector import Answer, FraudDetector
from ops.fraud_detector.parts import Decided, NamedEvent
from ops.fraud_detector.settings import FraudDetectorSettings
from tests import ROOT

KEY, SECRET = "AKIDSHOP", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
MAPPINGS = {"registration": "aws_registration", "transaction": "aws_transaction"}
REGISTRATION = {
    "detectorId": "sign_ups",
    "eventId": "e-1",
    "eventTypeName": "registration",
    "entities": [{"entityType": "customer", "entityId": "unknown"}],
    "eventTimestamp": "2022-03-06T09:52:18Z",
    "eventVariables": {"email_address": "fake_valdez@example.com", "ip_address": "124.199.26.246"},
}


@dataclass
class ScriptedEngine:
    """An engine that decides as it is told, and keeps what it was sent."""

    decision: str = "approve"
    score_given: float = 0.0123
    is_fallback: bool = False
    refusal: Exception | None = None
    label_refusal: Exception | None = None
    rules: list[dict[str, Any]] = field(default_factory=list)
    known: list[tuple[str, str, NamedEvent]] = field(default_factory=list)
    """Id and type of the decided events that the store knows."""
    events: list[Mapping[str, Any]] = field(default_factory=list)
    labels: list[Mapping[str, Any]] = field(default_factory=list)

    async def score(self, event: Mapping[str, Any]) -> Decided:
        if self.refusal:
            raise self.refusal
        self.events.append(event)
        document = {
            **{name: event[name] for name in ("event_id", "event_type", "event_time")},
            "decision": self.decision,
            "score": None if self.is_fallback else self.score_given,
            "rules": self.rules,
            "entities": {kind: _pseudonym(event[raw]) for kind, raw in ENTITY_FIELDS.items() if raw in event},
        }
        return Decided(document, self.is_fallback)

    async def send_event(self, event: Mapping[str, Any]) -> None:
        if self.refusal:
            raise self.refusal
        self.events.append(event)

    async def send_label(self, label: Mapping[str, Any]) -> None:
        if self.label_refusal:
            raise self.label_refusal
        self.labels.append(label)

    async def find(self, event_id: str, types: Collection[str]) -> Sequence[NamedEvent]:
        return [event for known_id, kind, event in self.known if known_id == event_id and kind in types]


def _pseudonym(raw: Any) -> str:
    return f"{abs(hash(str(raw))) % (1 << 64):016x}"


def mappings() -> dict[str, RowMapping]:
    """Return the ready mappings of the sample event types."""
    return {name: RowMapping(load_mapping(ROOT / "deploy" / "mappings" / f"{file}.yaml")) for name, file in MAPPINGS.items()}


def detector(engine: ScriptedEngine, clock_s: Callable[[], float] = time.time, **settings: Any) -> FraudDetector:
    """Return a fraud detector over an engine, with one access key."""
    given = {"event_types": dict.fromkeys(MAPPINGS, ""), "access_keys": (KEY,), **settings}
    return FraudDetector(FraudDetectorSettings(**given), mappings(), dict.fromkeys(given["access_keys"], SECRET.encode()), engine, clock_s)


def client(served: FraudDetector, key: str = KEY, secret: str = SECRET, **changes: Any) -> Any:
    """Return a client of boto3 whose requests go to the fraud detector as they would go over the wire."""
    config = Config(**{"retries": {"total_max_attempts": 1}, **changes.pop("config", {})})
    given = {"region_name": "eu-west-1", "config": config, **changes}
    found = boto3.client(
        "frauddetector", endpoint_url="http://shop.test:8080", aws_access_key_id=key, aws_secret_access_key=secret, **given
    )
    found.meta.events.register("before-send.frauddetector", lambda request, **_: _sent(served, request))
    return found


def answered(url: str, answer: Answer) -> AWSResponse:
    """Return an answer as the HTTP client hands it to boto3."""
    return AWSResponse(url, answer.status, dict(answer.headers), _Raw(answer.body))


def headers_of(request: Any) -> list[tuple[str, str]]:
    """Return the headers of a prepared request as a server sees them; the HTTP client adds `Host`."""
    sent = [(name.lower(), value.decode() if isinstance(value, bytes) else str(value)) for name, value in request.headers.items()]
    return [*sent, ("host", request.url.split("/")[2])]


def _sent(served: FraudDetector, request: Any) -> AWSResponse:
    body = request.body or b""
    answer = asyncio.run(served.answer(headers_of(request), b"", body.encode() if isinstance(body, str) else body))
    return answered(request.url, answer)


class _Raw(BytesIO):
    """A body as urllib3 gives it."""

    def stream(self, **_: Any) -> Any:
        yield self.read()
