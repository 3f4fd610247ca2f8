"""Alerts and incident documents for the tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from domain.decisions.alert import Alert
from domain.incidents.session import IncidentSession
from domain.incidents.settings import IncidentSettings

START = 1_767_607_200_000  # 2026-01-05T10:00:00Z
HOUR = 3_600_000
TYPES = ("signup", "login", "order", "payment", "refund_request", "account_change")


def pseudonym(number: int) -> str:
    return f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}"


def alert(number: int = 0, time_ms: int = START, **changes: Any) -> Alert:
    return Alert.of(alert_document(number, time_ms, **changes))


def alert_document(number: int = 0, time_ms: int = START, **changes: Any) -> dict[str, Any]:
    """As it is published; None among the changes leaves a field empty."""
    return {
        "event_id": f"e{number}",
        "event_time": time_ms,
        "event_type": "order",
        "decision": "investigate",
        "score": 0.75,
        "reasons": [{"code": "shared_device", "text": "device seen with many accounts", "weight": 1.5}],
        "ring": "00000000000000aa",
        "entities": {"account": pseudonym(number + 1), "device": pseudonym(1_000_000)},
        "amount": 100.25,
        "currency": "EUR",
        "model": "m",
        "policy": "p",
        "decided_at": time_ms + 5,
        "severity": "medium",
        **changes,
    }


def incident_of(alerts: list[Alert], settings: IncidentSettings | None = None) -> dict[str, Any]:
    """The closing revision of alerts that belong to one incident."""
    session = IncidentSession.open("00000000000000aa", settings or IncidentSettings())
    for one in alerts:
        session.on_alert(one)
    assert session.next_deadline is not None
    return session.on_deadline(session.next_deadline + 3000 * HOUR)[-1].to_document()


def alerts(times: st.SearchStrategy[int]) -> st.SearchStrategy[Alert]:
    """Alerts with every field free within the contract; event ids repeat now and then."""
    codes = st.text("abc_0123456789.-", min_size=1, max_size=60) | st.sampled_from(["approve", "block_all", "velocity_24h", "7"])
    money = st.floats(0, 1e12, allow_nan=False) | st.floats(0, 1e4).map(lambda amount: round(amount, 2))
    kinds = st.sampled_from(["account", "device", "address", "merchant", "ip", "email", "payment"])
    return st.builds(
        lambda number, **fields: alert(number, **fields),
        number=st.integers(0, 500),
        event_id=st.text(min_size=1, max_size=128) | st.integers(0, 300).map(lambda number: f"e{number}"),
        time_ms=times,
        event_type=st.sampled_from(TYPES),
        decision=st.sampled_from(["investigate", "block"]),
        score=st.floats(0, 1),
        reasons=st.lists(st.fixed_dictionaries({"code": codes, "text": st.text(), "weight": st.floats(-1e6, 1e6)}), max_size=4),
        entities=st.dictionaries(kinds, st.integers(0, 2**64 - 1).map(lambda n: f"{n:016x}") | st.just(pseudonym(7))),
        amount=st.none() | money,
        currency=st.sampled_from(["EUR", "USD", "JPY", "KWD", None]),
        severity=st.sampled_from(["low", "medium", "high", "critical"]),
    )
