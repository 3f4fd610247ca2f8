"""What the worker did by itself in the last hours of a rich history, and what the shop answered."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import update

from domain.times import HOUR_MS
from flink_job.commands.serve_actions import read_cards
from flink_job.settings.settings import PRETRAINED
from ops.actions.settings import ActionSettings
from ops.actions.taking import ActionTaker
from ops.cases import outbox
from ops.cases.store import Store
from ops.cases.tables import Outgoing
from tests.support.rich_history import NOW, History

_HOURS, _TAKES_MS = 12, 40


def act_by_itself(store: Store, history: History) -> None:
    """Take the decisions of the last hours, each at its time; the shop has taken all actions."""
    settings = ActionSettings(auto_block=True, mode="live", target="https://shop.example.com/ringwatch")
    cards, now = read_cards([str(PRETRAINED)]), [NOW]
    taker = ActionTaker(settings, lambda model: cards.get(model, ()), lambda: True, lambda: now[0])
    for document in _decided(history):
        now[0] = document["decided_at"]
        with store.begin() as session:
            taker.take(session, [document])
    with store.begin() as session:
        its = update(Outgoing).where(Outgoing.kind == "action")
        session.execute(its.values(state=outbox.SENT, attempts=1, sent_at=Outgoing.due_at))


def _decided(history: History) -> list[dict[str, Any]]:
    found = (json.loads(line) for line in history.decisions.read_text(encoding="utf-8").splitlines())
    late = [one for one in found if NOW - _HOURS * HOUR_MS < one["event_time"] <= NOW]
    return [{**one, "decided_at": one["event_time"] + _TAKES_MS} for one in sorted(late, key=lambda one: int(one["event_time"]))]
