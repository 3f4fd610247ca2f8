"""Which action a decision leads to: what blocks was measured to be precise, and budgets are never passed."""

from __future__ import annotations

import random
from typing import Any

import pytest

from domain.decisions.decision import Decision
from domain.errors import SettingError
from domain.times import HOUR_MS, MINUTE_MS
from flink_job.settings.settings import load
from ops.actions.budget import Hour, within
from ops.actions.hours import hour_at, note_minute
from ops.actions.measured import Measured, bar, precision_at
from ops.actions.settings import ActionBudget, ActionSettings
from ops.actions.wanted import NOTHING, Wanted, wanted
from ops.cases.store import Store
from tests.support.action_samples import decision_document

CARD = (Measured(0.5, 0.8), Measured(0.7, 0.93), Measured(0.9, 0.97))


def of(outcome: str, score: float, is_on: bool = True, card: tuple[Measured, ...] = CARD, kind: str = "order", **settings: Any) -> Wanted:
    document = decision_document(0, outcome, score, event_type=kind, explored=settings.pop("explored", None))
    decision = Decision.of(document)
    return wanted(ActionSettings(**settings), decision, card, is_on)


def test_a_score_blocks_where_the_card_has_the_precision() -> None:
    assert of("block", 0.7) == Wanted("block", "precise", pytest.approx(0.3))
    assert of("block", 0.95) == Wanted("block", "precise", pytest.approx(0.05))
    assert of("block", 0.999).wrong == pytest.approx(0.03)  # the card is not as sure
    assert of("block", 0.69) == Wanted("hold", "not_precise")
    assert of("block", 0.89, min_precision=0.95, otherwise="verify") == Wanted("verify", "not_precise")
    assert of("block", 1.0, min_precision=0.99, otherwise="none").action == "none"


def test_a_model_without_a_card_blocks_nothing() -> None:
    assert of("block", 1.0, card=()) == Wanted("hold", "not_precise")
    assert bar((), 0.0) is None and precision_at((), 1.0) == precision_at(CARD, 0.1) == 0.0


def test_what_a_rule_or_a_list_blocks_was_not_measured() -> None:
    assert of("block", 0.02) == Wanted("hold", "not_precise")


def test_approved_events_and_other_types_lead_to_nothing() -> None:
    assert of("approve", 0.99) is NOTHING and of("block", 0.99, kind="login") is NOTHING
    assert of("block", 0.99, kind="login", event_types=("login",)).action == "block"


def test_a_review_leads_to_what_the_settings_say() -> None:
    assert of("investigate", 0.99).action == "none"
    assert of("investigate", 0.4, on_investigate="verify", investigate_from=0.4) == Wanted("verify", "investigate")
    assert of("investigate", 0.39, on_investigate="verify", investigate_from=0.4) is NOTHING


def test_the_switch_makes_blocks_reviews() -> None:
    assert of("block", 0.99, is_on=False).action == "none"
    assert of("block", 0.99, is_on=False, on_investigate="hold") == Wanted("hold", "switched_off")


def test_what_was_drawn_to_be_reviewed_is_not_blocked_and_says_so() -> None:
    assert of("investigate", 0.99, explored=0.05) == Wanted("none", "explored")
    assert of("investigate", 0.99, explored=0.05, on_investigate="hold") == Wanted("hold", "explored")


def test_no_score_outcome_or_card_blocks_below_the_precision() -> None:
    chance = random.Random(3)
    for _ in range(5_000):
        scores = sorted(chance.random() for _ in range(chance.randrange(5)))
        card = tuple(Measured(score, chance.random()) for score in scores)
        least, score, is_on = chance.random(), chance.random(), chance.random() < 0.8
        outcome = chance.choice(("approve", "investigate", "block"))
        found = of(outcome, score, is_on, card, min_precision=least)
        if found.action == "block":
            assert outcome == "block" and is_on and any(one.score <= score and one.at_least >= least for one in card)
            assert 1.0 - score <= found.wrong <= 1.0


