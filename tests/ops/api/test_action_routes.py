"""Actions by the API: the latest first, page by page, each with what became of it; and the release of one."""

from __future__ import annotations

from httpx2 import Response

from domain.times import HOUR_MS
from ops.actions.settings import ActionBudget, ActionSettings
from ops.actions.taking import ActionTaker
from ops.api.action_metrics import ActionGauges
from ops.api.metrics import Metrics
from ops.cases.action_list import LastHour, last_hour
from ops.cases.errors import StoreError
from tests.ops.actions.conftest import CARD
from tests.ops.api.test_case_routes import LEGITIMATE, blocked, case
from tests.support.action_samples import decision_document
from tests.support.api_desk import Desk
from tests.support.case_samples import NOW


def act(desk: Desk, mode: str, *numbers: int, score: float = 0.95) -> None:
    budget = ActionBudget(10, 10, order_share=1.0, legitimate_share=1.0)
    settings = ActionSettings(auto_block=True, mode=mode, target="https://shop.example.com", budget=budget)
    with desk.store.begin() as session:
        for number in numbers:
            taker = ActionTaker(settings, lambda _: CARD, lambda: True, lambda number=number: NOW + number)  # type: ignore[misc]
            taker.take(session, [decision_document(number, score=score)])


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


def test_what_was_left_undone_is_listed_counted_and_not_released(quick_desk: Desk) -> None:
    act(quick_desk, "live", *range(22))
    quick_desk.now = NOW + 30
    page = quick_desk.get("/v1/actions", undone=True)
    assert [(one["event_id"], one["action"], one["why"], one["state"]) for one in page["items"]] == [
        ("order-21", "block", "budget:pauses_per_hour", "undone"), ("order-20", "block", "budget:pauses_per_hour", "undone")
    ]  # fmt: skip
    hour = page["hour"]
    assert (hour["blocks"], hour["pauses"], hour["spent"], hour["undone"], hour["undone_blocks"]) == (10, 10, 12, 2, 2)
    assert "left undone" in release(quick_desk, page["items"][0]["id"]).json()["detail"]
    metrics = Metrics()

    def its_hour() -> LastHour:
        with quick_desk.store.read() as session:
            return last_hour(session, quick_desk.now)

    metrics.follow_actions(its_hour)
    assert "ringwatch_actions_hour_undone_blocks 2.0" in metrics.text().decode()


def test_a_store_that_is_away_shows_no_numbers_of_actions() -> None:
    def away() -> LastHour:
        raise StoreError("away")

    assert list(ActionGauges(away).collect()) == []


RELEASE = {"reason": "a forged decision"}


def release(desk: Desk, action: int, who: str = "lea") -> Response:
    return desk.call(who, "POST", f"/v1/actions/{action}/release", RELEASE)


def test_a_lead_has_a_block_released_and_the_audit_has_it(desk: Desk) -> None:
    act(desk, "live", 0)
    answer = release(desk, 1)
    assert (answer.status_code, answer.json()["change_id"], answer.json()["action"]["release_asked_by"]) == (200, None, "lea")
    assert desk.get("/v1/actions")["items"][0]["release_asked_by"] == "lea"
    assert [release(desk, number).status_code for number in (1, 2)] == [409, 404]
    [said] = [one for one in desk.items("/v1/audit", "ada") if one["action"] == "action.ask_release"]
    assert (said["actor"], said["private"]) == ("lea", {"event_id": "order-0", **RELEASE})


def test_what_was_only_recorded_cannot_be_released(desk: Desk) -> None:
    act(desk, "dry", 0)
    assert (release(desk, 1).status_code, release(desk, 1).json()["detail"]) == (
        409,
        "it was only recorded: the shop has nothing to release",
    )


def test_many_blocks_released_within_an_hour_take_two_people(desk: Desk) -> None:
    desk.at_most_blocks(2)
    act(desk, "live", 0, 1, 2)
    assert [release(desk, number).status_code for number in (1, 2)] == [200, 200]
    waits = release(desk, 3)
    assert (waits.status_code, waits.json()["action"]["release_asked_by"]) == (202, None)
    assert release(desk, 3).status_code == 409  # one proposal is enough
    change = f"/v1/changes/{waits.json()['change_id']}"
    assert desk.call("lea", "POST", f"{change}/approve").status_code == 403
    assert desk.call("leo", "POST", f"{change}/approve").json()["status"] == "applied"
    assert desk.get("/v1/actions", event_id="order-2")["items"][0]["release_asked_by"] == "lea"
    desk.now += HOUR_MS
    act(desk, "live", 5)
    assert release(desk, 4).status_code == 200


def test_blocks_released_and_blocks_called_legitimate_count_together(desk: Desk) -> None:
    desk.at_most_blocks(3)
    act(desk, "live", 0)
    blocked(desk, 7)
    assert release(desk, 1).status_code == 200
    assert desk.call("lea", "POST", f"{case(7)}/verdict", LEGITIMATE).status_code == 202


def test_holds_of_what_the_job_decided_to_block_count_as_blocks(quick_desk: Desk) -> None:
    quick_desk.at_most_blocks(1)
    act(quick_desk, "live", 0, 1, score=0.6)
    assert [one["action"] for one in quick_desk.get("/v1/actions")["items"]] == ["hold", "hold"]
    assert [release(quick_desk, number).status_code for number in (1, 2)] == [200, 202]
