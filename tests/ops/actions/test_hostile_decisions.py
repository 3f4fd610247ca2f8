"""Whatever a field of a decision holds: it is refused, or the shop is sent a document as described."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select

from domain.json_text import as_json
from ops.actions.made import event_of
from ops.actions.settings import ActionSettings
from ops.case_feed.takers import DECISIONS, WRONG, Takers
from ops.cases.settings import CaseSettings
from ops.cases.store import Store
from ops.cases.tables import Outgoing
from ops.redis.entry import Entry
from tests.ops.actions.conftest import FREE, ORIGIN, Rig
from tests.ops.notify.conftest import Clock
from tests.support.action_samples import decision_document
from tests.support.hostile_values import spoilt

TEXTS = ("event_id", "event_type", "account", "decision", "model", "action", "why", "event_time", "expires_at")
REASON = {"code": "shared_device", "text": "device seen with many accounts", "weight": 1.5}
CONTROL: dict[str, Any] = {
    "reasons": [REASON], "rules": [{"id": "r", "version": 1}], "lists": [{"id": "l"}], "control": 3, "switches": {"auto_block": False},
    "shadow": {"model": "m", "score": 0.5, "decision": "approve"}, "explored": 0.1,
}  # fmt: skip


def check_sent(row: Outgoing) -> None:
    """Hold what the shop is sent against docs/actions.md."""
    event = json.loads(as_json(event_of(row, ORIGIN)), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    data = event["data"]
    assert all(isinstance(data[name], str) for name in TEXTS) and data["event_id"] and event["subject"] == data["event_id"]
    assert re.fullmatch(r"msg_[0-9a-f]{24}_(block|hold)", event["id"]) and re.fullmatch(r"[0-9a-f]{16}|", data["account"])
    assert data["amount"] is None or (type(data["amount"]) in (int, float) and 0 <= data["amount"] < math.inf)
    assert data["currency"] is None or isinstance(data["currency"], str)
    assert type(data["score"]) is float and 0 <= data["score"] <= 1 and len(as_json(data)) < 10_000


def test_no_field_of_a_decision_makes_an_action_that_is_none(sqlite_store: Store) -> None:
    live = Rig(sqlite_store, ActionSettings(auto_block=True, mode="live", target="redis:actions", budget=FREE), Clock())
    take = Takers(CaseSettings(), acts=live.taker.take).of(DECISIONS)
    took, refused = Counter[str](), Counter[str]()
    with live.store.begin() as session:
        for path, document in spoilt(decision_document(1, decided_at=live.clock.now, **CONTROL)):
            tried = session.begin_nested()
            try:
                take(session, [Entry(DECISIONS, "1-0", {"json": as_json(document)})])
            except WRONG as error:
                refused[path] += 1
                assert path != "event_id" or "event_id" in str(error) or "number" in str(error)
            else:
                rows = session.scalars(select(Outgoing)).all()
                took[path] += len(rows)
                for row in rows:
                    check_sent(row)
            tried.rollback()  # the next document finds none
    assert min(refused[path] for path in ("event_id", "amount", "event_time", "entities.account", "reasons.0.code")) > 15
    assert min(took[path] for path in ("event_id", "amount", "reasons.0.text")) > 5