def test_no_budget_is_passed_in_any_order_of_events() -> None:
    chance = random.Random(4)
    for _ in range(300):
        budget = ActionBudget(
            chance.randrange(30), chance.randrange(30), order_share=chance.random() * 0.2, legitimate_share=chance.random() * 0.02
        )
        hour, otherwise = Hour(), chance.choice(("hold", "verify", "none"))
        for _ in range(200):
            hour = Hour(hour.orders + 1, hour.legitimate + chance.random(), hour.blocks, hour.wrong, hour.pauses)
            one = Wanted(chance.choice(("block", "hold", "verify", "none")), "", chance.random() * 0.2)
            is_to_block = one.action == "block" or chance.random() < 0.5
            allowed = within(budget, hour, one, otherwise, is_to_block=is_to_block)
            if not is_to_block and allowed.action in ("hold", "verify"):
                assert hour.pauses < budget.pauses_per_hour - budget.kept
            hour = hour.after(allowed)
            assert hour.blocks <= budget.blocks_per_hour and hour.pauses <= budget.pauses_per_hour
            if allowed.action == "block":
                assert hour.blocks <= budget.order_share * hour.orders
                assert hour.wrong <= budget.legitimate_share * hour.legitimate
            assert allowed == one or allowed.why.startswith("budget:")


def test_a_spent_budget_is_named() -> None:
    block, full = Wanted("block", "precise", 0.1), Hour(1000, 990.0, 10, 0.5, 20)

    def allowed(budget: ActionBudget, otherwise: str = "hold") -> Wanted:
        return within(budget, full, block, otherwise, is_to_block=True)

    assert allowed(ActionBudget(blocks_per_hour=10)) == Wanted("hold", "budget:blocks_per_hour")
    assert allowed(ActionBudget(order_share=0.01), "verify") == Wanted("verify", "budget:order_share")
    assert allowed(ActionBudget(legitimate_share=0.0006), "none") == Wanted("none", "budget:legitimate_share")
    assert allowed(ActionBudget(10, 20)) == Wanted("none", "budget:pauses_per_hour")
    assert allowed(ActionBudget()) is block


def test_a_share_of_the_pauses_is_for_decisions_to_block_alone() -> None:
    hold, budget = Wanted("hold", "x"), ActionBudget(pauses_per_hour=10, kept_for_blocks=0.3)
    for pauses in range(12):
        seen = [within(budget, Hour(pauses=pauses), hold, "hold", is_to_block=to_block) for to_block in (True, False)]
        assert [one.action for one in seen] == ["hold" if pauses < most else "none" for most in (10, 7)]
    assert seen[1].why == "budget:pauses_per_hour"
    assert within(budget, Hour(pauses=7), hold, "hold", is_to_block=False).why == "budget:kept_for_blocks"


def test_no_hour_wherever_it_begins_has_more_than_the_budget(sqlite_store: Store) -> None:
    chance, at, blocked = random.Random(5), 1_700_000_000_000, list[int]()
    budget, block = ActionBudget(blocks_per_hour=3, order_share=1.0, legitimate_share=1.0), Wanted("block", "precise")
    while len(blocked) < 30:
        at += chance.randrange(8 * MINUTE_MS)
        with sqlite_store.begin() as session:
            before = hour_at(session, at)
            seen = Hour(before.orders + 1, before.legitimate + 1.0, before.blocks, before.wrong, before.pauses)
            allowed = within(budget, seen, block, "none", is_to_block=True)
            note_minute(session, at, before, seen.after(allowed), spent=int(allowed is not block))
        blocked += [at] * (allowed is block)
    assert all(late - early >= HOUR_MS for early, late in zip(blocked, blocked[3:], strict=False))


@pytest.mark.parametrize(
    ("override", "why"),
    [
        ("actions.mode=wet", "write dry or live"),
        ("actions.otherwise=block", "write one of hold, verify, none"),
        ("actions.event_types=[]", "name some of"),
        ("actions.event_types=[purchase]", "'purchase' is none of"),
        ("actions.min_precision=1.5", "between 0 and 1"),
        ("actions.hold_min=3", "must be longer than actions.expire_min"),
        ("actions.expire_min=0", "must be positive"),
        ("actions.budget.order_share=-1", "between 0 and 1"),
        ("actions.budget.kept_for_blocks=1.5", "between 0 and 1"),
        ("actions.budget.blocks_per_hour=-1", "0 allows none"),
        ("actions.customer_notices={approve: x}", "'approve' is no action"),
        ("actions={auto_block: true, mode: live}", "actions.target"),
        ("actions.target=ftp://shop", "write https://NAME/PATH, redis:NAME or kafka://BROKER/TOPIC"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(override: str, why: str) -> None:
    with pytest.raises(SettingError, match=why):
        load(None, [override])
