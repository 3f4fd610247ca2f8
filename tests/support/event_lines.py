"""Lines of events and of labels, whole, changed and broken."""

from __future__ import annotations

import json
from typing import Any

from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings

NOW = 1_767_225_600_000  # 2026-01-01T00:00:00Z
GRAPH = GraphSettings(
    entities=("account", "device", "address", "merchant", "payment", "email", "ip"),
    links=4,
    numeric_attributes=("items", "risk"),
    categorical_attributes=("channel",),
)
PSEUDONYMS = Pseudonyms(b"test")
PARSER = EventParser(GRAPH, PSEUDONYMS, now_ms=lambda: NOW)

ORDER: dict[str, Any] = {
    "event_id": "o-1",
    "event_type": "order",
    "event_time": NOW - 1000,
    "account_id": "alice",
    "device_fingerprint": "d1",
    "ip": "203.0.113.9",
    "email": "alice@example.com",
    "payment_instrument": "card-1",
    "merchant_id": "m1",
    "address": {"line1": "12 Main Street", "city": "Springfield"},
    "amount": 19.5,
    "currency": "EUR",
    "account_created_at": "2025-06-01T10:00:00Z",
    "attributes": {"items": 3, "channel": "web"},
}
LABEL: dict[str, Any] = {
    "event_id": "l-1",
    "event_type": "label",
    "event_time": NOW - 10,
    "account_id": "alice",
    "subject_event_id": "o-1",
    "is_fraud": True,
    "source": "chargeback",
}
TEXT_FIELDS = ("account_id", "device_fingerprint", "ip", "email", "payment_instrument", "merchant_id")


def order(**changes: Any) -> bytes:
    return json.dumps({**ORDER, **changes}).encode()


def label(**changes: Any) -> bytes:
    return json.dumps({**LABEL, **changes}).encode()


def without(line: bytes, field: str) -> bytes:
    doc = json.loads(line)
    del doc[field]
    return json.dumps(doc).encode()


def raw(field: str, text: str) -> bytes:
    """An order whose field holds this very JSON text."""
    return order(**{field: "@"}).replace(b'"@"', text.encode())


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth
