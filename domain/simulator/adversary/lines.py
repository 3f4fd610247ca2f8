"""Attacks by lines: ids that come twice, junk, and an amount in another currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

from domain.simulator.adversary.crafted_attack import Budget
from domain.simulator.adversary.documents import crafted, moments, new_device, new_id, regulars
from domain.simulator.adversary.history import Arrival, History
from domain.times import DAY_MS, HOUR_MS

BETWEEN = 128
"""As many ids as an account remembers by default."""
HABIT, HABIT_JPY, DEAR_EUR = 6, 8_000.0, 8_000.0
SECOND_MS = 1000


def same_id(history: History, budget: Budget, dice: Random) -> History:
    """Send each fraud a second before once more under another account, with the same id.

    The rings themselves, where the client makes the ids: a fresh account and an event per fraud, no money.
    """
    frauds = [one for one in history.arrivals if one.ring][: budget.events]
    return history.with_crafted(_decoy(one, dice) for one in frauds)


def _decoy(fraud: Arrival, dice: Random) -> Arrival:
    at = fraud.at_ms - SECOND_MS
    return Arrival(at, {**fraud.document, "account_id": new_id(dice), "event_time": at}, crafted=True, by_shop=False)


def repeat_after_logins(history: History, budget: Budget, dice: Random) -> History:
    """Log in often, then send an old order of the same account again, with its id."""
    orders = [one for one in regulars(history, dice, len(history.customers), "address") if one.document["event_type"] == "order"]
    return _repeated(history, orders, budget, dice, event_type="login")


def repeat_after_orders(history: History, budget: Budget, dice: Random) -> History:
    """Order dearly and pay nothing, often, then send an old order that was paid again, with its id.

    Who has read a customer's order on its way: 129 calls per order, no account, no money.
    """
    paid = [one for one in map(_paid_order, history.customers.values()) if one is not None]
    unpaid = {"event_type": "order", "amount": DEAR_EUR, "currency": "EUR"}
    return _repeated(history, dice.sample(paid, len(paid)), budget, dice, **unpaid)


def _paid_order(events: Sequence[Arrival]) -> Arrival | None:
    """Return a customer's first order that the next event pays."""
    for order, payment in pairwise(events):
        names = [one.document["event_type"] for one in (order, payment)]
        if names == ["order", "payment"] and order.document["amount"] == payment.document["amount"]:
            return order
    return None


def _repeated(history: History, orders: Sequence[Arrival], budget: Budget, dice: Random, **between: Any) -> History:
    wanted = orders[: budget.events // (BETWEEN + 1)]
    return history.with_crafted(one for order in wanted for one in _after_many(order, dice, between))


def _after_many(order: Arrival, dice: Random, between: dict[str, Any]) -> list[Arrival]:
    begun, device = order.at_ms + HOUR_MS, order.document.get("device_fingerprint")
    times = (begun + number * SECOND_MS for number in range(BETWEEN))
    many = [crafted(dice, at_ms, account=order.account, device_fingerprint=device, **between) for at_ms in times]
    return [*many, replace(order, at_ms=begun + BETWEEN * SECOND_MS, crafted=True, by_shop=False)]


def junk(history: History, budget: Budget, dice: Random) -> History:
    """Send lines with a time that is none, each another, with a mail address and a card number in it.

    Anybody with a browser: one call a line, no account, no money.
    """
    at, mail, card = moments(history, 1)[0], "anna.keller@gmail.com", "4111 1111 1111 1111"
    lines = (crafted(dice, at + 10 * number, "order", "junk", email=mail, payment_instrument=card) for number in range(budget.events))
    return history.with_crafted(replace(one, document={**one.document, "event_time": "yesterday"}) for one in lines)


def other_currency(history: History, budget: Budget, dice: Random) -> History:
    """Pay often in yen, then order for as many euros: the number is as usual.

    A crew with patience: an account and six payments of 50 EUR each, then an order that it does not pay.
    """
    return history.with_crafted(one for at in moments(history, budget.events // (HABIT + 1)) for one in _habit_then_dear(at, dice))


def _habit_then_dear(at_ms: int, dice: Random) -> list[Arrival]:
    account, device, card = new_id(dice), new_device(dice), f"pm_{new_id(dice)}"
    shared: dict[str, Any] = {"device_fingerprint": device, "payment_instrument": card, "account_created_at": at_ms - 90 * DAY_MS}
    first = at_ms - HABIT * DAY_MS // 4
    usual = [
        crafted(dice, first + number * DAY_MS // 4, "payment", account, amount=HABIT_JPY, currency="JPY", **shared)
        for number in range(HABIT)
    ]
    return [*usual, crafted(dice, at_ms, "order", account, amount=DEAR_EUR, currency="EUR", **shared)]
