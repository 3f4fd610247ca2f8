"""Documents of the streams for the tests: an alert, a revision, an overflow record, a rejected line."""

from __future__ import annotations

from typing import Any

ALERT: dict[str, Any] = {
    "event_id": "e1",
    "event_time": 1_714_564_803_000,
    "event_type": "order",
    "decision": "block",
    "score": 0.9731,
    "reasons": [
        {"code": "amount", "text": "a large order", "weight": 0.2},
        {"code": "shared_device", "text": "device shared by 14 accounts", "weight": 0.7},
    ],
    "ring": "device-3f9a2c1b00112233",
    "entities": {"account": "57168217bfee3c0a", "device": "425b1eaa2fd07d28"},
    "amount": 1129.5,
    "currency": "EUR",
    "severity": "high",
}
INCIDENT: dict[str, Any] = {
    "id": "3f9a-17",
    "revision": 2,
    "status": "grown",
    "ring": "device-3f9a2c1b00112233",
    "severity": "critical",
    "action": "block",
    "headline": "One device, 14 new accounts",
    "explanation": "Fourteen accounts order from one device.",
    "pattern": "shared device",
    "next_steps": ["Hold the shipments", "Call the carrier"],
    "first_time": 1_714_564_803_000,
    "last_time": 1_714_568_403_000,
    "alerts": 17,
    "money_at_risk": {"EUR": 12500, "USD": 80.5},
    "evidence": {
        "facts": [{"id": "F1", "text": "14 accounts on one device", "value": 14}],
        "strongest": [
            {name: ALERT.get(name) for name in ("decision", "score", "amount", "currency", "entities")} | {"id": "e1", "type": "order"}
        ],
    },
    "participants": {
        "account": {"count": 14, "exact": True, "pseudonyms": [f"a{number:015d}" for number in (*range(10), 10, 11, 12, 13)]},
        "device": {"count": 1, "exact": False, "pseudonyms": ["425b1eaa2fd07d28"]},
    },
    "writer": {"name": "llm", "model": "gpt-5-mini", "retries": 0},
}
OVERFLOW: dict[str, Any] = {
    "id": "overflow-1714564803000", "status": "overflow", "severity": "high", "told_at": 1_714_564_803_000,
    "headline": "incidents.reviews_per_hour is 60: 3 revisions were held",
}  # fmt: skip
REJECTED: dict[str, Any] = {"field": "amount", "reason": "amount: -1 is negative", "raw": "secret@example.com"}
