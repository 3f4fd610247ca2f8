"""Actions by the API: the latest first, page by page, each with what became of it."""

from __future__ import annotations

from ops.actions.settings import ActionBudget, ActionSettings
from ops.actions.taking import ActionTaker
from tests.ops.actions.conftest import CARD
from tests.support.action_samples import decision_document
from tests.support.api_desk import Desk
from tests.support.case_samples import NOW


def act(desk: Desk, mode: str, *numbers: int) -> None:
    budget = ActionBudget(10, 10, 1.0, 1.0)
    settings = ActionSettings(auto_block=True, mode=mode, target="https://shop.example.com", budget=budget)
    with desk.store.begin() as session:
        for number in numbers:
            taker = ActionTaker(settings, lambda _: CARD, lambda: True, lambda number=number: NOW + number)  # type: ignore[misc]
            taker.take(session, [decision_document(number)])


def test_actions_are_listed_page_by_page(desk: Desk) -> None:
    desk.now = NOW + 10
    act(desk, "live", 0, 1, 2)
    act(desk, "dry", 3)
    first = desk.get("/v1/actions", limit=3)
    assert [(one["event_id"], one["state"]) for one in first["items"]] == [
        ("order-3", "dry"), ("order-2", "pending"), ("order-1", "pending")
    ]  # fmt: skip
    assert first["hour"]["orders"] == 4
    last = desk.get("/v1/actions", limit=3, cursor=first["next"])
    assert [one["event_id"] for one in last["items"]] == ["order-0"] and last["next"] is None
    assert len(desk.get("/v1/actions", event_id="order-2")["items"]) == 1 and desk.get("/v1/actions", action="verify")["items"] == []
