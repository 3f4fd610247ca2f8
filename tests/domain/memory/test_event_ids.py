"""Which ids an account remembers: the latest half, and of those before the ones of what was paid most."""

from __future__ import annotations

import numpy as np
import pytest

from domain.events.exchange_rates import unit_of
from domain.graph import EVENT_TYPES, LABEL_CODE, GraphSettings
from domain.memory.event_ids import worth_of
from domain.memory.trail import EVENT_HEAD
from domain.step import Step
from tests.support.event_histories import MINUTE, START, key_of, make_event
from tests.support.step_states import States, fresh

LOGIN, ORDER, PAYMENT, REFUND, CHANGE = (
    EVENT_TYPES.index(name) for name in ("login", "order", "payment", "refund_request", "account_change")
)
ENTITIES = (key_of(0, 1), key_of(1, 1), key_of(2, 1))
MOST = GraphSettings().duplicates


class Account:
    """An account that sends events, one a minute."""

    def __init__(self, graph: GraphSettings | None = None) -> None:
        self._step = Step(graph or GraphSettings())
        self._states: States = fresh(self._step)
        self._sent = 0

    def is_new(self, event_id: str, type_code: int = ORDER, amount: float = 50.0) -> bool:
        """Send an event; return whether it is decided."""
        self._sent += 1
        event = make_event(event_id, type_code, START + self._sent * MINUTE, ENTITIES, amount)
        return self._step(event, self._states) is not None

    def is_new_order_paid(self, event_id: str, amount: float) -> bool:
        is_new = self.is_new(event_id, ORDER, amount)
        return self.is_new(f"{event_id} paid", PAYMENT, amount) and is_new

    def send(self, count: int, type_code: int, amount: float, name: str = "e") -> None:
        assert all(self.is_new(f"{name}{number}", type_code, amount) for number in range(count))


@pytest.mark.parametrize(("type_code", "amount"), [(LOGIN, 0.0), (CHANGE, 0.0), (PAYMENT, 0.5), (ORDER, 3.99), (ORDER, float("nan"))])
def test_however_many_cheap_events_make_no_room_for_an_old_order(type_code: int, amount: float) -> None:
    account = Account()
    assert account.is_new("old")
    account.send(4 * MOST, type_code, amount)
    assert not account.is_new("old")


@pytest.mark.parametrize("amount", [0.5, 5.0, 50.0, 1e12])
@pytest.mark.parametrize(("type_code", "tried"), [(ORDER, 1e12), (REFUND, 1e12), (ORDER, 9_000.0), (PAYMENT, 3.99), (LOGIN, 0.0)])
def test_however_many_dear_orders_that_nobody_pays_make_no_room_for_a_paid_one(type_code: int, tried: float, amount: float) -> None:
    account = Account()
    assert account.is_new_order_paid("old", amount)
    account.send(4 * MOST, type_code, tried)
    assert not account.is_new("old", ORDER, amount)
    assert not account.is_new("old paid", PAYMENT, amount)


def test_orders_that_are_paid_as_dearly_make_room() -> None:
    account = Account()
    assert account.is_new_order_paid("old", 50.0)
    for number in range(MOST):
        assert account.is_new_order_paid(f"dear{number}", 5_000.0)
    assert account.is_new("old")


def test_a_payment_is_of_the_last_order_that_is_not_paid_and_of_one_alone() -> None:
    account = Account()
    for name in ("first", "second", "third"):
        assert account.is_new(name)
    assert account.is_new("one", PAYMENT, 50.0) and account.is_new("other", PAYMENT, 50.0)
    account.send(2 * MOST, ORDER, 9_000.0)
    assert not any(account.is_new(name) for name in ("second", "third", "one", "other"))
    assert account.is_new("first")


def test_ten_accounts_of_one_device_make_no_room_in_each_other() -> None:
    step = Step(GraphSettings())
    states = fresh(step)
    step(make_event("old", ORDER, START, ENTITIES, 50.0), states)
    for number in range(10 * MOST):
        entities = (key_of(0, 2 + number % 10), *ENTITIES[1:])
        assert step(make_event(f"d{number}", ORDER, START + number, entities, 9_000.0), states) is not None
    assert step(make_event("old", ORDER, START + MINUTE, ENTITIES, 50.0), states) is None


def test_labels_make_no_room_for_an_old_order() -> None:
    step = Step(GraphSettings())
    states = fresh(step)
    step(make_event("old", ORDER, START, ENTITIES, 50.0), states)
    for number in range(2 * MOST):
        step(make_event(f"l{number}", LABEL_CODE, START + MINUTE, ENTITIES, subject=f"x{number}", is_fraud=True), states)
    assert step(make_event("old", ORDER, START + 2 * MINUTE, ENTITIES, 50.0), states) is None


def test_half_are_the_latest_whatever_they_are_worth() -> None:
    account = Account()
    account.send(2 * MOST, ORDER, 5_000.0, "dear")
    account.send(MOST // 2, LOGIN, 0.0, "cheap")
    assert not any(account.is_new(f"cheap{number}", LOGIN) for number in range(MOST // 2))
    account.send(2, LOGIN, 0.0, "more")
    assert account.is_new("cheap0", LOGIN), "others are the latest now, and dear ones fill the rest"


def test_as_many_orders_that_nobody_pays_make_room_for_one_that_nobody_paid() -> None:
    account = Account()
    assert account.is_new("old")
    account.send(MOST - 1, ORDER, 50.0)
    assert not account.is_new("old")
    assert account.is_new("one more")
    assert account.is_new("old")


def test_of_what_is_worth_the_same_the_oldest_goes_and_a_lower_setting_takes_effect() -> None:
    account = Account()
    account.send(MOST, ORDER, 50.0)
    account._step = Step(GraphSettings(duplicates=4))
    assert account.is_new("next")
    assert [account.is_new(f"e{MOST - number}") for number in (1, 2, 3)] == [False, False, False]
    assert account.is_new("e3")


@pytest.mark.parametrize(
    ("type_code", "amount", "worth"),
    [
        (LOGIN, np.nan, 0),
        (LABEL_CODE, 1.7e15, 0),
        (ORDER, np.nan, 1),
        (ORDER, 3.99, 1),
        (ORDER, 4.0, 2),
        (REFUND, 1e12, 2),
        (PAYMENT, 3.99, 0),
        (PAYMENT, 4.0, 4),
        (PAYMENT, 16.0, 5),
        (PAYMENT, 1e12, 15),
        (200, 9.0, 0),
    ],
)
def test_worth(type_code: int, amount: float, worth: int) -> None:
    event = np.zeros(1, EVENT_HEAD)[0]
    event["type"], event["amount"] = type_code, amount
    assert worth_of(event) == worth
    event["amount"], event["given"], event["unit"] = np.nan, amount, unit_of("KWD")
    assert worth_of(event) == worth, "an amount that nothing compares counts as it was sent"
