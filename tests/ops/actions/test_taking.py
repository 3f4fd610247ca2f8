"""Decisions become actions once, within the budgets, with audit; dry ones are only recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import select

from ops.actions.settings import ActionBudget
from ops.cases.action_list import last_hour, listed_actions
from ops.cases.actions import AHEAD, LATE
from ops.cases.tables import ActionMinute, AuditEntry, Outgoing
from tests.ops.actions.conftest import Rig, sent
from tests.support.action_samples import decision_document
from tests.support.channel_stand_in import StandIn

MakeRig = Callable[..., Rig]


def test_by_default_actions_are_only_recorded(rig: MakeRig, shop: StandIn) -> None:
    dry = rig(mode="dry")
    dry.block(1)
    dry.run_for(3 * 3600, 600)
    assert dry.actions() == [("order-1", "block")] and not dry.states() and not shop.asked
    with dry.store.read() as session:
        assert session.scalars(select(AuditEntry)).all() == []


def test_a_decision_that_comes_again_leads_to_nothing_new(rig: MakeRig, shop: StandIn) -> None:
    live = rig()
    live.block(1, 1, 2)
    live.block(2, 1, score=0.99)
    live.take(decision_document(1, entities={"account": "00000000000000ff"}))  # another account's event of the same id
    live.run()
    assert sorted(sent(shop)) == [("order-1", "block"), ("order-1", "block"), ("order-2", "block")]
    assert len({asked.headers["webhook-id"] for asked in shop.asked}) == 3


def test_beyond_the_budget_a_block_is_milder(rig: MakeRig) -> None:
    live = rig(budget=ActionBudget(2, 1, order_share=1.0, legitimate_share=1.0))
    live.block(*range(5))
    assert sorted((row.event_id, row.action) for row in live.rows() if not row.is_undone) == [
        ("order-0", "block"), ("order-1", "block"), ("order-2", "hold")
    ]  # fmt: skip
    assert next(row for row in live.rows() if row.action == "hold").why == "budget:blocks_per_hour"
    with live.store.read() as session:
        [minute] = session.scalars(select(ActionMinute))
        assert (minute.orders, minute.blocks, minute.pauses, minute.spent) == (5, 2, 1, 3)
    live.clock.pass_s(3661)
    live.block(7)
    assert live.actions()[-1] == ("order-7", "block")


def test_cheap_orders_leave_pauses_for_blocks_and_what_is_left_undone_is_kept(rig: MakeRig, shop: StandIn) -> None:
    budget = ActionBudget(blocks_per_hour=1, pauses_per_hour=5, kept_for_blocks=0.4, order_share=1.0, legitimate_share=1.0)
    live = rig(budget=budget, on_investigate="hold")
    live.take(*(decision_document(number, "investigate", 0.6, amount=1.0, decided_at=live.clock.now) for number in range(20)))
    live.block(*range(20, 26))
    live.run()
    assert Counter(action for _, action in sent(shop)) == {"hold": 5, "block": 1}
    assert {("order-20", "block"), ("order-21", "hold"), ("order-22", "hold")} < set(sent(shop))
    undone = [row for row in live.rows() if row.is_undone]
    assert Counter((row.decision, row.action, row.why) for row in undone) == {
        ("investigate", "hold", "budget:kept_for_blocks"): 17, ("block", "block", "budget:pauses_per_hour"): 3
    }  # fmt: skip
    with live.store.read() as session:
        hour = last_hour(session, live.clock.now)
        listed = listed_actions(session, None, 50, is_undone=True).rows
        assert (hour.spent, hour.undone, hour.undone_blocks) == (22, 20, 3) and {one.state for one in listed} == {"undone"}
        assert len(session.scalars(select(AuditEntry)).all()) == 6  # a flood does not fill the audit


def test_what_was_left_undone_may_be_done_later_and_is_recorded_once(rig: MakeRig, shop: StandIn) -> None:
    live = rig(budget=ActionBudget(blocks_per_hour=1, pauses_per_hour=0, order_share=1.0, legitimate_share=1.0))
    live.block(1, 2, 2)
    live.block(2)
    assert sorted(live.actions()) == [("order-1", "block"), ("order-2", "block")]
    live.clock.pass_s(3700)
    live.block(2)
    live.run()
    assert sent(shop)[-1] == ("order-2", "block") and sorted(bool(row.is_undone) for row in live.rows()) == [False, False, True]


def test_of_few_orders_no_share_may_be_blocked(rig: MakeRig) -> None:
    live = rig(budget=ActionBudget(order_share=0.1, legitimate_share=1.0))
    live.take(*(decision_document(number, "approve", 0.01) for number in range(8)))
    live.block(8, 9, 10)
    assert dict(live.actions()) == {"order-8": "hold", "order-9": "block", "order-10": "hold"}


def test_what_was_decided_too_long_ago_is_kept_as_expired(rig: MakeRig, shop: StandIn) -> None:
    live = rig(budget=ActionBudget(1, 0, order_share=1.0, legitimate_share=1.0))
    live.block(1, 2, 3, decided_at=live.clock.now - 301_000)
    live.block(4, decided_at=live.clock.now - 299_000)
    live.run()
    assert sent(shop) == [("order-4", "block")]  # what is not sent costs nothing
    assert live.states() == {"expired": 3, "sent": 1} and sum(row.ended_at is not None for row in live.rows()) == 3


def test_a_clock_of_the_worker_that_is_ahead_is_told_once_a_minute(rig: MakeRig, caplog: pytest.LogCaptureFixture) -> None:
    live = rig()
    for number in range(5):
        live.block(number, decided_at=live.clock.now - 600_000)
        live.clock.pass_s(20)
    with live.store.read() as session:
        whys = {row.last_error or "" for row in session.scalars(select(Outgoing))}
    assert [why for why in whys if "are the clocks of job and worker alike?" in why] == list(whys)
    assert [text for text in caplog.messages if "actions.expire_min" in text] == [f"1 action not sent: {LATE}"] * 2


def test_names_without_end_are_no_action(rig: MakeRig, caplog: pytest.LogCaptureFixture) -> None:
    live = rig()
    live.block(1, event_id="x" * 1001)
    live.block(2, model="m" * 100_000)
    live.block(3, currency="E" * 5000)
    live.block(4, event_id="x" * 1000)
    assert [len(event_id) for event_id, _ in live.actions()] == [1000]
    assert caplog.messages == ["No action for 1 decision: an id or name is longer than 1000 letters."] * 3


def test_a_clock_of_the_job_that_is_ahead_makes_nothing_last_longer(rig: MakeRig, shop: StandIn) -> None:
    live = rig()
    live.block(1, decided_at=live.clock.now + 299_000)
    live.clock.pass_s(301)
    live.run()
    assert not shop.asked and live.states() == {"expired": 1}


def test_a_decision_that_is_dated_far_ahead_is_not_sent_and_says_why(rig: MakeRig, shop: StandIn, caplog: pytest.LogCaptureFixture) -> None:
    live = rig(budget=ActionBudget(1, 0, order_share=1.0, legitimate_share=1.0))
    live.block(1, 2, decided_at=live.clock.now + 301_000)
    live.block(3, decided_at=live.clock.now + 299_000)
    live.run()
    assert sent(shop) == [("order-3", "block")] and live.states() == {"expired": 2, "sent": 1}
    assert caplog.messages == [f"2 actions not sent: {AHEAD}"]


@pytest.mark.parametrize("decided_at", ["soon", -1, 10**18, 1e300, [1]])
def test_a_decision_without_a_moment_is_none(rig: MakeRig, decided_at: object) -> None:
    live = rig()
    with pytest.raises(ValueError, match=r"decided_at|decision document|int\(\)"):
        live.block(1, decided_at=decided_at)


def test_live_actions_are_audited_without_a_pseudonym_in_the_chain(rig: MakeRig) -> None:
    live = rig()
    live.block(1)
    with live.store.read() as session:
        [entry] = session.scalars(select(AuditEntry))
        account = live.rows()[0].account
        assert (entry.actor, entry.action) == ("ringwatch", "action.block")
        assert account not in entry.details + entry.subject and "order-1" not in entry.details + entry.subject
